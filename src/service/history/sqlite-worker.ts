import { parentPort, workerData } from "node:worker_threads";
import { invariant } from "../../quantity/error.ts";
import { sqliteHistory } from "./sqlite-history.ts";
import {
  type HistoryReply,
  type HistoryRequest,
  type PlainRow,
  type SqliteWorkerData,
} from "./sqlite-thread.ts";
import { historyTables, type Row, type Table } from "./tables.ts";

const { file }: SqliteWorkerData = workerData;
const port = parentPort;
invariant(port !== null, "the history worker runs as a thread");
const store = sqliteHistory(file);
const tables = new Map<string, Table>(historyTables.map((table) => [table.name, table]));

function rowOf({ table: name, values }: PlainRow): Row {
  const table = tables.get(name);
  invariant(table !== undefined, `history has no table ${name}`);
  return { table, values };
}

async function answer(request: HistoryRequest): Promise<HistoryReply> {
  const { id } = request;
  if (request.ask === "lastSequence") return { id, sequence: await store.lastSequence() };
  if (request.ask === "query") return { id, rows: await store.query(request.query) };
  if (request.ask === "store") await store.store(request.rows.map(rowOf), request.sequence);
  else if (request.ask === "clear") await store.clear();
  else await store.close();
  return { id };
}

port.on("message", (request: HistoryRequest) => {
  answer(request).then(
    (reply) => port.postMessage(reply),
    (error: unknown) =>
      port.postMessage({
        id: request.id,
        error: error instanceof Error ? error.message : String(error),
      } satisfies HistoryReply),
  );
});
