import { pow } from "../../numerics/exp-log.ts";

/** Variance that a mean of dependent values has, times their number. */
export interface LongRunVariance {
  /** ≥ 0, in the square of the values' unit; the variance of the mean is this ÷ n. */
  readonly variance: number;
  /** Autocovariances that it counts. */
  readonly lags: number;
}

/**
 * Newey and West's long-run variance: R(0) + 2·Σ_{k=1…lags} (1 − k/(lags + 1))·R(k), never negative.
 *
 * @param values - finite, at least two. @param lags - 0 and up, cut at n − 1; or `automatic`, Newey and West's (1994) own choice for this
 *   kernel, without prewhitening: with m = ⌊4·(n/100)^(2/9)⌋, s = Σ_{|k| ≤ m} |k|·R(k), v = Σ_{|k| ≤ m} R(k),
 *   ⌊1.1447·((s/v)²·n)^(1/3)⌋.
 * @see Newey and West (1987), Econometrica 55; Newey and West (1994), Review of Economic Studies 61
 */
export function longRunVariance(values: Float64Array, lags: number | "automatic"): LongRunVariance {
  const count = values.length;
  let mean = 0;
  for (const value of values) mean += value / count;
  const centred = values.map((value) => value - mean);
  const covariances: number[] = [];
  const covariance = (lag: number): number => {
    const known = covariances[lag];
    if (known !== undefined) return known;
    let sum = 0;
    for (let at = lag; at < count; at++) sum += (centred[at] ?? 0) * (centred[at - lag] ?? 0);
    return (covariances[lag] = sum / count);
  };
  const used = Math.min(count - 1, lags === "automatic" ? automaticLags(count, covariance) : lags);
  let variance = covariance(0);
  for (let lag = 1; lag <= used; lag++) variance += 2 * (1 - lag / (used + 1)) * covariance(lag);
  return { variance: Math.max(0, variance), lags: used };
}

function automaticLags(count: number, covariance: (lag: number) => number): number {
  const pilot = Math.min(count - 1, Math.floor(4 * pow(count / 100, 2 / 9)));
  let level = covariance(0);
  let slope = 0;
  for (let lag = 1; lag <= pilot; lag++) {
    level += 2 * covariance(lag);
    slope += 2 * lag * covariance(lag);
  }
  if (level === 0 || slope === 0) return 0;
  const ratio = slope / level;
  // a flat sum near zero asks for everything
  return Math.min(count - 1, Math.floor(1.1447 * pow(ratio * ratio * count, 1 / 3)));
}
