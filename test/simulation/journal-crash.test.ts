import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import type { Seen } from "./journal-scenario.ts";

// JOURNAL_SCENARIOS sets how many are run, JOURNAL_SEED runs one alone.
const scenarios = Number(process.env["JOURNAL_SCENARIOS"] ?? 2000);
const only = process.env["JOURNAL_SEED"];

/** On a thread of their own, where the test runner doesn't follow every promise: that takes more time than the scenarios. */
function runOnThread(from: number, to: number): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./journal-scenario.ts", import.meta.url), {
      workerData: { from, to },
    });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the scenarios ended without a word")));
  });
}

test("a crash at any point loses nothing acknowledged, changes nothing and invents nothing", async () => {
  const seen = await (only === undefined
    ? runOnThread(0, scenarios)
    : runOnThread(Number(only), Number(only) + 1));
  if (only !== undefined) return;
  // The faults did happen.
  assert.ok(seen.torn > scenarios / 20, `${seen.torn} torn tails`);
  assert.ok(seen.severalSegments > scenarios / 10, `${seen.severalSegments} with several segments`);
  assert.ok(seen.failedDisks > scenarios / 50, `${seen.failedDisks} failing disks`);
  assert.ok(seen.looks > scenarios, `${seen.looks} looks of readers`);
  assert.ok(seen.unproven > scenarios / 500, `${seen.unproven} of them with an end that nothing proves`);
  assert.ok(seen.growing > scenarios / 500, `${seen.growing} of them beside a writer at work`);
  assert.ok(seen.records > scenarios * 10, `${seen.records} records`);
});

test("a scenario repeats by its seed", async () => {
  assert.deepEqual(await runOnThread(100, 130), await runOnThread(100, 130));
});
