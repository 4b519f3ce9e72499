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
  if (product <= largest && product >= -largest) {
    const rest = product % whole;
    // Exact: product − rest is a multiple of whole.
    const quotient = (product - rest) / whole;
    return rest > 0 ? quotient + 1 : quotient + 0;
  }
  const exact = BigInt(value) * BigInt(part);
  const divisor = BigInt(whole);
  const quotient = exact / divisor;
  return Number(exact % divisor > 0n ? quotient + 1n : quotient);
}
