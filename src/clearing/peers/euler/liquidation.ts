import { divide, multiply, type Rational, zero } from "../../../risk/venues/shared/rational.ts";
import { healthOf, weightedCollateralFloor } from "../../liquidation/health.ts";
import { reverseDutchLiquidation } from "../../liquidation/reverse-dutch.ts";
import { fromUnits, toUnits } from "../stated-formulas/forty-digits.ts";

/** Collateral of an Euler v2 account. */
export interface EulerCollateral {
  readonly amount: Rational;
  readonly price: Rational;
  /** Liquidation loan-to-value. */
  readonly ltv: Rational;
}

export interface EulerDebt {
  readonly amount: Rational;
  readonly price: Rational;
}

const valueOf = ({ amount, price }: { readonly amount: Rational; readonly price: Rational }): bigint =>
  toUnits(multiply(amount, price));

const adjusted = (collaterals: readonly EulerCollateral[]): bigint =>
  weightedCollateralFloor(
    collaterals.map((collateral) => ({ value: valueOf(collateral), threshold: collateral.ltv })),
  );

/** Health score: {@link weightedCollateralFloor} per debt. `undefined` without debt. */
export const eulerHealth = (
  collaterals: readonly EulerCollateral[],
  debt: EulerDebt,
): Rational | undefined => {
  const health = healthOf(adjusted(collaterals), valueOf(debt));
  return health && fromUnits(health.numerator, health.denominator);
};

/** {@link reverseDutchLiquidation} against the first of an account's collaterals, in amounts of debt and collateral. */
export function eulerLiquidation(
  collaterals: readonly [EulerCollateral, ...(readonly EulerCollateral[])],
  debt: EulerDebt,
  maxDiscount: Rational,
): {
  readonly discountFactor: Rational;
  readonly repay: Rational;
  readonly collateralSeized: Rational;
  readonly badDebt: Rational;
} {
  const [collateral] = collaterals;
  const { factor, repaid, seized, badDebt } = reverseDutchLiquidation(
    { collateral: valueOf(collateral), adjustedCollateral: adjusted(collaterals), debt: valueOf(debt) },
    maxDiscount,
  );
  const amount = (value: bigint, price: Rational): Rational =>
    price.numerator === 0n ? zero : divide(fromUnits(value), price);
  const worthless = collateral.price.numerator === 0n;
  return {
    discountFactor: fromUnits(factor.numerator, factor.denominator),
    repay: amount(repaid, debt.price),
    // At a price of 0 all of it goes for nothing.
    collateralSeized: worthless ? collateral.amount : amount(seized, collateral.price),
    // Other collateral may still stand behind what this one does not cover.
    badDebt: collaterals.length === 1 ? amount(badDebt, debt.price) : zero,
  };
}
