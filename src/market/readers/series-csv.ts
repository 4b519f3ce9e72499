import { log } from "../../numerics/exp-log.ts";
import { buildHistory, type HistoryBuilderOptions, type HistoryReading } from "../history-builder.ts";
import { type Factor, factorKey, isLogFactor } from "../history.ts";
import { type CsvRow, readCsv } from "./csv.ts";
import { timeOf } from "./option-chain-csv.ts";

/**
 * One column of a table of bars or daily values, and the factor that it observes. The table has `ts_ms`, a bar's OPEN time, and
 * the named column.
 */
export interface SeriesSource {
  /** Of the file, or its whole text. */
  readonly lines: Iterable<string> | string;
  /** What errors call the file. */
  readonly name: string;
  readonly factor: Factor;
  /** Symbol of the underlying or asset. */
  readonly of: string;
  /** Default `close`. */
  readonly column?: string;
  /** Only rows whose column holds this text: `{ column: "symbol", value: "BTC" }`. */
  readonly where?: { readonly column: string; readonly value: string };
  /** Multiplies every value: 0.01 for volatility points. Default 1. */
  readonly scale?: number;
  /** From the row's time to when its value was known: a bar's length. Default the history's `intervalMs`. 0 for snapshots. */
  readonly knownAfterMs?: number;
  /**
   * A single observation further than this from both neighbours, on the same side, is a bad print and taken as not observed.
   * Log distance for prices and ratios (0.03 is 3 %), else difference. It looks one row ahead: right for calibration, not for
   * a replay. Default none.
   */
  readonly spikeLimit?: number;
  /** More equal values in a row than this are a feed that stood still: all but the first are not observed. Default none. */
  readonly repeatLimit?: number;
}

/**
 * A joint history from tables, joined on their instants. Several sources may observe one factor: where two know it at the
 * same instant, the first counts. Empty cells are gaps.
 *
 * @throws {PlimsollError} `PLM_CSV_SYNTAX` naming file, line and column; `PLM_DATA_GAP` when nothing was observed.
 */
export function historyFromSeries(
  sources: readonly SeriesSource[],
  options: HistoryBuilderOptions,
): HistoryReading {
  const builder = buildHistory(options);
  for (const source of sources) {
    const { name, factor, of, column = "close", where, scale = 1 } = source;
    const delayMs = source.knownAfterMs ?? options.intervalMs;
    const required = where ? ["ts_ms", column, where.column] : ["ts_ms", column];
    const times: number[] = [];
    const values: number[] = [];
    for (const row of readCsv(source.lines, { name, required }).rows) {
      if (where && row.text(where.column) !== where.value) continue;
      const value = row.optionalNumber(column);
      if (value === undefined) continue;
      times.push(timeAfter(row, times.at(-1)));
      values.push(value * scale);
    }
    const bad = badPrints(values, source);
    const key = factorKey(factor, of);
    for (const [index, value] of values.entries()) {
      const timeMs = (times[index] ?? 0) + delayMs;
      const reason = bad.get(index);
      if (reason === undefined) builder.observe(factor, of, timeMs, value);
      else builder.note(reason, `${key} in ${name} is ${value} at ${timeMs}; taken as not observed`);
    }
  }
  return builder.build();
}

/** The row's instant; rows ascend. */
function timeAfter(row: CsvRow, before: number | undefined): number {
  const timeMs = timeOf(row, "ts_ms");
  return before === undefined || timeMs > before
    ? timeMs
    : row.fail("ts_ms", `after ${before}, that of the row before`);
}

/** Indices of observations to leave out, and why. */
function badPrints(values: readonly number[], source: SeriesSource): ReadonlyMap<number, string> {
  const bad = new Map<number, string>();
  const { spikeLimit, repeatLimit, factor } = source;
  if (spikeLimit !== undefined) {
    const distance = (a: number, b: number): number => (isLogFactor(factor) ? log(a / b) : a - b);
    // Compared with the last value kept, so that the value after a bad print is not blamed for it.
    let kept = values[0] ?? NaN;
    for (let index = 1; index + 1 < values.length; index += 1) {
      const value = values[index] ?? NaN;
      const before = distance(value, kept);
      const after = distance(value, values[index + 1] ?? NaN);
      if (Math.abs(before) > spikeLimit && Math.abs(after) > spikeLimit && before > 0 === after > 0) {
        bad.set(index, "bad-print");
      } else kept = value;
    }
  }
  if (repeatLimit !== undefined) {
    let run = 0;
    for (let index = 1; index <= values.length; index += 1) {
      if (index < values.length && values[index] === values[index - 1]) run += 1;
      else {
        if (run > repeatLimit)
          for (let at = index - run; at < index; at += 1) bad.set(at, "feed-stood-still");
        run = 0;
      }
    }
  }
  return bad;
}
