import type pgDriver from "pg";
import { PlimsollError } from "../../quantity/error.ts";
import { type HistoryRow, type HistoryStore } from "./history-store.ts";
import { createStatements, type Dialect, insertStatement, progressStatement, queryStatement } from "./sql.ts";
import { historyTables, type Row, type Table } from "./tables.ts";

const dialect: Dialect = { integer: "BIGINT", parameter: (n) => `$${n}` };

/** PostgreSQL takes at most 65,535 parameters in a statement. */
const mostParameters = 60_000;

/** PostgreSQL's number for BIGINT. */
const bigintType = 20;

async function loadDriver(): Promise<typeof pgDriver> {
  try {
    const { default: driver } = await import("pg");
    return driver;
  } catch {
    throw new PlimsollError("PLM_UNSUPPORTED", {
      field: "history",
      value: "postgresql",
      limit: "a database whose driver is installed",
      remedy: "Install it beside plimsoll: npm install pg",
    });
  }
}

/** A connection string without its password. */
export function withoutPassword(connection: string): string {
  try {
    const url = new URL(connection);
    url.password = "";
    url.search = "";
    return url.toString();
  } catch {
    return "postgresql";
  }
}

/**
 * History in PostgreSQL.
 *
 * @param connection - `postgresql://user:password@host/database`.
 * @throws {PlimsollError} `PLM_UNSUPPORTED` without the package `pg`, `PLM_FILE` when the database can't be reached.
 */
export async function postgresHistory(connection: string): Promise<HistoryStore> {
  const pg = await loadDriver();
  // Counts and amounts are safe integers: they come back as numbers, not as text.
  pg.types.setTypeParser(bigintType, Number);
  const pool = new pg.Pool({
    connectionString: connection,
    max: 4,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: 15_000,
  });
  // A connection that breaks, idle or between two statements, must not end the process: the next query meets the fault.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => void client.on("error", () => undefined));
  try {
    for (const statement of createStatements(dialect)) await pool.query(statement);
  } catch (error) {
    await pool.end();
    throw new PlimsollError("PLM_FILE", {
      field: "history",
      value: withoutPassword(connection),
      limit: "a PostgreSQL database that this user may create tables in",
      remedy: `Check that it runs and the connection string is right (${error instanceof Error ? error.message : String(error)}).`,
    });
  }

  async function insert(client: pgDriver.PoolClient, table: Table, rows: readonly Row[]): Promise<void> {
    const most = Math.floor(mostParameters / table.columns.length);
    for (let at = 0; at < rows.length; at += most) {
      const part = rows.slice(at, at + most);
      await client.query(
        insertStatement(table, part.length, dialect),
        part.flatMap(({ values }) => [...values]),
      );
    }
  }

  return {
    description: withoutPassword(connection),
    async lastSequence() {
      const { rows } = await pool.query<{ sequence: number }>("SELECT sequence FROM progress");
      return rows[0]?.sequence ?? 0;
    },
    async store(rows, sequence) {
      const client = await pool.connect();
      let broken = false;
      try {
        await client.query("BEGIN");
        for (const table of historyTables) {
          const own = rows.filter((row) => row.table === table);
          if (own.length > 0) await insert(client, table, own);
        }
        await client.query(progressStatement(dialect), [sequence]);
        await client.query("COMMIT");
      } catch (error) {
        await client.query("ROLLBACK").catch(() => {
          broken = true;
        });
        throw error;
      } finally {
        client.release(broken);
      }
    },
    async query(asked) {
      const { sql, values } = queryStatement(asked, dialect);
      const { rows } = await pool.query<HistoryRow>(sql, [...values]);
      return rows;
    },
    async clear() {
      for (const { name } of historyTables) await pool.query(`TRUNCATE ${name}`);
      await pool.query("DELETE FROM progress");
    },
    close: () => pool.end(),
  };
}
