import { mulDivCeil } from "../../quantity/money.ts";
import { takeAllOrLeave } from "./dust.ts";
import { restoringShareCeil } from "./share.ts";

/** A solvent account in auction, at the moment of a bid. Money in one unit, exact integers. */
export interface SolventAuction {
  /** Value of all that the account has at mark, `reserved` included. */
  readonly equity: bigint;
  /** Equity less what it needs to leave the auction; negative while it is short. See {@link bufferMarginFloor}. */
  readonly bufferMargin: bigint;
  /** Cash that earlier bidders paid in: it stays, and no bidder buys a part of it. ≥ 0 */
  readonly reserved: bigint;
  /** Price as a part of the value, off the curve; at scale `one`. */
  readonly level: bigint;
  /** Scale of levels and shares. */
  readonly one: bigint;
  /** An account of less equity is sold whole; at 0 none is. */
  readonly wholeBelow: bigint;
}

/**
 * Equity less requirement less a buffer on the requirement, rounded down: below 0 the account stays in auction. Ending above
 * maintenance, so that the next small move does not start the next auction.
 *
 * @param requirement - maintenance margin, ≥ 0.
 * @param buffer - part of the requirement on top, at scale `one`.
 */
export const bufferMarginFloor = (equity: bigint, requirement: bigint, buffer: bigint, one: bigint): bigint =>
  equity - requirement - mulDivCeil(requirement, buffer, one);

/**
 * What selling the whole account but the reserved cash would bring besides its shortfall: value × level, and the reserved cash that the account
 * then no longer needs to share. Exact, in the unit of money × `one`.
 */
export const releasedByWhole = ({ equity, reserved, level, one }: SolventAuction): bigint =>
  equity * level + reserved * (one - level);

/**
 * Largest share of the account, reserved cash aside, that a bid may take: the smallest after which the buffer margin is 0. With *B* the
 * buffer margin, *E* the equity, *R* the reserved cash and *d* the level,
 *
 *     f = −B ÷ (−B + E·d + R·(1 − d))
 *
 * from (1 − f)·(B − R) + R + f·d·(E − R) = 0. Rounded up; 0 when the account is short of nothing.
 *
 * The margin must fall in proportion to what is sold. Add-ons that grow faster than size leave the account above its target, never
 * below.
 *
 * @see derivexyz/v2-core, `DutchAuction.sol`
 */
export function largestShareCeil(auction: SolventAuction): bigint {
  const { equity, bufferMargin, one, wholeBelow } = auction;
  if (bufferMargin >= 0n) return 0n;
  if (equity < wholeBelow) return one;
  return restoringShareCeil(-bufferMargin * one, releasedByWhole(auction), one);
}

/** What a bid comes to. */
export interface SolventSale {
  /** At scale `one`; of everything but the reserved cash. */
  readonly share: bigint;
  /** What the bidder pays, rounded up. It is added to the reserved cash. */
  readonly payment: bigint;
  /** The account is at its target, or sold whole: the auction is over. */
  readonly ends: boolean;
}

/** Why no bid is taken. */
export type SolventRefusal =
  /** The account is at its target: end the auction. */
  | "restored"
  /** What is for sale is worth nothing: carry on as an insolvent auction. */
  | "worthless"
  /** The share is not above 0. */
  | "share";

/**
 * A bid for `wanted` of the account. It gets at most {@link largestShareCeil}, at least `dust`, and all that can be had when less than
 * `dust` of it would be left: so a bid is never refused for its size, and none is dust or leaves dust. What bidders will pay at most they
 * say in their guards.
 *
 * @param wanted - share at scale `one`, > 0.
 * @param dust - share at scale `one`, ≥ 0.
 */
export function solventSale(
  auction: SolventAuction,
  wanted: bigint,
  dust: bigint,
): SolventSale | SolventRefusal {
  const { equity, reserved } = auction;
  if (wanted <= 0n) return "share";
  const most = largestShareCeil(auction);
  if (most === 0n) return "restored";
  if (equity <= reserved) return "worthless";
  const share = takeAllOrLeave(wanted < dust ? dust : wanted, most, dust);
  return { share, payment: solventPaymentCeil(auction, share), ends: share === most };
}

/** share × level × (equity − reserved), rounded up once; 0 when nothing of worth is for sale. */
export const solventPaymentCeil = ({ equity, reserved, level, one }: SolventAuction, share: bigint): bigint =>
  equity <= reserved ? 0n : mulDivCeil(equity - reserved, level * share, one * one);
