import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import type { Seen } from "./service-scenario.ts";

// SERVICE_SCENARIOS sets how many are run, SERVICE_SEED runs one alone.
const scenarios = Number(process.env["SERVICE_SCENARIOS"] ?? 120);
const only = process.env["SERVICE_SEED"];

/** On a thread of their own, where the test runner doesn't follow every promise. */
function runOnThread(from: number, to: number): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./service-scenario.ts", import.meta.url), {
      workerData: { from, to },
    });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the scenarios ended without a word")));
  });
}

test("a clearinghouse that crashes keeps every answer that it gave, and comes back as if it had not", async () => {
  const seen = await (only === undefined
    ? runOnThread(0, scenarios)
    : runOnThread(Number(only), Number(only) + 1));
  if (scenarios !== 120 || only !== undefined) console.log(seen);
  if (only !== undefined) return;
  // The faults did happen.
  assert.ok(seen.torn > scenarios / 20, `${seen.torn} torn tails`);
  assert.ok(seen.failedDisks > scenarios / 50, `${seen.failedDisks} failing disks`);
  assert.ok(seen.severalSegments > scenarios / 20, `${seen.severalSegments} with several segments`);
  assert.ok(seen.fromSnapshot > scenarios / 10, `${seen.fromSnapshot} recoveries from a snapshot`);
  assert.ok(seen.unanswered > scenarios / 10, `${seen.unanswered} durable and never answered`);
  assert.ok(seen.repeated > scenarios * 5, `${seen.repeated} repeats answered as before`);
  assert.ok(seen.forgotten > scenarios / 10, `${seen.forgotten} repeats whose answer was forgotten`);
  assert.ok(seen.acknowledged > scenarios * 20, `${seen.acknowledged} acknowledged`);
});

test("a scenario repeats by its seed", async () => {
  assert.deepEqual(await runOnThread(7, 10), await runOnThread(7, 10));
});
