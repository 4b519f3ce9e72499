import { log, log1p } from "../../numerics/exp-log.ts";
import { type RandomStream } from "../../numerics/random.ts";

export interface ConfidenceInterval {
  readonly low: number;
  readonly high: number;
  /** Probability that such an interval covers the truth: nominal. */
  readonly confidence: number;
}

/**
 * One resample of the stationary bootstrap: ranges [start, end) of periods, as many in all as there are periods. A block that wraps around
 * comes as two.
 */
export function drawBlocks(
  periods: number,
  blockLength: number,
  stream: RandomStream,
  visit: (start: number, end: number) => void,
): void {
  // P(length > j) = (1 − ending)^j
  const ending = 1 / blockLength;
  const perPeriod = log1p(-ending);
  for (let left = periods; left > 0;) {
    const start = stream.nextBelow(periods);
    const uniform = blockLength === 1 ? 0 : stream.nextFloat();
    const drawn = uniform < ending ? 1 : 1 + Math.floor(log(1 - uniform) / perPeriod);
    const length = Math.min(left, drawn);
    left -= length;
    const end = start + length;
    visit(start, Math.min(end, periods));
    if (end > periods) visit(0, end - periods);
  }
}

/** Between the quantiles of draws, which it sorts. Null where they do not vary by more than the rounding of sums. */
export function intervalOf(draws: Float64Array, confidence: number): ConfidenceInterval | null {
  draws.sort();
  const lowest = draws[0] ?? 0;
  const highest = draws[draws.length - 1] ?? 0;
  const spread = lowest === highest ? 0 : highest - lowest;
  if (spread <= 1e-12 * Math.min(Math.max(Math.abs(lowest), Math.abs(highest)), Number.MAX_VALUE))
    return null;
  const side = (1 - confidence) / 2;
  return { low: quantile(draws, side), high: quantile(draws, 1 - side), confidence };
}

/** Sample standard deviation. */
export function standardDeviation(draws: Float64Array): number {
  let mean = 0;
  let squares = 0;
  for (const [index, value] of draws.entries()) {
    const difference = value - mean;
    mean += difference / (index + 1);
    squares += difference * (value - mean);
  }
  return Math.sqrt(squares / (draws.length - 1));
}

/** Linear between order statistics (type 7 of Hyndman and Fan). */
function quantile(sorted: Float64Array, p: number): number {
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  const here = sorted[low] ?? 0;
  const next = sorted[low + 1] ?? here;
  // both may be infinite
  return next === here ? here : here + (at - low) * (next - here);
}
