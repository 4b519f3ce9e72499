import { factorKey, type Factor, type History, historyTimeMs } from "../../market/history.ts";
import { exp, log } from "../../numerics/exp-log.ts";

/** A risk factor as a level whose differences are moves. */
export type FactorKind = "spot" | "vol-level" | "vol-term" | "skew" | "basis" | "peg";

/** Levels of one risk factor, ascending in time, without gaps marked: only what was observed. */
export interface LevelSeries {
  readonly kind: FactorKind;
  /** Underlying symbol; for `peg` the asset. */
  readonly symbol: string;
  readonly timesMs: Float64Array;
  /**
   * `spot` ln(USD price); `vol-level` ln(30-day at-the-money volatility); `vol-term` ln(180-day/30-day volatility); `skew`
   * ln(25-delta put/call volatility); `basis` annualised fraction; `peg` ln(price/peg).
   */
  readonly values: Float64Array;
}

const kinds: Readonly<Record<Factor, FactorKind>> = {
  spot: "spot",
  vol: "vol-level",
  term: "vol-term",
  skew: "skew",
  basis: "basis",
  ratio: "peg",
  price: "peg",
};

/** The history's factors as levels. Term and skew, differences of volatilities, become ratios of volatilities, equation (6a). */
export function levelSeries(history: History): readonly LevelSeries[] {
  return [...history.series.values()].map(({ factor, of, values }): LevelSeries => {
    const vols = history.series.get(factorKey("vol", of))?.values;
    const level = (value: number, index: number): number => {
      if (factor === "basis") return value;
      if (factor !== "term" && factor !== "skew") return value > 0 ? log(value) : Number.NaN;
      const vol = vols?.[index] ?? Number.NaN;
      const ratio = factor === "term" ? 1 + value / vol : (vol - value / 2) / (vol + value / 2);
      return ratio > 0 && Number.isFinite(ratio) ? log(ratio) : Number.NaN;
    };
    const times: number[] = [];
    const levels: number[] = [];
    for (let index = 0; index < history.length; index++) {
      const value = level(values[index] ?? Number.NaN, index);
      if (!Number.isFinite(value)) continue;
      times.push(historyTimeMs(history, index));
      levels.push(value);
    }
    return {
      kind: kinds[factor],
      symbol: of,
      timesMs: Float64Array.from(times),
      values: Float64Array.from(levels),
    };
  });
}

/** One factor with its running volatility. */
export interface FilteredFactor extends LevelSeries {
  /** EWMA volatility per √hour with what is known at each observation, equation (6). */
  readonly volPerRootHour: Float64Array;
  /** Running mean of squared changes per hour, for the long-run volatility at each observation. */
  readonly meanSquarePerHour: Float64Array;
  /** Median distance of two observations, ms. */
  readonly spacingMs: number;
  /** When the last change was known that starts the running estimate; ∞ if there never were as many. */
  readonly settledMs: number;
}

const hourMs = 3_600_000;
const ln2 = log(2);
/** Changes whose mean square starts the running estimate. */
const warmUp = 30;
/** Two observations further apart than this many spacings are not joined into a change. */
const joinedSpacings = 2.5;

/** Index of the last observation at or before `timeMs`, −1 if none. */
export function lastAtOrBefore(timesMs: ArrayLike<number>, timeMs: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesMs[middle] ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Runs the EWMA filter over a factor, equation (6). Gaps are not bridged: no change is taken across them. */
export function filterFactor(series: LevelSeries, halfLifeHours: number): FilteredFactor {
  const { timesMs, values } = series;
  const count = values.length;
  const gaps = timesMs
    .slice(1)
    .map((time, index) => time - (timesMs[index] ?? 0))
    .sort();
  const spacingMs = Math.max(1, gaps[gaps.length >> 1] ?? hourMs);

  const squares = new Float64Array(count).fill(Number.NaN);
  for (let index = 1; index < count; index++) {
    const gapMs = (timesMs[index] ?? 0) - (timesMs[index - 1] ?? 0);
    if (gapMs <= 0 || gapMs > joinedSpacings * spacingMs) continue;
    const change = (values[index] ?? 0) - (values[index - 1] ?? 0);
    squares[index] = (change * change) / (gapMs / hourMs);
  }
  let variance = 0;
  let seen = 0;
  let settledMs = Infinity;
  for (let index = 1; index < count && seen < warmUp; index++) {
    const square = squares[index] ?? Number.NaN;
    if (Number.isNaN(square)) continue;
    variance += square;
    seen += 1;
    if (seen === warmUp) settledMs = timesMs[index] ?? Infinity;
  }
  variance = seen > 0 ? variance / seen : 0;

  const volPerRootHour = new Float64Array(count);
  const meanSquarePerHour = new Float64Array(count);
  let sum = 0;
  let joined = 0;
  for (let index = 0; index < count; index++) {
    const square = squares[index] ?? Number.NaN;
    if (!Number.isNaN(square)) {
      const gapHours = ((timesMs[index] ?? 0) - (timesMs[index - 1] ?? 0)) / hourMs;
      const keep = exp((-ln2 * gapHours) / halfLifeHours);
      variance = keep * variance + (1 - keep) * square;
      sum += square;
      joined += 1;
    }
    volPerRootHour[index] = Math.sqrt(variance);
    meanSquarePerHour[index] = joined > 0 ? sum / joined : 0;
  }
  return { ...series, volPerRootHour, meanSquarePerHour, spacingMs, settledMs };
}

/** A factor with what is known at an instant: before it has settled, its estimates start from changes that came after. */
export function knownAt(factor: FilteredFactor, halfLifeHours: number, asOfMs: number): FilteredFactor {
  if (asOfMs >= factor.settledMs) return factor;
  const count = lastAtOrBefore(factor.timesMs, asOfMs) + 1;
  if (count === factor.timesMs.length) return factor;
  const { timesMs, values } = factor;
  return filterFactor(
    { ...factor, timesMs: timesMs.subarray(0, count), values: values.subarray(0, count) },
    halfLifeHours,
  );
}
