import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";
import { type Fraction } from "./fraction.ts";

/** How debt and collateral change hands. Prices in one unit of money per unit of each asset's smallest amount, × any common scale. */
export interface TransferTerms {
  readonly debtPrice: bigint;
  /** > 0 where it divides. */
  readonly collateralPrice: bigint;
  /** Collateral given per debt taken over, at prices: 1 + bonus, or (1 + fee) ÷ (1 − fee). */
  readonly incentive: Fraction;
}

/** Collateral that goes with a debt taken over: debt × price × incentive ÷ collateral price, down: the liquidator gets at most that. */
export const collateralForDebtFloor = (debt: bigint, terms: TransferTerms): bigint =>
  mulDivFloor(
    debt,
    terms.debtPrice * terms.incentive.numerator,
    terms.collateralPrice * terms.incentive.denominator,
  );

/** Debt that must be taken over for collateral: the inverse, up: the liquidator pays at least that. */
export const debtForCollateralCeil = (collateral: bigint, terms: TransferTerms): bigint =>
  mulDivCeil(
    collateral,
    terms.collateralPrice * terms.incentive.denominator,
    terms.debtPrice * terms.incentive.numerator,
  );

/** What a step moves. */
export interface Transfer {
  readonly debtRepaid: bigint;
  readonly collateralSeized: bigint;
}

/**
 * A step that repays up to `debt` and takes at most the `collateral` there is. When the collateral does not reach, all of it goes and only
 * what it covers is repaid, up: what is left of the debt has nothing behind it.
 */
export function transferUpTo(debt: bigint, collateral: bigint, terms: TransferTerms): Transfer {
  if (terms.collateralPrice > 0n) {
    const collateralSeized = collateralForDebtFloor(debt, terms);
    if (collateralSeized <= collateral) return { debtRepaid: debt, collateralSeized };
  }
  const debtRepaid = debtForCollateralCeil(collateral, terms);
  return { debtRepaid: debtRepaid < debt ? debtRepaid : debt, collateralSeized: collateral };
}
