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
