import { log, pow } from "../../numerics/exp-log.ts";

/**
 * Mean block length for the stationary bootstrap of a mean, chosen by the series: longer where values depend on earlier ones, 1 where
 * they don't seem to. At most ⌈min(3·√n, n/3)⌉.
 *
 *     m      first lag of a run of max(5, ⌊log10 n⌋) lags with |ρ| < 2·√(log10 n / n)
 *     M      2·m, tapered by λ(x) = 1 up to ½, then 2·(1 − x)
 *     G      Σ_{|k| ≤ M} λ(k/M)·|k|·R(k)         D = 2·(Σ_{|k| ≤ M} λ(k/M)·R(k))²
 *     length (2·G²/D)^(1/3) · n^(1/3)
 *
 * @param values - finite. A constant series gives 1.
 * @see Politis and White (2004), Econometric Reviews 23; Patton, Politis and White (2009), correction, Econometric Reviews 28
 */
export function automaticBlockLength(values: Float64Array): number {
  const count = values.length;
  if (count < 4) return 1;
  let mean = 0;
  let size = 0;
  for (const value of values) {
    mean += value / count;
    size = Math.max(size, Math.abs(value));
  }
  const centred = values.map((value) => value - mean);
  const covariance = (lag: number): number => {
    let sum = 0;
    for (let at = lag; at < count; at++) sum += (centred[at] ?? 0) * (centred[at - lag] ?? 0);
    return sum / count;
  };
  const variance = covariance(0);
  // a spread within the rounding of the values is none
  if (!(variance > 1e-28 * size * size)) return 1;

  const tenLog = log(count) / log(10);
  const run = Math.max(5, Math.floor(tenLog));
  const last = Math.ceil(Math.sqrt(count)) + run;
  const insignificant = 2 * Math.sqrt(tenLog / count) * variance;
  const covariances: number[] = [variance];
  let quiet = 0;
  let width = last;
  for (let lag = 1; lag <= last; lag++) {
    const here = covariance(lag);
    covariances.push(here);
    quiet = Math.abs(here) < insignificant ? quiet + 1 : 0;
    if (quiet < run) continue;
    width = Math.min(last, 2 * (lag - run + 1));
    break;
  }
  let slope = 0;
  let longRun = variance;
  for (let lag = 1; lag <= width; lag++) {
    const here = covariances[lag] ?? covariance(lag);
    const taper = 2 * lag <= width ? 1 : 2 * (1 - lag / width);
    slope += 2 * taper * lag * here;
    longRun += 2 * taper * here;
  }
  const longest = Math.ceil(Math.min(3 * Math.sqrt(count), count / 3));
  const ratio = slope / longRun;
  return Math.max(1, Math.min(longest, pow(ratio * ratio * count, 1 / 3)));
}
