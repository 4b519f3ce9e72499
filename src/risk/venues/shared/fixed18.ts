import { type Decimal } from "../../../quantity/decimal.ts";

/**
 * Signed fixed point with 18 decimals, as contracts on Ethereum hold it: 1.5 is `1_500000000000000000n`. Sums are
 * exact. {@link mul} and {@link div} truncate toward zero, as the emulated venues do: it is their rounding, not ours.
 */
export type Fixed18 = bigint;

/** 1. */
export const one: Fixed18 = 10n ** 18n;

/** a·b, truncated toward zero. */
export const mul = (a: Fixed18, b: Fixed18): Fixed18 => (a * b) / one;
/** a/b, truncated toward zero. `b` must not be 0. */
export const div = (a: Fixed18, b: Fixed18): Fixed18 => (a * one) / b;

export const min = (a: Fixed18, b: Fixed18): Fixed18 => (a < b ? a : b);
export const max = (a: Fixed18, b: Fixed18): Fixed18 => (a > b ? a : b);
export const abs = (a: Fixed18): Fixed18 => (a < 0n ? -a : a);
export const sum = (terms: Iterable<Fixed18>): Fixed18 => {
  let total = 0n;
  for (const term of terms) total += term;
  return total;
};

/** An exact decimal, truncated toward zero to 18 decimals. */
export const fixed18FromDecimal = ({ coefficient, scale }: Decimal): Fixed18 =>
  scale <= 18 ? coefficient * 10n ** BigInt(18 - scale) : coefficient / 10n ** BigInt(scale - 18);

/** The nearest float64. */
export const fixed18ToNumber = (value: Fixed18): number => {
  const whole = value / one;
  // Apart, so that the nearest float64 of a large amount does not lose the fraction before it must.
  return Number(whole) + Number(value - whole * one) / 1e18;
};

/** Exact text, `-0.05`. */
export function formatFixed18(value: Fixed18): string {
  const digits = abs(value).toString().padStart(19, "0");
  const fraction = digits.slice(-18).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -18)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** A finite float64, to the nearest 18th decimal. */
export function fixed18FromNumber(value: number): Fixed18 {
  const whole = Math.trunc(value);
  return BigInt(whole) * one + BigInt(Math.round((value - whole) * 1e18));
}
