import { type HistoryTable, type Row } from "./tables.ts";

/** A row as read: column name to value. */
export type HistoryRow = Readonly<Record<string, number | string>>;

/** Which rows are asked for, newest first. */
export interface HistoryQuery {
  readonly table: HistoryTable;
  /** Values that columns must have, such as `{ account: 17 }`. Indexed columns only. */
  readonly where: Readonly<Record<string, number | string>>;
  /** Only rows before this place: where the last page ended. */
  readonly before?: { readonly sequence: number; readonly ordinal: number };
  /** Only rows from this instant on. */
  readonly fromMs?: number;
  /** 1 to 1,000. */
  readonly limit: number;
}

/**
 * What happened, in SQL. A view of the journal: it may be thrown away and made again, and it is never read to decide anything. Rows are
 * keyed by their place in the journal, so storing them twice changes nothing.
 */
export interface HistoryStore {
  /** For logs and people: `sqlite history.db`, `postgresql host/database`. */
  readonly description: string;
  /** The last sequence whose rows are all stored; 0 when none is. */
  lastSequence(): Promise<number>;
  /** Stores rows, and that everything up to `sequence` is stored, in one transaction. */
  store(rows: readonly Row[], sequence: number): Promise<void>;
  /** @throws {PlimsollError} `PLM_DOMAIN` for a limit out of range, `PLM_UNKNOWN` for a column that isn't indexed. */
  query(query: HistoryQuery): Promise<readonly HistoryRow[]>;
  /** Drops all rows: for making history again. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
