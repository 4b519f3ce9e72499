import {
  add,
  divide,
  floorOf,
  maximum,
  minimum,
  multiply,
  negate,
  type Rational,
  rational,
  subtract,
  sumOf,
  zero,
} from "../../../risk/venues/shared/rational.ts";
import { dampedRate } from "../../funding/curves.ts";

/** A rate from premium, interest and clamp, and its hour: our own damped rate, on fractions of one denominator. */
export function statedFundingRate(terms: {
  readonly premium: Rational;
  readonly interest: Rational;
  readonly clamp: Rational;
  readonly hourlyDivisor: Rational;
  /** Bound of the hourly rate, either way. */
  readonly hourlyCap?: Rational;
}): { readonly rate: Rational; readonly rateHourly: Rational } {
  const { premium, interest, clamp } = terms;
  const denominator = premium.denominator * interest.denominator * clamp.denominator;
  const part = ({ numerator, denominator: own }: Rational): bigint => numerator * (denominator / own);
  const rate = divide(
    rational(dampedRate(part(premium), part(interest), part(clamp))),
    rational(denominator),
  );
  const hourly = divide(rate, terms.hourlyDivisor, "hourlyDivisor");
  const { hourlyCap } = terms;
  return {
    rate,
    rateHourly: hourlyCap ? maximum(negate(hourlyCap), minimum(hourlyCap, hourly)) : hourly,
  };
}

const million = rational(1_000_000);

/** dYdX v4: the bound of a funding rate, clamp factor × (initial − maintenance margin), in ppm; maintenance and result floored. */
export function maxAbsFundingPpm(
  clampFactorPpm: Rational,
  initialMarginPpm: Rational,
  maintenanceFractionPpm: Rational,
): Rational {
  const maintenance = floorOf(divide(multiply(initialMarginPpm, maintenanceFractionPpm), million));
  return floorOf(divide(multiply(clampFactorPpm, subtract(initialMarginPpm, maintenance)), million));
}

/** What positions pay (negative: receive) at a premium per unit, and what it leaves to fund and pool, which take the imbalance. */
export function fundingPayments(
  sizes: readonly Rational[],
  premium: Rational,
): { readonly payments: readonly Rational[]; readonly fundChange: Rational } {
  const payments = sizes.map((size) => multiply(size, premium));
  return { payments, fundChange: sumOf(payments) };
}

/** A margin after a payment: shown as at least 0, the rest is bad debt. */
export function marginAfter(
  margin: Rational,
  payment: Rational,
): { readonly shown: Rational; readonly badDebt: Rational } {
  const rest = subtract(margin, payment);
  return { shown: maximum(zero, rest), badDebt: maximum(zero, negate(rest)) };
}

/** Running totals of a series. */
export function cumulated(terms: readonly Rational[]): readonly Rational[] {
  let total = zero;
  return terms.map((term) => (total = add(total, term)));
}
