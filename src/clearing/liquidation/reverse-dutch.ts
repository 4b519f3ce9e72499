import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";
import { type Fraction, whole } from "./fraction.ts";

/** A position whose liquidation gets cheaper as its health falls. Money in one unit. */
export interface DiscountedPosition {
  /** Value of the collateral, ≥ 0. */
  readonly collateral: bigint;
  /** Its value times its liquidation threshold, ≥ 0. */
  readonly adjustedCollateral: bigint;
  /** Value of the debt, > 0. */
  readonly debt: bigint;
}

/** What a liquidator pays per collateral value: max(1 − maxDiscount, adjusted collateral ÷ debt), at most 1. Exact. */
export function discountFactor(
  { adjustedCollateral, debt }: Pick<DiscountedPosition, "adjustedCollateral" | "debt">,
  maxDiscount: Fraction,
): Fraction {
  const least = {
    numerator: maxDiscount.denominator - maxDiscount.numerator,
    denominator: maxDiscount.denominator,
  };
  if (adjustedCollateral >= debt) return whole;
  return adjustedCollateral * least.denominator > least.numerator * debt
    ? { numerator: adjustedCollateral, denominator: debt }
    : least;
}

export interface DiscountedLiquidation {
  readonly factor: Fraction;
  /** Debt that the liquidator takes over, money. */
  readonly repaid: bigint;
  /** Collateral for it, money at its price. */
  readonly seized: bigint;
  /** Debt that nothing is left for, money. */
  readonly badDebt: bigint;
}

/**
 * The largest liquidation of a position at its discount, which starts at none at the threshold and grows with every loss of health: a Dutch
 * auction in reverse, without state or clock. All debt is taken over for debt ÷ factor of collateral, down; if that is more than
 * there is, all collateral goes for collateral × factor, up, and the rest is bad debt. A position that is not below its threshold is left alone.
 *
 * Source: Euler v2 vault kit, liquidation.
 */
export function reverseDutchLiquidation(
  position: DiscountedPosition,
  maxDiscount: Fraction,
): DiscountedLiquidation {
  const factor = discountFactor(position, maxDiscount);
  const { collateral, adjustedCollateral, debt } = position;
  if (adjustedCollateral >= debt) return { factor, repaid: 0n, seized: 0n, badDebt: 0n };
  // debt ÷ factor ≤ collateral, without dividing: a factor of 0 asks for no payment.
  if (debt * factor.denominator <= collateral * factor.numerator) {
    const seized = mulDivFloor(debt, factor.denominator, factor.numerator);
    return { factor, repaid: debt, seized, badDebt: 0n };
  }
  const repaid = mulDivCeil(collateral, factor.numerator, factor.denominator);
  return { factor, repaid, seized: collateral, badDebt: debt - repaid };
}
