import assert from "node:assert/strict";
import { test } from "node:test";
import { type Applied } from "../clearinghouse/index.ts";
import { HistoryWriter } from "./history-writer.ts";
import { sqliteHistory } from "./sqlite-history.ts";

const tick = (sequence: number): Applied => ({
  envelope: {
    sequence,
    timeMs: sequence,
    signer: "",
    nonce: 0,
    deadlineMs: 0,
    signature: new Uint8Array(0),
    command: { type: "tick" },
  },
  events: [],
});

test("a replay that begins with what is stored already goes on to what is not", async () => {
  const store = sqliteHistory(":memory:");
  await store.store([], 3);
  const writer = new HistoryWriter(store, await store.lastSequence());
  writer.write([tick(2), tick(3)]);
  await writer.drain();
  writer.write([tick(4), tick(5)]);
  await writer.drain();
  assert.equal(writer.storedSequence, 5);
  assert.equal(await store.lastSequence(), 5);
  await store.close();
});
