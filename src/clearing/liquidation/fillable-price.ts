import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";
import { type Fraction, nothing, whole } from "./fraction.ts";

/** The account and one of its positions, at the mark. Money in one unit. */
export interface UnhealthyPosition {
  /** Signed, ≠ 0. */
  readonly size: bigint;
  /** Size × mark, of the size's sign. */
  readonly notional: bigint;
  /** Maintenance requirement of the position, ≥ 0. */
  readonly positionRequirement: bigint;
  readonly equity: bigint;
  /** Maintenance requirement of the account, > 0. */
  readonly requirement: bigint;
}

export interface FillableTerms {
  /** How fast the price gives way as health falls: 1 gives way in full at an equity of 0, 2 at half the requirement. */
  readonly adjustment: Fraction;
  /** How far it gives way at most, as a share of the position's maintenance requirement. */
  readonly spread: Fraction;
}

/**
 * How far an account is on the way to bankruptcy: adjustment × (1 − equity ÷ requirement), kept within 0 and 1. Exact. Without a
 * requirement, 0.
 */
export function bankruptcyProgress(
  { equity, requirement }: Pick<UnhealthyPosition, "equity" | "requirement">,
  adjustment: Fraction,
): Fraction {
  const denominator = adjustment.denominator * requirement;
  const numerator = adjustment.numerator * (requirement - equity);
  if (denominator <= 0n || numerator <= 0n) return nothing;
  return numerator >= denominator ? whole : { numerator, denominator };
}

/**
 * The price at which a liquidation order may fill now: the mark when the account has just become unhealthy, worse as health falls, without
 * any clock. A Dutch auction whose time is the account's own health.
 *
 *     (notional − progress × spread × position requirement) ÷ size × scale
 *
 * Rounded against the taker of the position: up for a long sold, down for a short bought back. May be below 0; a caller bounds it.
 *
 * Source: dYdX v4, x/clob, fillable price.
 */
export function fillablePrice(position: UnhealthyPosition, terms: FillableTerms, scale: bigint): bigint {
  const { size, notional, positionRequirement } = position;
  const progress = bankruptcyProgress(position, terms.adjustment);
  const denominator = progress.denominator * terms.spread.denominator;
  const worth = notional * denominator - progress.numerator * terms.spread.numerator * positionRequirement;
  return size > 0n
    ? mulDivCeil(worth, scale, size * denominator)
    : mulDivFloor(-worth, scale, -size * denominator);
}
