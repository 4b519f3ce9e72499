import { log } from "../numerics/exp-log.ts";
import { PlimsollError, requireNumber } from "../quantity/error.ts";
import { didYouMean } from "./closest.ts";

/**
 * What a series measures.
 *
 * | Factor | Of | Value | Move |
 * |---|---|---|---|
 * | `spot` | underlying | USD per unit, > 0 | log return |
 * | `vol` | underlying | at-the-money implied volatility at 30 days, annual fraction, > 0 | log change |
 * | `term` | underlying | at-the-money volatility at 180 days minus that at 30 days | difference |
 * | `skew` | underlying | 30-day 25-delta call volatility minus put volatility | difference |
 * | `basis` | underlying | annualised ln(forward/spot) at 90 days | difference |
 * | `ratio` | asset | units of its underlying that one unit fetches (stETH in ETH), > 0 | log return |
 * | `price` | asset | USD per unit (stablecoins), > 0 | log return |
 */
export type Factor = "spot" | "vol" | "term" | "skew" | "basis" | "ratio" | "price";

/** Factors whose move is a log change; the others' is a difference. */
export const isLogFactor = (factor: Factor): boolean =>
  factor === "spot" || factor === "vol" || factor === "ratio" || factor === "price";

/** One risk factor over time. */
export interface FactorSeries {
  readonly factor: Factor;
  /** Symbol of the underlying or asset. */
  readonly of: string;
  /** One per instant of the history; NaN where nothing was observed. */
  readonly values: Float64Array;
}

/** Joint time series of risk factors on one regular grid. A value is what was known at its instant: a bar's close, not its open. */
export interface History {
  readonly source: string;
  /** True when generated: shown wherever its numbers are shown. */
  readonly synthetic: boolean;
  /** First instant. */
  readonly startMs: number;
  readonly intervalMs: number;
  /** Count of instants. */
  readonly length: number;
  /** By {@link factorKey}. */
  readonly series: ReadonlyMap<string, FactorSeries>;
}

/** Key of a series: `spot:BTC`, `ratio:stETH`. */
export const factorKey = (factor: Factor, of: string): string => `${factor}:${of}`;

/** The instant of an index. */
export const historyTimeMs = (history: History, index: number): number =>
  history.startMs + index * history.intervalMs;

/** @throws {PlimsollError} `PLM_UNKNOWN` when the history has no such series. */
export function seriesOf(history: History, key: string): FactorSeries {
  const series = history.series.get(key);
  if (series) return series;
  throw new PlimsollError("PLM_UNKNOWN", {
    field: "factor",
    value: key,
    limit: "a series of the history",
    remedy: didYouMean(key, history.series.keys(), "Supply a history that has it."),
  });
}

export interface MoveOptions {
  /** Steps of the grid that one move spans. Default 1. */
  readonly horizonSteps?: number;
  /** Steps from one window's start to the next. 1 overlaps fully; `horizonSteps` not at all. Default 1. */
  readonly strideSteps?: number;
  /** First instant that a window may start at, inclusive. */
  readonly fromMs?: number;
  /** Last instant that a window may end at, inclusive. */
  readonly toMs?: number;
}

/** Moves of several factors over the same windows. */
export interface JointMoves {
  /** The factors, in the order asked. */
  readonly keys: readonly string[];
  /** Count of windows. */
  readonly length: number;
  /** Grid index at which each window starts, ascending. */
  readonly starts: Int32Array;
  /** One column of moves per factor, in the order of `keys`; each as long as `starts`. No NaN. */
  readonly columns: readonly Float64Array[];
}

/**
 * Moves of several factors over common windows. A window counts only when every factor was observed at every one of its
 * instants, so no move is ever computed across a gap.
 *
 * @throws {PlimsollError} `PLM_UNKNOWN` for a factor that the history lacks, `PLM_DOMAIN` for a horizon or stride below 1.
 */
export function jointMoves(history: History, keys: readonly string[], options: MoveOptions = {}): JointMoves {
  const horizon = wholeSteps("horizonSteps", options.horizonSteps ?? 1);
  const stride = wholeSteps("strideSteps", options.strideSteps ?? 1);
  const chosen = keys.map((key) => seriesOf(history, key));
  const { startMs, intervalMs, length } = history;
  const first = Math.max(0, Math.ceil(((options.fromMs ?? startMs) - startMs) / intervalMs));
  const last = Math.min(length - 1, Math.floor(((options.toMs ?? Infinity) - startMs) / intervalMs));

  // Where the current unbroken run of joint observations began.
  const starts: number[] = [];
  let runStart = first;
  for (let index = first; index <= last; index += 1) {
    if (chosen.some(({ values }) => Number.isNaN(values[index] ?? NaN))) runStart = index + 1;
    const start = index - horizon;
    if (start >= runStart && (start - first) % stride === 0) starts.push(start);
  }
  return {
    keys,
    length: starts.length,
    starts: Int32Array.from(starts),
    columns: chosen.map(({ factor, values }) => {
      const logarithmic = isLogFactor(factor);
      return Float64Array.from(starts, (start) => {
        const from = values[start] ?? NaN;
        const to = values[start + horizon] ?? NaN;
        return logarithmic ? log(to / from) : to - from;
      });
    }),
  };
}

/** Moves of one factor. See {@link jointMoves}. */
export const moves = (
  history: History,
  key: string,
  options: MoveOptions = {},
): { readonly starts: Int32Array; readonly values: Float64Array } => {
  const { starts, columns } = jointMoves(history, [key], options);
  return { starts, values: columns[0] ?? new Float64Array() };
};

/** A stretch of instants without an observation, both ends included. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly steps: number;
}

/** Where a series was not observed between its first and last observation. */
export function gapsOf(history: History, key: string): readonly Gap[] {
  const { values } = seriesOf(history, key);
  const gaps: Gap[] = [];
  let before = -1;
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    if (before >= 0 && index > before + 1) {
      gaps.push({
        fromMs: historyTimeMs(history, before + 1),
        toMs: historyTimeMs(history, index - 1),
        steps: index - before - 1,
      });
    }
    before = index;
  }
  return gaps;
}

/**
 * The same history on a coarser grid: every `everySteps`-th instant, those that are whole multiples of the new interval
 * since 1970 where the grid has them. Values between are dropped, none is made up.
 */
export function coarserHistory(history: History, everySteps: number): History {
  const every = wholeSteps("everySteps", everySteps);
  const intervalMs = history.intervalMs * every;
  let offset = 0;
  for (let index = 0; index < Math.min(every, history.length); index += 1) {
    if (historyTimeMs(history, index) % intervalMs === 0) offset = index;
  }
  const length = Math.max(0, Math.ceil((history.length - offset) / every));
  const series = new Map<string, FactorSeries>();
  for (const [key, { factor, of, values }] of history.series) {
    const kept = Float64Array.from({ length }, (_, index) => values[offset + index * every] ?? NaN);
    series.set(key, { factor, of, values: kept });
  }
  return { ...history, startMs: historyTimeMs(history, offset), intervalMs, length, series };
}

/** The part of a history from one instant to another, both included. */
export function historyBetween(history: History, fromMs: number, toMs: number): History {
  const { startMs, intervalMs } = history;
  const first = Math.max(0, Math.ceil((fromMs - startMs) / intervalMs));
  const end = Math.max(first, Math.min(history.length, Math.floor((toMs - startMs) / intervalMs) + 1));
  const series = new Map<string, FactorSeries>();
  for (const [key, entry] of history.series) {
    series.set(key, { ...entry, values: entry.values.slice(first, end) });
  }
  return { ...history, startMs: historyTimeMs(history, first), length: end - first, series };
}

/**
 * The history with one more series, `ratio:asset`: the quotient of two that it has, wherever both were observed. For a
 * staked token whose price and whose underlying's price come from two tables.
 */
export function withRatio(
  history: History,
  asset: string,
  { numerator, denominator }: { readonly numerator: string; readonly denominator: string },
): History {
  const above = seriesOf(history, numerator).values;
  const below = seriesOf(history, denominator).values;
  const values = above.map((value, index) => value / (below[index] ?? NaN));
  const series = new Map(history.series).set(factorKey("ratio", asset), {
    factor: "ratio",
    of: asset,
    values,
  });
  return { ...history, series };
}

function wholeSteps(field: string, steps: number): number {
  requireNumber(field, steps, 1, 1e9);
  if (Number.isInteger(steps)) return steps;
  throw new PlimsollError("PLM_DOMAIN", {
    field,
    value: steps,
    limit: "a whole number of steps",
    remedy: "Divide the horizon by the history's intervalMs.",
  });
}
