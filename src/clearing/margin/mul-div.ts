/** Largest amount of money that margin figures state, in micros or units, of either sign. */
export const largestMoney: number = Number.MAX_SAFE_INTEGER;

/** 2^−50: more than the relative error of a product and a quotient of float64s. */
const noise = 8.881784197001252e-16;

/**
 * ⌊a·b/d⌋ for d > 0, safe integers all. Exact while |result| ≤ 2^53 − 1. A positive result beyond that is 2^53 − 1, a negative one a float64
 * next to it: what an account is credited ends there, what it owes does not.
 */
export function mulDivFloor(a: number, b: number, d: number): number {
  if (b === d) return a;
  const product = a * b;
  // Exact: the quotient of two integers below 2^53 is rounded by less than 1/d, and it is 1/d or more from the next integer, or is one.
  if (product <= largestMoney && product >= -largestMoney) return Math.floor(product / d) + 0;
  const quotient = product / d;
  if (quotient > largestMoney) return largestMoney;
  if (quotient < -largestMoney) return quotient;
  const floor = Math.floor(quotient);
  const slack = Math.abs(quotient) * noise;
  // Far enough from the integers on both sides: the roundings cannot have crossed one.
  if (quotient - floor > slack && floor + 1 - quotient > slack) return floor;
  const exactProduct = BigInt(a) * BigInt(b);
  const divisor = BigInt(d);
  const exact = exactProduct / divisor;
  return Number(exactProduct % divisor < 0n ? exact - 1n : exact);
}

/** ⌈a·b/d⌉ for d > 0: minus {@link mulDivFloor} of −a. Ends at −(2^53 − 1), and goes on above. */
export const mulDivCeil = (a: number, b: number, d: number): number => 0 - mulDivFloor(0 - a, b, d);

/** A figure as a safe integer. NaN never comes here. */
export const clampMoney = (value: number): number =>
  value > largestMoney ? largestMoney : value < -largestMoney ? -largestMoney : value + 0;
