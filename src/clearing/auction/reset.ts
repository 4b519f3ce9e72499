/** When an auction has run so long, or its price fallen so far, that it must start anew from a fresh price. */
export interface ResetTerms {
  /** Longest time since the start, in the curve's unit. */
  readonly tail: bigint;
  /** Lowest price as a part of the starting price, at scale `one`. 0 is off. */
  readonly cusp: bigint;
  readonly one: bigint;
}

/**
 * Whether bids must wait for a restart: `elapsed > tail`, or `price / startPrice < cusp`, both strict and exact. An auction that
 * started at 0 has nothing to compare with: only its time counts.
 *
 * @see makerdao/dss, `clip.sol`: `tail` and `cusp`
 */
export const resetDue = (
  { tail, cusp, one }: ResetTerms,
  auction: { readonly elapsed: bigint; readonly price: bigint; readonly startPrice: bigint },
): boolean => auction.elapsed > tail || auction.price * one < cusp * auction.startPrice;
