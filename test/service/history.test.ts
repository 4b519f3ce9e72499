import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type ClearingEvent } from "../../src/clearing/index.ts";
import {
  type HistoryStore,
  HistoryWriter,
  openHistory,
  type Row,
  rowsOf,
  sqliteHistory,
} from "../../src/service/history/index.ts";
import { startPostgres } from "./postgres-cluster.ts";

const filled = (account: number, tradeId: number): ClearingEvent => ({
  type: "orderFilled",
  orderId: 7,
  account,
  instrument: 2,
  side: "buy",
  priceTicks: 1_000_000,
  lots: 3,
  remainingLots: 0,
  tradeId,
  role: "taker",
  feeUnits: -12,
});
const moved = (reason: "deposit" | "fee", units: number): ClearingEvent => ({
  type: "balanceChanged",
  account: 5,
  asset: 0,
  units,
  balanceUnits: 9_007_199_254_740_991,
  reason,
});

const rows = (events: readonly ClearingEvent[], sequence: number): Row[] =>
  events.flatMap((event, ordinal) => rowsOf(event, sequence, ordinal, 1_700_000_000_000 + sequence));

const folder = mkdtempSync(join(tmpdir(), "plimsoll-history-"));
const postgres = await startPostgres();
const stores: readonly [string, () => Promise<HistoryStore>][] = [
  ["SQLite in memory", async () => sqliteHistory(":memory:")],
  ["SQLite on its own thread", () => openHistory(join(folder, "history.db"))],
];

async function behaves(store: HistoryStore): Promise<void> {
  await store.clear();
  assert.equal(await store.lastSequence(), 0);
  await store.store(rows([filled(5, 1), moved("deposit", 100), moved("fee", -3)], 1), 1);
  await store.store(rows([filled(6, 2), filled(5, 3)], 2), 2);
  assert.equal(await store.lastSequence(), 2);

  const fills = await store.query({ table: "fills", where: { account: 5 }, limit: 10 });
  assert.deepEqual(
    fills.map((row) => [row["sequence"], row["ordinal"], row["trade_id"], row["fee_units"], row["side"]]),
    [
      [2, 1, 3, -12, "buy"],
      [1, 0, 1, -12, "buy"],
    ],
  );
  const page = await store.query({
    table: "fills",
    where: {},
    before: { sequence: 2, ordinal: 1 },
    limit: 1,
  });
  assert.deepEqual(
    page.map((row) => row["trade_id"]),
    [2],
  );
  const transfers = await store.query({ table: "transfers", where: { account: 5 }, limit: 10 });
  assert.deepEqual(
    transfers.map((row) => [row["reason"], row["balance_units"]]),
    [["deposit", 9_007_199_254_740_991]],
    "fees stand in fills, not among transfers; the largest amount comes back exactly",
  );

  // stored again, nothing changes, and the mark doesn't go back
  await store.store(rows([filled(5, 1)], 1), 1);
  assert.equal(await store.lastSequence(), 2);
  assert.equal((await store.query({ table: "fills", where: {}, limit: 10 })).length, 3);

  await assert.rejects(store.query({ table: "fills", where: { lots: 3 }, limit: 1 }), {
    code: "PLM_UNKNOWN",
  });
  await assert.rejects(store.query({ table: "fills", where: {}, limit: 1_001 }), { code: "PLM_DOMAIN" });
  await store.close();
}

describe("history", () => {
  for (const [name, open] of stores)
    test(`${name} keeps rows once, pages and refuses`, async () => behaves(await open()));

  test(
    "PostgreSQL keeps rows once, pages and refuses",
    {
      skip: postgres === undefined ? "PLIMSOLL_POSTGRES names no database" : false,
    },
    async () => behaves(await openHistory(postgres?.connection ?? "")),
  );

  test("a database that can't be reached is named without its password", async () => {
    await assert.rejects(
      openHistory("postgresql://someone:secret@127.0.0.1:1/none"),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "PLM_FILE");
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  });

  test("the writer goes on after the store's errors and passes over what is stored", async () => {
    const inner = sqliteHistory(":memory:");
    let failures = 1;
    const store: HistoryStore = {
      ...inner,
      store: async (batch, sequence) => {
        if (failures-- > 0) throw new Error("disk full");
        await inner.store(batch, sequence);
      },
    };
    const writer = new HistoryWriter(store, 0);
    const envelope = (sequence: number) => ({
      sequence,
      timeMs: sequence,
      signer: "",
      nonce: 0,
      deadlineMs: 0,
      signature: new Uint8Array(0),
      command: { type: "tick" } as const,
    });
    writer.write([{ envelope: envelope(1), events: [filled(5, 1)] }]);
    await assert.rejects(writer.drain(), /disk full/);
    writer.write([
      { envelope: envelope(1), events: [filled(5, 1)] },
      { envelope: envelope(2), events: [filled(5, 2)] },
    ]);
    while (writer.storedSequence < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal((await inner.query({ table: "fills", where: {}, limit: 10 })).length, 2);
    await inner.close();
  });

  after(() => {
    postgres?.stop();
    rmSync(folder, { recursive: true });
  });
});
