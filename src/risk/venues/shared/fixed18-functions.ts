import { type Fixed18, mul, one } from "./fixed18.ts";

/*
 * exp, ln, sqrt and pow on 18-decimal fixed point, from integer operations alone: the same digits on every machine.
 * Inside, numbers have 128 fraction bits (about 38 decimals), so a result is the exact value rounded down to 18
 * decimals, save where that lies within 1e-30 of a step (relative to the result, for exp above 1).
 */
const bits = 128n;
const unit = 1n << bits;
const half = unit >> 1n;

const toWide = (x: Fixed18): bigint => (x << bits) / one;
/** Rounds down, toward −∞: a shift of a negative BigInt does. */
const fromWide = (x: bigint): Fixed18 => (x * one) >> bits;
const decimals40 = 10n ** 40n;
const wideConstant = (digits: bigint): bigint => (digits << bits) / decimals40;
const ln2 = wideConstant(6931471805599453094172321214581765680755n);

/** e^x for wide x. */
function expWide(x: bigint): bigint {
  const doublings = (x + (ln2 >> 1n)) / ln2 - (x + (ln2 >> 1n) < 0n ? 1n : 0n);
  // |rest| ≤ ln2/2; its 64th part needs 14 Taylor terms.
  const rest = (x - doublings * ln2) >> 6n;
  let term = unit;
  let total = unit;
  for (let n = 1n; n <= 16n; n++) {
    term = ((term * rest) >> bits) / n;
    total += term;
  }
  for (let i = 0; i < 6; i++) total = (total * total) >> bits;
  return doublings >= 0n ? total << doublings : total >> -doublings;
}

/** ln x for wide x > 0. */
function lnWide(x: bigint): bigint {
  let doublings = BigInt(x.toString(2).length) - 1n - bits;
  let mantissa = doublings >= 0n ? x >> doublings : x << -doublings;
  // From [1, 2) to [0.75, 1.5), so that the series below is short and exact near 1.
  if (mantissa > unit + half) {
    mantissa >>= 1n;
    doublings += 1n;
  }
  const z = ((mantissa - unit) << bits) / (mantissa + unit);
  const square = (z * z) >> bits;
  let power = z;
  let total = z;
  for (let n = 3n; power !== 0n && n < 64n; n += 2n) {
    power = (power * square) >> bits;
    total += power / n;
  }
  return 2n * total + doublings * ln2;
}

/** Arguments above this are taken for it, so that exp is total: e^200 is beyond every price. */
const largestExponent = 200n * one;

/** e^x. */
export function exp(x: Fixed18): Fixed18 {
  if (x < -42n * one) return 0n;
  return fromWide(expWide(toWide(x > largestExponent ? largestExponent : x)));
}

/** ln x, rounded down, for x > 0. For x ≤ 0 the least value of the function, ln 1e-18: total rather than exact. */
export const ln = (x: Fixed18): Fixed18 => fromWide(lnWide(toWide(x > 0n ? x : 1n)));

/** ⌊√n⌋ of an integer ≥ 0, by Newton's method from above. */
export function integerSqrt(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

/** √x for x ≥ 0, truncated. */
export const sqrt = (x: Fixed18): Fixed18 => integerSqrt(x * one);

/** base^exponent as e^(exponent · ln base), for base > 0. */
export const pow = (base: Fixed18, exponent: Fixed18): Fixed18 => exp(mul(exponent, ln(base)));
