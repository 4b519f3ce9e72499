import { mulDivCeil } from "../../quantity/money.ts";

/**
 * Two reserves whose product stays: what one must be when the other is `newReserve` > 0. Rounded up, so that whoever trades pays at
 * least, and gets at most, what the curve says, and the product never falls.
 */
export const counterReserveCeil = (product: bigint, newReserve: bigint): bigint =>
  mulDivCeil(product, 1n, newReserve);

/** Largest whole number whose square is at most `value` ≥ 0. */
export function squareRootFloor(value: bigint): bigint {
  if (value < 2n) return value;
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** Smallest whole number whose square is at least `value` ≥ 0. */
export function squareRootCeil(value: bigint): bigint {
  const root = squareRootFloor(value);
  return root * root === value ? root : root + 1n;
}
