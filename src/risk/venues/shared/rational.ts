import { PlimsollError } from "../../../quantity/error.ts";
import { squareRootFloor } from "../../../quantity/square-root.ts";

/**
 * An exact fraction in lowest terms, denominator > 0. For venue formulas whose results hang on digits that float64 does
 * not have: margin ratios read off reserves, tiers met exactly at their bound, fractions floored to parts per million.
 */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Significant digits that inexact results (square roots, printed fractions) are carried to. */
const digitsKept = 40;

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

function reduced(numerator: bigint, denominator: bigint): Rational {
  let a = absolute(numerator);
  let b = denominator;
  while (b !== 0n) [a, b] = [b, a % b];
  return a <= 1n ? { numerator, denominator } : { numerator: numerator / a, denominator: denominator / a };
}

const decimalPattern = /^\s*([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,4}))?\s*$/;

/**
 * Reads a decimal exactly: text, an integer, or a float64 by its shortest decimal form.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` if it is not a decimal number.
 */
export function rational(value: string | number | bigint, field: string = "value"): Rational {
  if (typeof value === "bigint") return { numerator: value, denominator: 1n };
  const text = String(value);
  const match = text.length <= 400 ? decimalPattern.exec(text) : null;
  if (!match || `${match[2]}${match[3]}` === "") {
    throw new PlimsollError("PLM_DOMAIN", {
      field,
      value,
      limit: "a finite decimal number",
      remedy: `Correct ${field} at its source.`,
    });
  }
  const fraction = match[3] ?? "";
  const power = Number(match[4] ?? "0") - fraction.length;
  const digits = BigInt(`${match[2]}${fraction}`) * (match[1] === "-" ? -1n : 1n);
  return power >= 0
    ? { numerator: digits * 10n ** BigInt(power), denominator: 1n }
    : reduced(digits, 10n ** BigInt(-power));
}

export const zero: Rational = { numerator: 0n, denominator: 1n };
export const one: Rational = { numerator: 1n, denominator: 1n };

export const add = (a: Rational, b: Rational): Rational =>
  reduced(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
export const negate = (a: Rational): Rational => ({ numerator: -a.numerator, denominator: a.denominator });
export const subtract = (a: Rational, b: Rational): Rational => add(a, negate(b));
export const multiply = (a: Rational, b: Rational): Rational =>
  reduced(a.numerator * b.numerator, a.denominator * b.denominator);

/** @throws {PlimsollError} `PLM_DOMAIN` on division by zero. */
export function divide(a: Rational, b: Rational, field: string = "divisor"): Rational {
  if (b.numerator === 0n) {
    throw new PlimsollError("PLM_DOMAIN", {
      field,
      value: 0,
      limit: "not 0",
      remedy: `Give a nonzero ${field}.`,
    });
  }
  const sign = b.numerator < 0n ? -1n : 1n;
  return reduced(sign * a.numerator * b.denominator, sign * a.denominator * b.numerator);
}

/** −1, 0 or 1 as a is less than, equal to or greater than b. Exact. */
export function compare(a: Rational, b: Rational): -1 | 0 | 1 {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export const minimum = (a: Rational, b: Rational): Rational => (compare(a, b) <= 0 ? a : b);
export const maximum = (a: Rational, b: Rational): Rational => (compare(a, b) >= 0 ? a : b);
export const magnitude = (a: Rational): Rational => (a.numerator < 0n ? negate(a) : a);
export const sumOf = (terms: readonly Rational[]): Rational => terms.reduce(add, zero);

/** Largest whole number ≤ a. */
export function floorOf(a: Rational): Rational {
  const quotient = a.numerator / a.denominator;
  const exact = a.numerator % a.denominator === 0n;
  return { numerator: a.numerator < 0n && !exact ? quotient - 1n : quotient, denominator: 1n };
}

/**
 * Square root, truncated after at least 40 significant digits.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` if negative.
 */
export function squareRoot(a: Rational): Rational {
  if (a.numerator < 0n) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "radicand",
      value: toNumber(a),
      limit: "≥ 0",
      remedy: "Check the sign of the size.",
    });
  }
  // √(n/d) = √(n·d)/d, scaled so that the integer root alone holds the digits kept.
  const scale = 10n ** BigInt(digitsKept);
  return reduced(squareRootFloor(a.numerator * a.denominator * scale * scale), a.denominator * scale);
}

/** The fraction as decimal text in scientific form, truncated after 40 significant digits. */
export function formatRational(a: Rational): string {
  if (a.numerator === 0n) return "0";
  const sign = a.numerator < 0n ? "-" : "";
  const size = absolute(a.numerator);
  // Shift so that the quotient has at least the digits kept, whatever the magnitude.
  const shift = digitsKept + a.denominator.toString().length - size.toString().length;
  const digits = (
    shift >= 0
      ? (size * 10n ** BigInt(shift)) / a.denominator
      : size / (a.denominator * 10n ** BigInt(-shift))
  ).toString();
  const exponent = digits.length - 1 - shift;
  const fraction = digits.slice(1).replace(/0+$/, "");
  return `${sign}${digits[0]}${fraction === "" ? "" : `.${fraction}`}${exponent === 0 ? "" : `e${exponent}`}`;
}

/** The nearest float64 to the first 40 digits. */
export const toNumber = (a: Rational): number => Number(formatRational(a));
