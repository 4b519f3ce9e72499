/** Largest integer that a column of the state holds. */
const largest = Number.MAX_SAFE_INTEGER;

/**
 * ⌈value · part / whole⌉ for 0 ≤ part ≤ whole, whole > 0, all safe integers: the share of a cost, or of the value of a fill, that
 * goes with `part` lots of `whole`. Rounded up, so that what is realised against it rounds down; what is left is the exact
 * complement, so nothing is lost.
 */
export function shareCeil(value: number, part: number, whole: number): number {
  if (part === whole) return value;
  if (part === 0 || value === 0) return 0;
  const product = value * part;
  // Exact: the quotient of two integers below 2^53 is rounded by less than 1/whole, and it is as far from the next integer, or is one.
  if (product <= largest && product >= -largest) return Math.ceil(product / whole) + 0;
  const exact = BigInt(value) * BigInt(part);
  const divisor = BigInt(whole);
  const quotient = exact / divisor;
  return Number(exact % divisor > 0n ? quotient + 1n : quotient);
}
