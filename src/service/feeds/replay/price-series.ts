import { type CsvRow, readCsv } from "../../../market/readers/csv.ts";
import { timeOf } from "../../../market/readers/option-chain-csv.ts";
import { PlimsollError } from "../../../quantity/index.ts";
import { type TextFile } from "./read-file.ts";
import { type Note, tolerantRows } from "./tolerant-rows.ts";

/** Observations in order of time. */
export interface Series {
  readonly times: readonly number[];
  readonly values: readonly number[];
  /** Time between rows, the most usual one. */
  readonly grainMs: number;
}

export interface SeriesSelection {
  /** Where a value stands. Default: the bars' open, high, low and close if there are such columns, else `close`. */
  readonly column?: string;
  /** Only rows whose column holds this text: `{ column: "symbol", value: "BTC" }`. */
  readonly where?: { readonly column: string; readonly value: string };
}

/** A high or low further than this share from both open and close is a bad print. */
const spikeShare = 0.5;

interface Bar {
  readonly timeMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/**
 * Prices of a table of bars or values by `ts_ms`, the bar's open time. A bar gives four observations: its open; its low and high at one and two
 * thirds, the low first when it closed above its open; its close at its last millisecond. A single value is known at the bar's
 * end. Rows that are no bar, out of order or not positive are noted and left out; a spike loses its high and low.
 *
 * @throws {PlimsollError} `PLM_CSV_SYNTAX` for a header without the columns, `PLM_FEED` when no row can be used.
 */
export function priceSeries(file: TextFile, selection: SeriesSelection, note: Note): Series {
  const bars: Bar[] = [];
  for (const { row, line } of tolerantRows(file, (lines) => readBars(lines, file.name, selection), note)) {
    const bar = checkedBar(row, `${file.name}:${line}`, bars.at(-1)?.timeMs ?? -1, note);
    if (bar !== undefined) bars.push(bar);
  }
  if (bars.length === 0) throw nothingUsable(file.name, selection);
  const grainMs = usualGap(bars.map(({ timeMs }) => timeMs));
  const times: number[] = [];
  const values: number[] = [];
  const add = (timeMs: number, value: number): void => {
    times.push(timeMs);
    values.push(value);
  };
  for (const { timeMs, open, high, low, close } of bars) {
    if (!(open === close && high === close && low === close)) {
      const [first, second] = close >= open ? [low, high] : [high, low];
      add(timeMs, open);
      add(timeMs + Math.floor(grainMs / 3), first);
      add(timeMs + Math.floor((2 * grainMs) / 3), second);
    }
    add(timeMs + grainMs - 1, close);
  }
  return { times, values, grainMs };
}

/**
 * Values of one column as they stand, at their own instants: funding rates.
 *
 * @throws as {@link priceSeries}.
 */
export function valueSeries(
  file: TextFile,
  selection: SeriesSelection & { readonly column: string },
  note: Note,
): Series {
  const times: number[] = [];
  const values: number[] = [];
  const read = (lines: Iterable<string>): Iterable<readonly [number, number | undefined]> => {
    const { column, where } = selection;
    const table = readCsv(lines, {
      name: file.name,
      required: ["ts_ms", column, ...(where ? [where.column] : [])],
    });
    return mapped(table.rows, where, (row) => [timeOf(row, "ts_ms"), row.optionalNumber(column)] as const);
  };
  for (const { row, line } of tolerantRows(file, read, note)) {
    const [timeMs, value] = row;
    if (value === undefined) continue;
    if (timeMs <= (times.at(-1) ?? -1)) {
      note({ where: `${file.name}:${line}:ts_ms`, what: "must be after the row before; row left out" });
      continue;
    }
    times.push(timeMs);
    values.push(value);
  }
  if (times.length === 0) throw nothingUsable(file.name, selection);
  return { times, values, grainMs: usualGap(times) };
}

function* mapped<T>(
  rows: Iterable<CsvRow>,
  where: SeriesSelection["where"],
  map: (row: CsvRow) => T,
): Generator<T, void, undefined> {
  for (const row of rows) if (where === undefined || row.text(where.column) === where.value) yield map(row);
}

function readBars(
  lines: Iterable<string>,
  name: string,
  { column, where }: SeriesSelection,
): Iterable<Bar | undefined> {
  const value = column ?? "close";
  const table = readCsv(lines, { name, required: ["ts_ms", value, ...(where ? [where.column] : [])] });
  const isBar = column === undefined && ["open", "high", "low"].every((each) => table.columns.includes(each));
  return mapped(table.rows, where, (row) => {
    const timeMs = timeOf(row, "ts_ms");
    const close = row.optionalNumber(value);
    if (close === undefined) return undefined;
    if (!isBar) return { timeMs, open: close, high: close, low: close, close };
    return { timeMs, open: row.number("open"), high: row.number("high"), low: row.number("low"), close };
  });
}

function checkedBar(bar: Bar | undefined, where: string, beforeMs: number, note: Note): Bar | undefined {
  if (bar === undefined) return undefined;
  const { timeMs, open, high, low, close } = bar;
  if (timeMs <= beforeMs) {
    note({ where: `${where}:ts_ms`, what: `is ${timeMs}; must be after the row before; row left out` });
    return undefined;
  }
  if (!(low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close))) {
    note({
      where,
      what: `open ${open}, high ${high}, low ${low}, close ${close}: must be 0 < low ≤ open, close ≤ high; row left out`,
    });
    return undefined;
  }
  const [top, bottom] = [Math.max(open, close), Math.min(open, close)];
  if (high <= top * (1 + spikeShare) && low >= bottom * (1 - spikeShare)) return bar;
  note({
    where,
    what: `high ${high}, low ${low} are over ${spikeShare * 100} % from open ${open} and close ${close}; left out`,
  });
  return { timeMs, open, high: top, low: bottom, close };
}

/** The most usual gap between ascending times, the smallest of several; a minute for a single one. */
function usualGap(times: readonly number[]): number {
  const counts = new Map<number, number>();
  for (let i = 1; i < times.length; i++) {
    const gap = (times[i] ?? 0) - (times[i - 1] ?? 0);
    counts.set(gap, (counts.get(gap) ?? 0) + 1);
  }
  let [usual, most] = [60_000, 0];
  for (const [gap, count] of [...counts].sort(([a], [b]) => a - b)) {
    if (count > most) [usual, most] = [gap, count];
  }
  return usual;
}

function nothingUsable(name: string, { column, where }: SeriesSelection): PlimsollError {
  const rows = where === undefined ? "rows" : `rows whose ${where.column} is ${where.value}`;
  return new PlimsollError("PLM_FEED", {
    field: name,
    value: `no usable ${rows}`,
    limit: `${rows} with ts_ms and ${column ?? "a price"}`,
    remedy: "Check the file against docs/feeds.md; the feed's notes name what was left out.",
  });
}
