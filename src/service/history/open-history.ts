import { type HistoryStore } from "./history-store.ts";
import { postgresHistory } from "./postgres-history.ts";
import { threadedSqliteHistory } from "./sqlite-thread.ts";

/**
 * Opens history by its address: a `postgresql://` connection string, else a file for SQLite, whose work is done on a thread of its own so
 * that it never holds up commands.
 */
export function openHistory(address: string): Promise<HistoryStore> {
  return /^postgres(?:ql)?:\/\//.test(address) ? postgresHistory(address) : threadedSqliteHistory(address);
}
