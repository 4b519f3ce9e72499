// History whose store fails: commands go on, memory stays bounded, someone is told, and in the end every row is there once.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type HealthAnswer, type Receipt } from "../../src/service/api/index.ts";
import { replayAfter } from "../../src/service/clearinghouse/index.ts";
import {
  type HistoryStore,
  historyTables,
  HistoryWriter,
  openHistory,
  rowsOf,
} from "../../src/service/history/index.ts";
import { type CommandLog } from "../../src/service/journal/index.ts";
import { ServedVenue } from "./api-client.ts";
import { startPostgres } from "./postgres-cluster.ts";
import { keys } from "./venue.ts";

const queueRows = 40;
const transactionRows = 7;

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1_000 && !holds(); tries++) await new Promise((done) => setTimeout(done, 10));
  assert.ok(holds(), what);
}

/** The rows that a journal gives, and those that the store has, by table. */
async function tablesOf(log: CommandLog, store: HistoryStore): Promise<readonly [unknown, unknown]> {
  const wanted: Record<string, unknown[]> = {};
  const found: Record<string, unknown[]> = {};
  for (const { name } of historyTables) {
    wanted[name] = [];
    const rows = await store.query({ table: name, where: {}, limit: 1_000 });
    found[name] = rows.map((row) => Object.values(row)).reverse();
  }
  for await (const batch of replayAfter(log, 0)) {
    for (const { envelope, events } of batch) {
      events.forEach((event, ordinal) => {
        for (const { table, values } of rowsOf(event, envelope.sequence, ordinal, envelope.timeMs)) {
          wanted[table.name]?.push(values);
        }
      });
    }
  }
  return [found, wanted];
}

async function outlives(store: HistoryStore, fail: () => void, mend: () => void): Promise<void> {
  const largest = { transaction: 0 };
  const watched: HistoryStore = {
    ...store,
    store: (rows, sequence) => {
      largest.transaction = Math.max(largest.transaction, rows.length);
      return store.store(rows, sequence);
    },
  };
  const told: (string | undefined)[] = [];
  const stored = await store.lastSequence();
  const served = await ServedVenue.start({
    historyWriter: (log) =>
      new HistoryWriter(watched, stored, {
        replayAfter: (sequence) => replayAfter(log, sequence),
        queueRows,
        transactionRows,
        retryMs: 20,
        longestRetryMs: 200,
        onTrouble: (error) => told.push(error?.message),
      }),
  });
  const { venue } = served;
  const { history, clearinghouse: house } = venue;
  try {
    await history.drain();
    fail();
    const order = venue.order({ account: venue.alice, priceTicks: 99_000, lots: 1 });
    for (let i = 0; i < 120; i++) {
      const { status } = await served.post<Receipt>("/v1/commands", venue.sign(keys.alice, order));
      assert.equal(status, 200, "commands go on");
      assert.ok(history.pendingRows <= queueRows + 2, `${history.pendingRows} rows wait`);
    }
    await until(() => history.failure !== undefined, "the failure is noticed");
    const ready = await served.get<HealthAnswer>("/health/ready");
    assert.equal(ready.status, 200);
    assert.match(
      String(ready.body.degraded?.[0]),
      /^history: cannot be written \(.+\), \d+ commands behind$/,
    );
    const metrics = (await served.get("/metrics")).text;
    assert.match(metrics, /plimsoll_history_failing 1/);
    assert.match(metrics, /plimsoll_history_lag_records 1\d\d/);
    mend();
    // more comes while it catches up
    const sent = Array.from({ length: 60 }, () => served.post("/v1/commands", venue.sign(keys.alice, order)));
    await Promise.all(sent);
    await until(() => history.storedSequence === house.durableSequence, "it has caught up");
    const [found, wanted] = await tablesOf(venue.log, store);
    assert.deepEqual(found, wanted);
    assert.ok(largest.transaction <= transactionRows);
    assert.equal((await served.get<HealthAnswer>("/health/ready")).body.degraded, undefined);
    assert.match((await served.get("/metrics")).text, /plimsoll_history_failing 0/);
    assert.equal(typeof told[0], "string");
    assert.equal(told.at(-1), undefined);
  } finally {
    await served.close();
  }
}

test("SQLite that another connection has locked", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "plimsoll-outage-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "history.db");
  const store = await openHistory(file);
  const other = new DatabaseSync(file);
  t.after(() => other.close());
  await outlives(
    store,
    () => other.exec("BEGIN IMMEDIATE"),
    () => other.exec("COMMIT"),
  );
});

const postgres = await startPostgres();
after(() => postgres?.stop());

test(
  "PostgreSQL that stops and starts again",
  { skip: postgres === undefined ? "PostgreSQL is not installed" : false },
  async () => {
    assert.ok(postgres);
    await outlives(
      await openHistory(postgres.connection),
      () => postgres.halt(),
      () => postgres.start(),
    );
  },
);
