/** When an auction has run so long, or its price fallen so far, that it must start anew from a fresh price. */
export interface ResetTerms {
  /** Longest time since the start, in the curve's unit. */
  readonly longest: bigint;
  /** Lowest price as a part of the starting price, at scale `one`. 0 is off. */
  readonly lowest: bigint;
  readonly one: bigint;
}

/**
 * Whether bids must wait for a restart: `elapsed > longest`, or `price / startPrice < lowest`, both strict and exact. An auction that
 * started at 0 has nothing to compare with: only its time counts.
 *
 * @see makerdao/dss, `clip.sol`: its `tail` and `cusp`
 */
export const resetDue = (
  { longest, lowest, one }: ResetTerms,
  auction: { readonly elapsed: bigint; readonly price: bigint; readonly startPrice: bigint },
): boolean => auction.elapsed > longest || auction.price * one < lowest * auction.startPrice;
