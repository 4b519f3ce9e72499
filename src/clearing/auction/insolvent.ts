import { mulDivFloor } from "../../quantity/money.ts";
import { lineFloor } from "./line.ts";

/** An account whose debts exceed what it has, or that nobody bought: the fund pays whoever takes it over. Money in one unit. */
export interface InsolventAuction {
  /** Value of all that the account has at mark. */
  readonly equity: bigint;
  /** Maintenance margin of what is left of it, ≥ 0. */
  readonly requirement: bigint;
  /** Time over which the payout grows. */
  readonly length: bigint;
}

/**
 * What the fund would pay now for taking over the whole account, rounded down: from what makes it worth nothing, max(0, −equity), in a straight
 * line to what makes it safe, requirement − equity. Never falls with time; 0 once the account meets its requirement.
 *
 * @see derivexyz/v2-core, `DutchAuction.sol`
 */
export function insolventPayoutFloor(
  { equity, requirement, length }: InsolventAuction,
  elapsed: bigint,
): bigint {
  const to = requirement - equity;
  if (to <= 0n) return 0n;
  return lineFloor({ from: equity < 0n ? -equity : 0n, to, length }, elapsed);
}

/** What a bidder who takes `share` of the account gets, and who bears it. */
export interface InsolventSale {
  /** Rounded down. `payment` = `fromFund` + `shortfall`. */
  readonly payment: bigint;
  readonly fromFund: bigint;
  /** What the fund does not have: the next layer of the waterfall bears it. */
  readonly shortfall: bigint;
}

/**
 * A bid for `share` of an insolvent account, at scale `one`, 0 to `one`. All of it can always be taken.
 *
 * @param fund - what the fund has, ≥ 0.
 */
export function insolventSale(
  auction: InsolventAuction,
  elapsed: bigint,
  share: bigint,
  one: bigint,
  fund: bigint,
): InsolventSale {
  const payment = mulDivFloor(insolventPayoutFloor(auction, elapsed), share, one);
  const fromFund = payment < fund ? payment : fund;
  return { payment, fromFund, shortfall: payment - fromFund };
}
