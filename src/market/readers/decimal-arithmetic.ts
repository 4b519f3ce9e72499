import { type Decimal, formatDecimal, parseDecimal } from "../../quantity/decimal.ts";

/** Brings the canonical form back. */
const canonical = (coefficient: bigint, scale: number): Decimal =>
  parseDecimal(formatDecimal({ coefficient, scale }));

/** a + b, exactly. */
export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  const aligned = ({ coefficient, scale: own }: Decimal): bigint => coefficient * 10n ** BigInt(scale - own);
  return canonical(aligned(a) + aligned(b), scale);
}

export const negateDecimal = ({ coefficient, scale }: Decimal): Decimal => ({
  coefficient: -coefficient,
  scale,
});

export const absoluteDecimal = ({ coefficient, scale }: Decimal): Decimal => ({
  coefficient: coefficient < 0n ? -coefficient : coefficient,
  scale,
});

/** a × b, exactly. */
export const multiplyDecimals = (a: Decimal, b: Decimal): Decimal =>
  canonical(a.coefficient * b.coefficient, a.scale + b.scale);

/** a ÷ b, exact where the quotient has at most 18 fraction digits, else cut off there. `b` is not zero. */
export function divideDecimals(a: Decimal, b: Decimal): Decimal {
  const places = 18;
  const numerator = a.coefficient * 10n ** BigInt(places + b.scale);
  const denominator = b.coefficient * 10n ** BigInt(a.scale);
  return canonical(numerator / denominator, places);
}
