import { exp, log, type RandomStream } from "../../numerics/index.ts";
import { type Series } from "../feeds/replay/price-series.ts";

/** Instants at which paths are known: `count` of them from `fromMs` on. */
export interface Grid {
  readonly fromMs: number;
  readonly stepMs: number;
  readonly count: number;
}

export interface BridgeTerms {
  /** Of a coin's path with what all coins share. */
  readonly correlation: number;
  /** Deviation about the line between two known prices, of what the bar's range implies. */
  readonly share: number;
}

/** Range of a driftless path over its deviation, in the mean: √(8 ⁄ π). */
const rangePerDeviation = 1.5957691216057308;
const dayMs = 86_400_000;

interface Bar {
  readonly low: number;
  readonly high: number;
  readonly close: number;
  readonly count: number;
}

/** Bars of a series of four prices each, by number; of one each where it has closes only. */
function barsOf({ times, values, grainMs }: Series): Map<number, Bar> {
  const bars = new Map<number, Bar>();
  for (const [i, timeMs] of times.entries()) {
    const number = Math.floor(timeMs / grainMs);
    const value = values[i]!;
    const known = bars.get(number);
    bars.set(number, {
      low: Math.min(known?.low ?? value, value),
      high: Math.max(known?.high ?? value, value),
      close: value,
      count: (known?.count ?? 0) + 1,
    });
  }
  return bars;
}

/** Deviation of a day's logarithmic return: of the closes in the seven days before `atMs`, or of all there are after it. */
export function dailyDeviation(series: Series, atMs: number, toMs: number): number {
  const closes = [...barsOf(series)].map(([number, { close }]) => ({
    timeMs: (number + 1) * series.grainMs,
    close,
  }));
  const before = closes.filter(({ timeMs }) => timeMs <= atMs && timeMs > atMs - 7 * dayMs);
  const used = before.length >= 8 ? before : closes.filter(({ timeMs }) => timeMs > atMs && timeMs <= toMs);
  let squares = 0;
  let count = 0;
  for (let i = 1; i < used.length; i++) {
    if (used[i]!.timeMs - used[i - 1]!.timeMs !== series.grainMs) continue;
    squares += log(used[i]!.close / used[i - 1]!.close) ** 2;
    count++;
  }
  return count === 0 ? 0.05 : Math.sqrt((squares / count) * (dayMs / series.grainMs));
}

/**
 * A seeded path on a grid through every price that a series tells: in each bar through its open, extremes and close, never beyond its extremes; between closes
 * where it has only those. The same random stream and market give the same path.
 *
 * @param market - standard normals that all coins share, one per instant.
 */
export function drawPath(
  series: Series,
  grid: Grid,
  market: Float64Array,
  random: RandomStream,
  { correlation, share }: BridgeTerms,
): Float64Array {
  const { times, values, grainMs } = series;
  const bars = barsOf(series);
  const hasRanges = [...bars.values()].some(({ count }) => count > 1);
  const own = Math.sqrt(1 - correlation * correlation);
  const path = new Float64Array(grid.count);
  let next = 0;
  while (next < times.length && times[next]! <= grid.fromMs) next++;
  let nowMs = grid.fromMs;
  let now = log(next > 0 ? values[next - 1]! : values[0]!);
  for (let k = 0; k < grid.count; k++) {
    const timeMs = grid.fromMs + k * grid.stepMs;
    // What is drawn depends on the instant alone.
    const normal = correlation * market[k]! + own * random.nextNormal();
    while (next < times.length && times[next]! <= timeMs) {
      nowMs = times[next]!;
      now = log(values[next]!);
      next++;
    }
    if (next < times.length && timeMs > nowMs) {
      const end = log(values[next]!);
      const left = times[next]! - nowMs;
      const passed = timeMs - nowMs;
      const bar = bars.get(Math.floor(times[next]! / grainMs));
      const deviation = hasRanges
        ? log((bar?.high ?? 1) / (bar?.low ?? 1)) / rangePerDeviation
        : recentMove(values, next);
      const scale = share * deviation * Math.sqrt((passed * (left - passed)) / (left * grainMs));
      now += ((end - now) * passed) / left + scale * normal;
      if (hasRanges && bar) now = Math.min(log(bar.high), Math.max(log(bar.low), now));
      nowMs = timeMs;
    }
    path[k] = exp(now);
  }
  return path;
}

/** Root of the mean square of the last moves up to the next value. */
function recentMove(values: readonly number[], next: number): number {
  let squares = 0;
  let count = 0;
  for (let i = Math.max(1, next - 12); i <= next; i++) {
    squares += log(values[i]! / values[i - 1]!) ** 2;
    count++;
  }
  return count === 0 ? 0 : Math.sqrt(squares / count);
}
