import { invariant } from "../../quantity/error.ts";

/**
 * Splits an amount over weights, exactly: each part is the floor of its share, and what floors leave goes one unit each to the largest
 * remainders, the earlier first among equals. No part exceeds its cap; what caps cut is split over the others again.
 *
 * @param amount - ≥ 0.
 * @param weights - ≥ 0 each. One of weight 0 gets nothing.
 * @param caps - ≥ 0 each.
 * @returns the parts, in order; they sum to `amount`, or to all caps of positive weights if those are less.
 */
export function apportion(amount: bigint, weights: readonly bigint[], caps: readonly bigint[]): bigint[] {
  const parts: bigint[] = weights.map(() => 0n);
  let open: number[] = [];
  for (const [i, weight] of weights.entries()) if (weight > 0n && (caps[i] ?? 0n) > 0n) open.push(i);
  let left = amount;
  while (left > 0n && open.length > 0) {
    const total = open.reduce((sum, i) => sum + weights[i]!, 0n);
    const isCapped = (i: number): boolean => (left * weights[i]!) / total >= caps[i]!;
    const capped = open.filter(isCapped);
    if (capped.length === 0) {
      split(left, open, weights, total, caps, parts);
      left = 0n;
      break;
    }
    for (const i of capped) {
      parts[i] = caps[i]!;
      left -= caps[i]!;
    }
    open = open.filter((i) => parts[i]! < caps[i]!);
  }
  invariant(left >= 0n, "no more is split than there is");
  return parts;
}

/** Floors, and a unit more for the largest remainders. No share reaches its cap, so a unit always fits. */
function split(
  amount: bigint,
  open: readonly number[],
  weights: readonly bigint[],
  total: bigint,
  caps: readonly bigint[],
  parts: bigint[],
): void {
  const remainders: { readonly i: number; readonly remainder: bigint }[] = [];
  let given = 0n;
  for (const i of open) {
    const part = (amount * weights[i]!) / total;
    parts[i] = part;
    given += part;
    remainders.push({ i, remainder: (amount * weights[i]!) % total });
  }
  let rest = amount - given;
  if (rest === 0n) return;
  remainders.sort((a, b) => (a.remainder === b.remainder ? a.i - b.i : a.remainder > b.remainder ? -1 : 1));
  for (const { i } of remainders) {
    if (rest === 0n) return;
    invariant(parts[i]! < caps[i]!, "a share below its cap has room");
    parts[i] = parts[i]! + 1n;
    rest--;
  }
}

/**
 * {@link apportion} over many safe integers whose weights are their caps: as one loss is over all who hold the asset.
 *
 * @param amount - safe integer ≥ 0.
 * @param weights - safe integers ≥ 0.
 */
export function apportionWithin(amount: number, weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (BigInt(amount) >= total) return weights.slice();
  if (total > BigInt(Number.MAX_SAFE_INTEGER)) {
    const exact = Array.from(weights, BigInt);
    return Float64Array.from(apportion(BigInt(amount), exact, exact), Number);
  }
  const parts = new Float64Array(weights.length);
  const remainders = new Float64Array(weights.length);
  const factor = BigInt(amount);
  let rest = amount;
  for (let i = 0; i < weights.length; i++) {
    const product = BigInt(weights[i]!) * factor;
    const part = Number(product / total);
    parts[i] = part;
    remainders[i] = Number(product % total);
    rest -= part;
  }
  if (rest === 0) return parts;
  // A unit more for the largest remainders, the earlier first among equals: all above the last that gets one, then those like it.
  const last = remainders.slice().sort()[weights.length - rest]!;
  let equals = rest;
  for (const remainder of remainders) if (remainder > last) equals--;
  for (let i = 0; i < weights.length; i++) {
    if (remainders[i]! > last || (remainders[i] === last && equals-- > 0)) parts[i] = parts[i]! + 1;
  }
  return parts;
}
