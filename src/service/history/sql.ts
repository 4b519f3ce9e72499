import { PlimsollError, requireNumber } from "../../quantity/error.ts";
import { type HistoryQuery } from "./history-store.ts";
import { historyTables, type Table } from "./tables.ts";

/** What the SQL of the two databases differs in. */
export interface Dialect {
  readonly integer: string;
  /** The placeholder of the n-th parameter, from 1. */
  readonly parameter: (n: number) => string;
}

/** Statements that make the tables. Safe to run again. */
export function createStatements({ integer }: Dialect): string[] {
  const statements: string[] = [
    `CREATE TABLE IF NOT EXISTS progress (one ${integer} PRIMARY KEY CHECK (one = 1), sequence ${integer} NOT NULL)`,
  ];
  for (const { name, columns, indexed } of historyTables) {
    const types = columns.map(
      (column) => `${column.name} ${column.type === "integer" ? integer : "TEXT"} NOT NULL`,
    );
    statements.push(
      `CREATE TABLE IF NOT EXISTS ${name} (${types.join(", ")}, PRIMARY KEY (sequence, ordinal))`,
    );
    for (const column of indexed) {
      statements.push(
        `CREATE INDEX IF NOT EXISTS ${name}_by_${column} ON ${name} (${column}, sequence, ordinal)`,
      );
    }
  }
  return statements;
}

/** Inserts `count` rows; a row that is there already stays. */
export function insertStatement({ name, columns }: Table, count: number, { parameter }: Dialect): string {
  let n = 0;
  const rows: string[] = [];
  for (let i = 0; i < count; i++) rows.push(`(${columns.map(() => parameter(++n)).join(", ")})`);
  const names = columns.map((column) => column.name).join(", ");
  return `INSERT INTO ${name} (${names}) VALUES ${rows.join(", ")} ON CONFLICT (sequence, ordinal) DO NOTHING`;
}

/** Moves the mark of what is stored forward, never back. */
export const progressStatement = ({ parameter }: Dialect): string =>
  `INSERT INTO progress (one, sequence) VALUES (1, ${parameter(1)}) ON CONFLICT (one) DO UPDATE SET sequence = excluded.sequence WHERE excluded.sequence > progress.sequence`;

/** Most rows of one query. */
export const maxRows = 1_000;

export function queryStatement(
  query: HistoryQuery,
  { parameter }: Dialect,
): { readonly sql: string; readonly values: readonly (number | string)[] } {
  requireNumber("limit", query.limit, 1, maxRows);
  const table = historyTables.find(({ name }) => name === query.table);
  if (table === undefined) {
    throw new PlimsollError("PLM_UNKNOWN", {
      field: "table",
      value: query.table,
      limit: `one of ${historyTables.map(({ name }) => name).join(", ")}`,
      remedy: "Ask for a table that history keeps.",
    });
  }
  const conditions: string[] = [];
  const values: (number | string)[] = [];
  const bind = (value: number | string): string => {
    values.push(value);
    return parameter(values.length);
  };
  for (const [column, value] of Object.entries(query.where)) {
    if (!table.indexed.includes(column)) {
      throw new PlimsollError("PLM_UNKNOWN", {
        field: `where.${column}`,
        value: column,
        limit: `one of ${table.indexed.join(", ")}`,
        remedy: "Look rows up by an indexed column.",
      });
    }
    conditions.push(`${column} = ${bind(value)}`);
  }
  if (query.fromMs !== undefined) conditions.push(`time_ms >= ${bind(query.fromMs)}`);
  if (query.before !== undefined) {
    conditions.push(`(sequence, ordinal) < (${bind(query.before.sequence)}, ${bind(query.before.ordinal)})`);
  }
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : "";
  return {
    sql: `SELECT * FROM ${table.name}${where} ORDER BY sequence DESC, ordinal DESC LIMIT ${bind(query.limit)}`,
    values,
  };
}
