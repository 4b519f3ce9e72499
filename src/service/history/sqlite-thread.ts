import { Worker } from "node:worker_threads";
import { PlimsollError } from "../../quantity/error.ts";
import { type HistoryQuery, type HistoryRow, type HistoryStore } from "./history-store.ts";
import { queryStatement } from "./sql.ts";
import { type Row } from "./tables.ts";

/** What the thread is asked. Rows go by the number of their table: functions and tables stay on their own side. */
export type HistoryRequest =
  | { readonly id: number; readonly ask: "lastSequence" | "clear" | "close" }
  | {
      readonly id: number;
      readonly ask: "store";
      readonly rows: readonly PlainRow[];
      readonly sequence: number;
    }
  | { readonly id: number; readonly ask: "query"; readonly query: HistoryQuery };

export interface PlainRow {
  readonly table: string;
  readonly values: readonly (number | string)[];
}

export interface HistoryReply {
  readonly id: number;
  /** Of `lastSequence`. */
  readonly sequence?: number;
  /** Of `query`. */
  readonly rows?: readonly HistoryRow[];
  readonly error?: string;
}

type Ask = HistoryRequest extends infer R
  ? R extends { readonly id: number }
    ? Omit<R, "id">
    : never
  : never;

export interface SqliteWorkerData {
  readonly file: string;
}

/** The worker's file beside this one: source or built. */
const workerFile = import.meta.url.endsWith(".ts") ? "./sqlite-worker.ts" : "./sqlite-worker.js";

/** {@link sqliteHistory} on a thread of its own. */
export async function threadedSqliteHistory(file: string): Promise<HistoryStore> {
  const worker = new Worker(new URL(workerFile, import.meta.url), {
    workerData: { file } satisfies SqliteWorkerData,
    execArgv: [],
  });
  const waiting = new Map<
    number,
    { resolve: (reply: HistoryReply) => void; reject: (error: Error) => void }
  >();
  let next = 0;
  let broken: Error | undefined;
  const breakAll = (error: Error): void => {
    broken = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on("message", (reply: HistoryReply) => {
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error === undefined) asked?.resolve(reply);
    else asked?.reject(new Error(reply.error));
  });
  worker.on("error", breakAll);
  worker.on("exit", () => breakAll(new Error("the history thread has ended")));
  const ask = (request: Ask): Promise<HistoryReply> =>
    new Promise((resolve, reject) => {
      if (broken) return reject(broken);
      const id = ++next;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ ...request, id });
    });

  try {
    await ask({ ask: "lastSequence" });
  } catch (error) {
    throw new PlimsollError("PLM_FILE", {
      field: "history",
      value: file,
      limit: "a SQLite file that can be written",
      remedy: `Check the path and its rights (${error instanceof Error ? error.message : String(error)}).`,
    });
  }
  return {
    description: `sqlite ${file}`,
    lastSequence: async () => (await ask({ ask: "lastSequence" })).sequence ?? 0,
    async store(rows: readonly Row[], sequence: number) {
      await ask({
        ask: "store",
        rows: rows.map(({ table, values }) => ({ table: table.name, values })),
        sequence,
      });
    },
    async query(query: HistoryQuery) {
      queryStatement(query, { integer: "INTEGER", parameter: () => "?" }); // refused here, with its type
      return (await ask({ ask: "query", query })).rows ?? [];
    },
    async clear() {
      await ask({ ask: "clear" });
    },
    async close() {
      await ask({ ask: "close" });
      await worker.terminate();
    },
  };
}
