import { mulDivFloor } from "../../quantity/money.ts";

/**
 * What whoever starts or restarts an auction gets: a flat amount for the work, and a part of what is in auction.
 *
 * It comes from the fund or the penalty, so it must stay below what calling wrongly or often costs: see {@link worthRestarting}.
 */
export interface CallerIncentive {
  /** Units of money, ≥ 0. */
  readonly flat: bigint;
  /** At scale `one`, ≥ 0. */
  readonly part: bigint;
  readonly one: bigint;
}

/** `flat + part × amount`, rounded down. @see makerdao/dss, `clip.sol`: its `tip` and `chip` */
export const callerRewardFloor = ({ flat, part, one }: CallerIncentive, amount: bigint): bigint =>
  flat + mulDivFloor(amount, part, one);

/**
 * Whether a restart earns its reward: both what is still to be raised and what is still for sale are at least `least`. Else one could
 * be paid over and over for leftovers that nobody buys. The restart itself is always possible.
 */
export const worthRestarting = (owed: bigint, forSale: bigint, least: bigint): boolean =>
  owed >= least && forSale >= least;
