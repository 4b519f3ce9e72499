import { safeInteger } from "../../quantity/safe-integer.ts";

/** a·b/d rounded toward 0, for safe integers with d > 0 whose result is one too. */
export function mulDiv(a: number, b: number, d: number): number {
  const product = a * b;
  if (product <= Number.MAX_SAFE_INTEGER && product >= -Number.MAX_SAFE_INTEGER) {
    // The remainder is exact, so the division is.
    return (product - (product % d)) / d + 0;
  }
  return safeInteger((BigInt(a) * BigInt(b)) / BigInt(d), "quotient");
}

/** The median, the floor of the mean of the two middle ones. `sorted` ascends and is not empty. */
export function medianOfSorted(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : Math.floor(((sorted[middle - 1] ?? 0) + upper) / 2);
}

export const clamp = (value: number, low: number, high: number): number =>
  value < low ? low : value > high ? high : value;

export const ascending = (a: number, b: number): number => a - b;
