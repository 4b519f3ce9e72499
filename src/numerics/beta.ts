import { exp, log, log1p } from "./exp-log.ts";
import { deviance, stirlingError } from "./gamma.ts";

const twoPi = 6.283185307179586;
const longestFraction = 100_000;

/**
 * Probability of `successes` in `trials` at probability `p` each, by Loader's method: accurate for millions of trials. Real
 * arguments mean Γ(n+1)/(Γ(k+1)·Γ(n−k+1))·p^k·(1−p)^(n−k). NaN outside 0 ≤ k ≤ n, 0 ≤ p ≤ 1.
 *
 * @param q - 1 − p, where the caller knows it better than by subtraction.
 */
export function binomialProbability(successes: number, trials: number, p: number, q: number = 1 - p): number {
  const failures = trials - successes;
  if (!(successes >= 0) || !(failures >= 0) || !(p >= 0) || !(q >= 0)) return NaN;
  if (p === 0) return successes === 0 ? 1 : 0;
  if (q === 0) return failures === 0 ? 1 : 0;
  if (successes === 0) return exp(trials * (p < 0.5 ? log1p(-p) : log(q)));
  if (failures === 0) return exp(trials * (q < 0.5 ? log1p(-q) : log(p)));
  const exponent =
    stirlingError(trials) -
    stirlingError(successes) -
    stirlingError(failures) -
    deviance(successes, trials * p) -
    deviance(failures, trials * q);
  return exp(exponent) * Math.sqrt(trials / (twoPi * successes * failures));
}

/** The continued fraction of DLMF 8.17.22, by Lentz's method. Converges fast for x ≤ (a + 1)/(a + b + 2). */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m < longestFraction; m++) {
    const twice = m + m;
    const even = (m * (b - m) * x) / ((a + twice - 1) * (a + twice));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + twice) * (a + twice + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    const factor = d * c;
    h *= factor;
    if (Math.abs(factor - 1) <= 2.3e-16) break;
  }
  return h;
}

/**
 * Regularised incomplete beta function I_x(a, b), a > 0, b > 0, 0 ≤ x ≤ 1. Small values keep relative accuracy (about 1e-13): for an
 * upper tail use I_{1−x}(b, a). NaN outside.
 *
 * @param y - 1 − x, where the caller knows it better than by subtraction.
 */
export function regularizedBeta(x: number, a: number, b: number, y: number = 1 - x): number {
  if (!(x >= 0) || !(y >= 0) || !(a > 0) || !(b > 0)) return NaN;
  if (x === 0) return 0;
  if (y === 0) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(y, b, a, x);
  // x^a·y^b / (a·B(a, b))
  const front = (binomialProbability(a, a + b, x, y) * b) / (a + b);
  return Math.min(1, front * betaFraction(x, a, b));
}

/** The x with I_x(a, b) = p, 0 ≤ p ≤ 1; Newton's method inside a shrinking bracket. NaN outside. */
export function inverseRegularizedBeta(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1) || !(a > 0) || !(b > 0)) return NaN;
  if (p === 0 || p === 1) return p;
  let low = 0;
  let high = 1;
  let x = a / (a + b);
  for (let iteration = 0; iteration < 1200; iteration++) {
    const error = regularizedBeta(x, a, b) - p;
    if (error === 0) return x;
    if (error < 0) low = x;
    else high = x;
    const slope = (binomialProbability(a, a + b, x) * a * b) / ((a + b) * x * (1 - x));
    const step = error / slope;
    let next = x - step;
    if (Math.abs(step) <= 1e-16 * x) return x;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    if (next === low || next === high) return x;
    x = next;
  }
  return x;
}

/** Probability of at most `successes` in `trials` at probability `p` each. */
export function binomialCdf(successes: number, trials: number, p: number): number {
  if (!(p >= 0 && p <= 1) || !(trials >= 0)) return NaN;
  const k = Math.floor(successes);
  if (k < 0) return 0;
  if (k >= trials) return 1;
  return regularizedBeta(1 - p, trials - k, k + 1, p);
}

/** Probability of at least `successes` in `trials` at probability `p` each. */
export function binomialSurvival(successes: number, trials: number, p: number): number {
  if (!(p >= 0 && p <= 1) || !(trials >= 0)) return NaN;
  const k = Math.ceil(successes);
  if (k <= 0) return 1;
  if (k > trials) return 0;
  return regularizedBeta(p, k, trials - k + 1);
}
