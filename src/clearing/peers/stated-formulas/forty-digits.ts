import { divide, rational, type Rational } from "../../../risk/venues/shared/rational.ts";

/*
 * Printed examples are decimals. They go through our own integers at 40 digits, so that what rounds there lies far beyond what is
 * printed.
 */
export const fortyDigits: bigint = 10n ** 40n;

/** A decimal in units of 10^−40, truncated. */
export const toUnits = ({ numerator, denominator }: Rational): bigint =>
  (numerator * fortyDigits) / denominator;

/** Units of 10^−40, or of another, as a fraction. */
export const fromUnits = (units: bigint, unit: bigint = fortyDigits): Rational =>
  divide(rational(units), rational(unit));
