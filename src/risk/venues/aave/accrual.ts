/** Fraction digits of Aave's interest arithmetic: 1 ray = 1e27. */
export const ray: bigint = 10n ** 27n;
const halfRay: bigint = ray / 2n;
/** Aave's year: 365 days. */
export const secondsPerYear: bigint = 31_536_000n;

/** a·b in rays, rounded half up. For non-negative factors. */
export const rayMul = (a: bigint, b: bigint): bigint => (a * b + halfRay) / ray;
/** a/b in rays, rounded half up. For a ≥ 0, b > 0. */
export const rayDiv = (a: bigint, b: bigint): bigint => (a * ray + b / 2n) / b;

/**
 * Growth of a deposit: 1 + rate × dt / year. The year fraction is rounded to a ray first, then the product.
 *
 * @param ratePerYear - ray.
 * @param elapsedSeconds - ≥ 0.
 * @returns factor, ray.
 */
export function linearGrowth(ratePerYear: bigint, elapsedSeconds: bigint): bigint {
  return ray + rayMul(ratePerYear, rayDiv(elapsedSeconds * ray, secondsPerYear * ray));
}

/**
 * Growth of a variable debt: three terms of the binomial series of (1 + rate/year)^dt, as on chain; below the true power
 * by less than a fourth-order term.
 *
 * @param ratePerYear - ray.
 * @param elapsedSeconds - ≥ 0.
 * @returns factor, ray.
 */
export function compoundGrowth(ratePerYear: bigint, elapsedSeconds: bigint): bigint {
  const n = elapsedSeconds;
  if (n === 0n) return ray;
  const rate = ratePerYear / secondsPerYear;
  const rate2 = rayMul(rate, rate);
  const rate3 = rayMul(rate2, rate);
  const pairs = n * (n - 1n);
  const triples = pairs * (n > 2n ? n - 2n : 0n);
  return ray + n * rate + (pairs * rate2) / 2n + (triples * rate3) / 6n;
}
