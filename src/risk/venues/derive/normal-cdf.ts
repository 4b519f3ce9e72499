import { type Fixed18, abs, div, mul, one } from "../shared/fixed18.ts";
import { exp } from "../shared/fixed18-functions.ts";

/*
 * The venue's normal distribution is Hart's double-precision approximation (J. F. Hart et al., Computer Approximations,
 * Wiley 1968, algorithm 5666, as tabulated by G. West, Better Approximations to Cumulative Normal Functions, Wilmott
 * Magazine, May 2005). Its error, up to 4e-17, is part of the venue's prices, so it is kept rather than improved on.
 */

/** Highest power first. */
const numerator: readonly Fixed18[] = [
  35262496599891100n,
  700383064443688000n,
  6373962203531650000n,
  33912866078383000000n,
  112079291497871000000n,
  221213596169931000000n,
  220206867912376000000n,
];
const denominator: readonly Fixed18[] = [
  88388347648318400n,
  1755667163182640000n,
  16064177579207000000n,
  86780732202946100000n,
  296564248779674000000n,
  637333633378831000000n,
  793826512519948000000n,
  440413735824752000000n,
];

const polynomial = (coefficients: readonly Fixed18[], z: Fixed18): Fixed18 =>
  coefficients.reduce((total, coefficient) => mul(total, z) + coefficient, 0n);

/** From here on, a continued fraction. 10/√2. */
const farTail: Fixed18 = 7071067811865470000n;
const sqrt2Pi: Fixed18 = 2506628274631000000n;
/** From here on the tail is 0. */
const end: Fixed18 = 37n * one;

/** N(x): the probability that a standard normal variable is at most `x`, from 0 to 1. */
export function normalCdf(x: Fixed18): Fixed18 {
  const z = abs(x);
  const tail = z > end ? 0n : upperTail(z);
  return x > 0n ? one - tail : tail;
}

function upperTail(z: Fixed18): Fixed18 {
  const density = exp(-mul(z, z) / 2n);
  if (z < farTail) return (density * polynomial(numerator, z)) / polynomial(denominator, z);
  let fraction = z + 650_000_000_000_000_000n;
  for (let n = 4n; n >= 1n; n--) fraction = z + div(n * one, fraction);
  return div(div(density, fraction), sqrt2Pi);
}
