import { exp, log, log1p } from "./exp-log.ts";
import { normalCdf } from "./normal.ts";

/** ln √(2π) */
const logRootTwoPi = 0.9189385332046728;
const rootTwoPi = 2.5066282746310007;

/**
 * What Stirling's formula misses: δ(x) = ln Γ(x + 1) − (x + ½)·ln x + x − ln √(2π), for x > 0. With it, ratios of gamma functions
 * need no difference of large logarithms (Loader 2000, "Fast and accurate computation of binomial probabilities").
 */
export function stirlingError(x: number): number {
  // δ(x) − δ(x + 1) = (x + ½)·ln(1 + 1/x) − 1, up to where the asymptotic series is exact to a float64
  let sum = 0;
  let at = x;
  while (at < 16) {
    sum += (at + 0.5) * log1p(1 / at) - 1;
    at += 1;
  }
  const inverse = 1 / at;
  const t = inverse * inverse;
  // coefficients B(2k) / (2k·(2k − 1)) of the Bernoulli numbers
  const series =
    inverse *
    (1 / 12 -
      t * (1 / 360 - t * (1 / 1260 - t * (1 / 1680 - t * (1 / 1188 - t * (691 / 360360 - t / 156))))));
  return sum + series;
}

/** Deviance x·ln(x/m) + m − x ≥ 0 for x ≥ 0, m ≥ 0, without cancellation at x ≈ m. ∞ when only m is 0. */
export function deviance(x: number, m: number): number {
  if (x === 0) return m;
  if (m === 0) return Infinity;
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * log(x / m) + m - x;
  // ln(x/m) = 2·atanh(v)
  const v = (x - m) / (x + m);
  const w = v * v;
  let sum = (x - m) * v;
  let term = 2 * x * v;
  for (let k = 3; ; k += 2) {
    term *= w;
    const next = sum + term / k;
    if (next === sum) return next;
    sum = next;
  }
}

/** ln Γ(x) for x > 0; ∞ at 0 and ∞, NaN below. Absolute error about 1e-15 near its zeros at 1 and 2, relative elsewhere. */
export function logGamma(x: number): number {
  if (!(x > 0)) return x === 0 ? Infinity : NaN;
  if (x === Infinity) return x;
  return (x - 0.5) * log(x) - x + logRootTwoPi + stirlingError(x);
}

/** x^a·e^−x / Γ(a + 1): the Poisson probability of a at mean x. a > 0, x > 0. */
function poissonTerm(a: number, x: number): number {
  return exp(-stirlingError(a) - deviance(a, x)) / (rootTwoPi * Math.sqrt(a));
}

const longestFraction = 100_000;

/** Σ xⁿ / ((a+1)…(a+n)), which times the Poisson term is P(a, x). */
function lowerSeries(a: number, x: number): number {
  let sum = 1;
  let term = 1;
  for (let n = 1; n < longestFraction; n++) {
    term *= x / (a + n);
    const next = sum + term;
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/** The continued fraction (DLMF 8.9.2) which times a and the Poisson term is Q(a, x), by Lentz's method. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = Infinity;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < longestFraction; i++) {
    const an = i * (a - i);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    const factor = c * d;
    h *= factor;
    if (Math.abs(factor - 1) <= 2.3e-16) break;
  }
  return h;
}

/**
 * Regularised upper incomplete gamma function Q(a, x) = Γ(a, x)/Γ(a), a > 0, x ≥ 0. Small values keep relative accuracy
 * (about 1e-13). NaN outside.
 */
export function gammaQ(a: number, x: number): number {
  if (!(a > 0) || !(x >= 0) || a === Infinity) return NaN;
  if (x === 0) return 1;
  if (x === Infinity) return 0;
  return x < a + 1 ? 1 - poissonTerm(a, x) * lowerSeries(a, x) : a * poissonTerm(a, x) * upperFraction(a, x);
}

/** Regularised lower incomplete gamma function P(a, x) = 1 − Q(a, x), a > 0, x ≥ 0. NaN outside. */
export function gammaP(a: number, x: number): number {
  if (!(a > 0) || !(x >= 0) || a === Infinity) return NaN;
  if (x === 0) return 0;
  if (x === Infinity) return 1;
  return x < a + 1 ? poissonTerm(a, x) * lowerSeries(a, x) : 1 - a * poissonTerm(a, x) * upperFraction(a, x);
}

/**
 * Probability that a chi-square variable exceeds `x`: the p-value of a likelihood-ratio test.
 *
 * @param degrees - of freedom, > 0. 1 and 2 by closed forms. @param x - below 0 counts as 0.
 */
export function chiSquareSurvival(x: number, degrees: number): number {
  if (x !== x) return NaN;
  if (x <= 0) return 1;
  if (degrees === 1) return 2 * normalCdf(-Math.sqrt(x));
  if (degrees === 2) return exp(-0.5 * x);
  return gammaQ(0.5 * degrees, 0.5 * x);
}
