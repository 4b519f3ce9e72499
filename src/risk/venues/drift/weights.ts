/** One in weights, margin ratios and buffers. */
export const weightOne: bigint = 10_000n;
const imfOne = 1_000_000n;
/** Sizes enter the size rules in 1e9 units, so their roots (of ten times that) carry five decimals. */
const rootOne = 100_000n;

export const minOf = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const maxOf = (a: bigint, b: bigint): bigint => (a > b ? a : b);
export const magnitude = (a: bigint): bigint => (a < 0n ? -a : a);

/** ⌊√n⌋ for n ≥ 0, by Newton's method from above. */
export function integerRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let guess = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + n / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

const sizeRoot = (size: bigint): bigint => integerRoot(magnitude(size) * 10n + 1n);

/**
 * Liability weight or margin ratio of a large position: max(w, 0.8·w + imf·√size).
 *
 * @param weight - 1e4.
 * @param size - 1e9 units; its sign is ignored.
 * @param imfFactor - 1e6; 0 turns the premium off.
 */
export function withSizePremium(weight: bigint, size: bigint, imfFactor: bigint): bigint {
  if (imfFactor === 0n) return weight;
  const premium = (sizeRoot(size) * imfFactor) / ((rootOne * imfOne) / weightOne);
  return maxOf(weight, weight - weight / 5n + premium);
}

/**
 * Asset weight of a large position: min(w, 1.1 / (1 + imf·√size)).
 *
 * @param weight - 1e4.
 * @param size - 1e9 units; its sign is ignored.
 * @param imfFactor - 1e6; 0 turns the discount off.
 */
export function withSizeDiscount(weight: bigint, size: bigint, imfFactor: bigint): bigint {
  if (imfFactor === 0n) return weight;
  const discounted =
    ((imfOne + imfOne / 10n) * weightOne) / (imfOne + (sizeRoot(size) * imfFactor) / rootOne);
  return minOf(weight, discounted);
}
