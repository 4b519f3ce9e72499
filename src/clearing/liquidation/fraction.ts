import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";

/**
 * An exact fraction, denominator > 0: a rate, a weight, a bonus, a part of a position. Any denominator, so that one rule serves parts per
 * million and the 18 decimals of contracts alike.
 */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const nothing: Fraction = { numerator: 0n, denominator: 1n };
export const whole: Fraction = { numerator: 1n, denominator: 1n };

/** Parts per million as a fraction. */
export const fractionPpm = (ppm: number): Fraction => ({ numerator: BigInt(ppm), denominator: 1_000_000n });

/** ⌊amount × fraction⌋. */
export const partFloor = (amount: bigint, { numerator, denominator }: Fraction): bigint =>
  mulDivFloor(amount, numerator, denominator);

/** ⌈amount × fraction⌉. */
export const partCeil = (amount: bigint, { numerator, denominator }: Fraction): bigint =>
  mulDivCeil(amount, numerator, denominator);

/** −1, 0 or 1 as a is less than, equal to or greater than b. Exact. */
export function compareFractions(a: Fraction, b: Fraction): -1 | 0 | 1 {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** a + b. Exact. */
export const addFractions = (a: Fraction, b: Fraction): Fraction => ({
  numerator: a.numerator * b.denominator + b.numerator * a.denominator,
  denominator: a.denominator * b.denominator,
});

/** a × b. Exact. */
export const multiplyFractions = (a: Fraction, b: Fraction): Fraction => ({
  numerator: a.numerator * b.numerator,
  denominator: a.denominator * b.denominator,
});
