/**
 * `base` to a whole power ≥ 0, by squaring, each product rounded half up. Fixed point at scale `one`; the error is at most about
 * `exponent` units of it.
 *
 * @see makerdao/dss, `abaci.sol`: the prices of Maker's auctions follow from this rounding
 */
export function powerHalfUp(base: bigint, exponent: bigint, one: bigint): bigint {
  const half = one / 2n;
  const product = (a: bigint, b: bigint): bigint => (a * b + half) / one;
  let square = base;
  let result = exponent % 2n === 1n ? base : one;
  for (let rest = exponent / 2n; rest > 0n; rest /= 2n) {
    square = product(square, square);
    if (rest % 2n === 1n) result = product(result, square);
  }
  return result;
}
