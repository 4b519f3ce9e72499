/**
 * e^x − 1 by the first three terms of its series, x + x²/2 + x³/6, each rounded down: what a rate comes to that compounds
 * continuously. Below the true value, by less than x⁴/24 · eˣ.
 *
 * @param x - rate × time, ≥ 0, at scale `one`.
 */
export function compoundGrowthFloor(x: bigint, one: bigint): bigint {
  const second = (x * x) / (2n * one);
  const third = (second * x) / (3n * one);
  return x + second + third;
}

const ceilDivide = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

/** {@link compoundGrowthFloor} with each term rounded up. */
export function compoundGrowthCeil(x: bigint, one: bigint): bigint {
  const second = ceilDivide(x * x, 2n * one);
  const third = ceilDivide(second * x, 3n * one);
  return x + second + third;
}
