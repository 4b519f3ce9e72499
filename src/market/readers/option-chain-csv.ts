import { type CsvRow, readCsv } from "./csv.ts";

/**
 * One row of an option-chain table of inverse, coin-settled options.
 *
 * Columns, in any order: `ts_ms`, `currency`, `expiry_ms`, `strike`, `type` (C or P), `forward`, `index`, `mark`, and, where
 * known, `snapshot`, `bid`, `ask`, `iv`, `delta`, `vega`, `oi`, `volume`. `bid`, `ask` and `mark` in coin; an empty or
 * zero bid or ask is none; `iv` an annual fraction; `vega` USD per volatility point.
 */
export interface OptionChainRow {
  /** Line in the file, from 1. */
  readonly line: number;
  /** What groups rows into one snapshot: the `snapshot` column, else `ts_ms`. */
  readonly snapshot: string;
  readonly timeMs: number;
  /** The coin: BTC, ETH. */
  readonly currency: string;
  readonly expiryMs: number;
  readonly strike: number;
  readonly optionType: "call" | "put";
  /** USD per coin. */
  readonly forward: number;
  readonly indexUsd: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly mark: number;
  readonly impliedVol?: number;
  readonly delta?: number;
  readonly vega?: number;
  readonly openInterest?: number;
  readonly volume?: number;
}

export interface OptionChainOptions {
  /** What errors call the file. Default `chain.csv`. */
  readonly name?: string;
  readonly maxRows?: number;
}

const required = ["ts_ms", "currency", "expiry_ms", "strike", "type", "forward", "index", "mark"];

/**
 * Reads an option-chain table row by row.
 *
 * @param lines - of the file, or its whole text.
 * @throws {PlimsollError} `PLM_CSV_SYNTAX` naming file, line and column.
 */
export function* optionChainRows(
  lines: Iterable<string> | string,
  options: OptionChainOptions = {},
): Generator<OptionChainRow, void, undefined> {
  const table = readCsv(lines, {
    name: options.name ?? "chain.csv",
    required,
    ...(options.maxRows !== undefined && { maxRows: options.maxRows }),
  });
  const hasSnapshot = table.columns.includes("snapshot");
  for (const row of table.rows) yield chainRow(row, hasSnapshot);
}

function chainRow(row: CsvRow, hasSnapshot: boolean): OptionChainRow {
  const timeMs = timeOf(row, "ts_ms");
  const expiryMs = timeOf(row, "expiry_ms");
  const type = row.text("type");
  if (type !== "C" && type !== "P") row.fail("type", "C or P");
  const currency = row.text("currency");
  if (currency === "") row.fail("currency", "the symbol of a coin");
  const bid = row.optionalNumber("bid");
  const ask = row.optionalNumber("ask");
  const impliedVol = notNegative(row, "iv");
  const delta = row.optionalNumber("delta");
  const vega = row.optionalNumber("vega");
  const openInterest = notNegative(row, "oi");
  const volume = notNegative(row, "volume");
  return {
    line: row.line,
    snapshot: hasSnapshot ? row.text("snapshot") : row.text("ts_ms"),
    timeMs,
    currency,
    expiryMs,
    strike: notNegative(row, "strike") ?? row.fail("strike", "a number ≥ 0"),
    optionType: type === "C" ? "call" : "put",
    forward: positive(row, "forward"),
    indexUsd: positive(row, "index"),
    ...(bid !== undefined && bid > 0 && { bid }),
    ...(ask !== undefined && ask > 0 && { ask }),
    mark: notNegative(row, "mark") ?? row.fail("mark", "a number ≥ 0"),
    ...(impliedVol !== undefined && { impliedVol }),
    ...(delta !== undefined && { delta }),
    ...(vega !== undefined && { vega }),
    ...(openInterest !== undefined && { openInterest }),
    ...(volume !== undefined && { volume }),
  };
}

/** A column of instants. */
export function timeOf(row: CsvRow, column: string): number {
  const value = row.number(column);
  return Number.isSafeInteger(value) && value >= 0 ? value : row.fail(column, "UTC epoch milliseconds");
}

function positive(row: CsvRow, column: string): number {
  const value = row.number(column);
  return value > 0 ? value : row.fail(column, "a number > 0");
}

function notNegative(row: CsvRow, column: string): number | undefined {
  const value = row.optionalNumber(column);
  return value === undefined || value >= 0 ? value : row.fail(column, "a number ≥ 0");
}

/** What one snapshot of a chain holds. */
export interface OptionChainSnapshot {
  readonly snapshot: string;
  /** Earliest and latest observation. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Sorted. */
  readonly currencies: readonly string[];
  readonly rows: number;
}

/** The snapshots of a chain, in order of time. Holds no rows. */
export function listSnapshots(rows: Iterable<OptionChainRow>): readonly OptionChainSnapshot[] {
  const snapshots = new Map<
    string,
    { fromMs: number; toMs: number; currencies: Set<string>; rows: number }
  >();
  for (const { snapshot, timeMs, currency } of rows) {
    const entry = snapshots.get(snapshot);
    if (entry) {
      entry.fromMs = Math.min(entry.fromMs, timeMs);
      entry.toMs = Math.max(entry.toMs, timeMs);
      entry.currencies.add(currency);
      entry.rows += 1;
    } else {
      snapshots.set(snapshot, { fromMs: timeMs, toMs: timeMs, currencies: new Set([currency]), rows: 1 });
    }
  }
  const list = [...snapshots].map(([snapshot, entry]) => ({
    snapshot,
    ...entry,
    currencies: [...entry.currencies].sort(),
  }));
  return list.sort((a, b) => a.fromMs - b.fromMs);
}

/** Rows by snapshot, each group in the file's order; groups in order of first appearance. */
export function groupBySnapshot(
  rows: Iterable<OptionChainRow>,
): ReadonlyMap<string, readonly OptionChainRow[]> {
  const groups = new Map<string, OptionChainRow[]>();
  for (const row of rows) {
    const group = groups.get(row.snapshot);
    if (group) group.push(row);
    else groups.set(row.snapshot, [row]);
  }
  return groups;
}
