import { DatabaseSync, type StatementSync } from "node:sqlite";
import { invariant } from "../../quantity/error.ts";
import { type HistoryQuery, type HistoryRow, type HistoryStore } from "./history-store.ts";
import { createStatements, type Dialect, insertStatement, progressStatement, queryStatement } from "./sql.ts";
import { historyTables, type Row } from "./tables.ts";

const dialect: Dialect = { integer: "INTEGER", parameter: () => "?" };

/**
 * History in one file beside the journal, by the SQLite that is built into Node. `synchronous = NORMAL`: a power cut may lose the last
 * rows, never damage the file, and the journal has them still.
 *
 * @param file - path, or `:memory:`.
 */
export function sqliteHistory(file: string): HistoryStore {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 1000");
  for (const statement of createStatements(dialect)) database.exec(statement);
  const inserts = new Map<string, StatementSync>(
    historyTables.map((table) => [table.name, database.prepare(insertStatement(table, 1, dialect))]),
  );
  const progress = database.prepare(progressStatement(dialect));
  const last = database.prepare("SELECT sequence FROM progress");

  function store(rows: readonly Row[], sequence: number): void {
    database.exec("BEGIN IMMEDIATE");
    try {
      for (const { table, values } of rows) inserts.get(table.name)?.run(...values);
      progress.run(sequence);
      database.exec("COMMIT");
    } catch (error) {
      // a full disk may have ended it already
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  function query(asked: HistoryQuery): HistoryRow[] {
    const { sql, values } = queryStatement(asked, dialect);
    // rows come as null-prototype objects: plain ones can be sent between threads and compared
    return database
      .prepare(sql)
      .all(...values)
      .map(plainRow);
  }

  function clear(): void {
    database.exec("BEGIN IMMEDIATE");
    for (const { name } of historyTables) database.exec(`DELETE FROM ${name}`);
    database.exec("DELETE FROM progress; COMMIT");
  }

  return {
    description: `sqlite ${file}`,
    lastSequence: async () => Number(last.get()?.["sequence"] ?? 0),
    store: async (rows, sequence) => store(rows, sequence),
    query: async (asked) => query(asked),
    clear: async () => clear(),
    close: async () => database.close(),
  };
}

function plainRow(row: Readonly<Record<string, unknown>>): HistoryRow {
  const plain: Record<string, number | string> = {};
  for (const [name, value] of Object.entries(row)) {
    invariant(typeof value === "number" || typeof value === "string", "history holds numbers and text");
    plain[name] = value;
  }
  return plain;
}
