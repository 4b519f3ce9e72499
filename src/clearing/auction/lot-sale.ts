import { leaveAtLeast } from "./dust.ts";

/** A lot for sale until it has raised what is owed: the rest of the lot goes back to its owner. */
export interface LotSale {
  /** Still to be raised, > 0. In the unit of lot × price. */
  readonly owed: bigint;
  /** Still for sale, > 0. */
  readonly lot: bigint;
}

export interface LotTake {
  /** What the bidder gets of the lot. */
  readonly slice: bigint;
  /** What the bidder pays. */
  readonly payment: bigint;
  readonly after: LotSale;
}

/**
 * A bid for up to `wanted` of the lot at `price`. No more is sold than raises what is owed. If some of both would be left, what is left to
 * raise is at least `dust`: the bid is cut to leave that, and refused only when nothing but the whole would do.
 *
 * Exact where nothing is cut; a cut slice is rounded down, its payment is not.
 *
 * @param price - of one unit of the lot, ≥ 0.
 * @returns `"dust"` when the bidder must take more: all of the lot, or enough to raise all that is owed.
 * @see makerdao/dss, `clip.sol`, `take`
 */
export function takeFromLot(sale: LotSale, wanted: bigint, price: bigint, dust: bigint): LotTake | "dust" {
  const { owed, lot } = sale;
  let slice = wanted < lot ? wanted : lot;
  let payment = slice * price;
  if (payment > owed) {
    payment = owed;
    slice = owed / price;
  } else if (slice < lot) {
    const kept = leaveAtLeast(payment, owed, dust);
    if (kept === undefined) return "dust";
    if (kept < payment) {
      payment = kept;
      slice = kept / price;
    }
  }
  return { slice, payment, after: { owed: owed - payment, lot: lot - slice } };
}

/** Whether a sale is over: the debt is raised, or there is nothing left to sell. */
export const lotSaleOver = ({ owed, lot }: LotSale): boolean => owed === 0n || lot === 0n;
