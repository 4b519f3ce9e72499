import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";

/*
 * Sell the same share f of everything an account has. If that moves its margin by f × (shortfall + released), it makes good the
 * shortfall at f = shortfall ÷ (shortfall + released).
 */

/**
 * Smallest share that makes good `shortfall`, at scale `one`: shortfall ÷ (shortfall + released), rounded up, so that the account is
 * restored. The whole when selling it would release nothing.
 *
 * @param shortfall - how far the account is below its target, ≥ 0.
 * @param released - what selling the whole would bring besides, in the unit of `shortfall`.
 */
export function restoringShareCeil(shortfall: bigint, released: bigint, one: bigint): bigint {
  if (shortfall <= 0n) return 0n;
  return released <= 0n ? one : mulDivCeil(shortfall, one, shortfall + released);
}

/** {@link restoringShareCeil} rounded down: up to one unit of `one` short of the target. */
export function restoringShareFloor(shortfall: bigint, released: bigint, one: bigint): bigint {
  if (shortfall <= 0n) return 0n;
  return released <= 0n ? one : mulDivFloor(shortfall, one, shortfall + released);
}

/** A bidder's share of a balance: of an asset rounded down, of a debt up. All of it at `one`. */
export const shareOfBalanceFloor = (balance: bigint, share: bigint, one: bigint): bigint =>
  mulDivFloor(balance, share, one);

/**
 * A bidder's share of a position in lots, rounded away from 0: what stays is never more than its part, so the risk left is no larger than
 * the margin counts on. At most one lot more than exact.
 */
export const shareOfLotsUp = (lots: bigint, share: bigint, one: bigint): bigint =>
  lots < 0n ? mulDivFloor(lots, share, one) : mulDivCeil(lots, share, one);
