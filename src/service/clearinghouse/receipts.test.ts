import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClearingEvent } from "../../clearing/index.ts";
import { type KnownCommand, Receipts } from "./receipts.ts";

const known = (sequence: number, eventCount: number): KnownCommand => {
  const event: ClearingEvent = { type: "accountOpened", account: 1, owner: "", marginMode: "cross" };
  const events = Array.from({ length: eventCount }, () => event);
  const receipt = Promise.resolve({ sequence, timeMs: 0, outcome: "accepted" as const, events });
  return { fingerprint: String(sequence), receipt };
};

/** Several signers, each with nonces of its own. */
const keyOf = (i: number): { signer: string; nonce: number } => ({
  signer: `0x${i % 7}`,
  nonce: Math.floor(i / 7),
});

async function keptOf(eventCount: number, commands: number, capacity: number): Promise<number> {
  const receipts = new Receipts(capacity);
  for (let i = 0; i < commands; i++) {
    receipts.remember(keyOf(i), known(i, eventCount));
    await Promise.resolve();
  }
  const found = Array.from({ length: commands }, (_, i) => receipts.find(keyOf(i)) !== undefined);
  // the latest of them, without gaps
  const first = found.indexOf(true);
  assert.ok(found.slice(first).every(Boolean));
  return commands - first;
}

test("answers of usual size are kept by their number, huge ones by their events", async () => {
  for (const few of [1, 4, 8]) {
    const kept = await keptOf(few, 1_000, 100);
    assert.ok(kept >= 50 && kept <= 100, `${few}: ${kept}`);
  }
  const huge = await keptOf(1_000, 1_000, 100);
  assert.ok(huge >= 1 && huge <= 4, String(huge));
});
