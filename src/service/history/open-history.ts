import { PlimsollError } from "../../quantity/error.ts";
import { type HistoryStore } from "./history-store.ts";
import { postgresHistory } from "./postgres-history.ts";
import { threadedSqliteHistory } from "./sqlite-thread.ts";

/** How an address of a service begins; a drive's letter is no such word. */
const serviceWord = /^\s*([a-z][a-z\d+.-]+):/i;

/**
 * Opens history by its address: a `postgresql://` connection string, else a file for SQLite, whose work is done on a thread of its own so
 * that it never holds up commands.
 *
 * @throws {PlimsollError} `PLM_USAGE` for another service's address. It is not repeated, nor made a file's name: it may hold a password.
 */
export async function openHistory(address: string): Promise<HistoryStore> {
  if (/^postgres(?:ql)?:\/\//.test(address)) return postgresHistory(address);
  const service = serviceWord.exec(address)?.[1];
  if (service === undefined || service === "file") return threadedSqliteHistory(address);
  throw new PlimsollError("PLM_USAGE", {
    field: "history",
    value: service,
    limit: "postgresql://…, or a SQLite file",
    remedy: "Correct the address; put ./ before a file's name that looks like one.",
  });
}
