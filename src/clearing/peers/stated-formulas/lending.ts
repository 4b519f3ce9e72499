import {
  compare,
  divide,
  multiply,
  rational,
  type Rational,
  subtract,
  zero,
} from "../../../risk/venues/shared/rational.ts";
import { kinkedRate } from "../../lending/rate-model.ts";
import { closeFactor } from "../../liquidation/step-limits.ts";
import { fortyDigits, fromUnits, toUnits } from "./forty-digits.ts";

/** A kinked curve by its rate at no use, its two slopes per unit of utilisation, and the kink. */
export interface StatedCurve {
  readonly minRate: Rational;
  readonly slopeToOptimum: Rational;
  readonly slopeAbove: Rational;
  readonly optimalUtilisation: Rational;
}

/** Our own kinked rate, on fractions. */
export const statedRate = (curve: StatedCurve, utilisation: Rational): Rational =>
  fromUnits(
    kinkedRate(
      toUnits(utilisation),
      {
        minRate: toUnits(curve.minRate),
        slopeToOptimum: toUnits(curve.slopeToOptimum),
        slopeAbove: toUnits(curve.slopeAbove),
        optimalUtilisation: toUnits(curve.optimalUtilisation),
      },
      fortyDigits,
    ),
  );

/** Hyperliquid's portfolio margin: 5 % a year, and above 80 % use 475 % more per unit. */
export const hyperliquidCurve: StatedCurve = {
  minRate: rational("0.05"),
  slopeToOptimum: zero,
  slopeAbove: rational("4.75"),
  optimalUtilisation: rational("0.8"),
};

/** Hyperliquid: liquidation threshold of an asset that may be lent against up to `ltv`. */
export const hyperliquidThreshold = (ltv: Rational): Rational => divide(add1(ltv), rational(2));

const add1 = (value: Rational): Rational => subtract(value, rational(-1));

/** Aave v3: half of a debt may be repaid at once while the health factor is above the threshold, else all: {@link closeFactor}. */
export const aaveCloseFactor = (healthFactor: Rational, threshold: Rational, usual: Rational): Rational =>
  closeFactor(healthFactor, 0n, { fullBelowHealth: threshold, portion: usual, fullBelowValue: 0n });

export interface LoanCheck {
  /** The debt is within what the collateral's loan-to-value allows. */
  readonly allowed: boolean;
  readonly maxBorrow: Rational;
  /** Absent without debt. */
  readonly healthFactor?: Rational;
}

/** Aave v3: whether a debt may be drawn against a collateral, and how healthy it is then. */
export function loanCheck(
  collateral: Rational,
  debt: Rational,
  ltv: Rational,
  liquidationThreshold: Rational,
): LoanCheck {
  const maxBorrow = multiply(collateral, ltv);
  const allowed = compare(debt, maxBorrow) <= 0;
  if (debt.numerator === 0n) return { allowed, maxBorrow };
  return { allowed, maxBorrow, healthFactor: divide(multiply(collateral, liquidationThreshold), debt) };
}
