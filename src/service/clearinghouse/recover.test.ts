import assert from "node:assert/strict";
import { test } from "node:test";
import { type CommandLog } from "../journal/index.ts";
import { startBefore } from "./recover.ts";

/** Where a journal begins and ends, and its snapshots, newest first. */
const logOf = (firstSequence: number, durableSequence: number, snapshots: readonly number[]): CommandLog =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is looked at of a log
  ({
    durableSequence,
    recovery: { firstSequence },
    snapshots: { list: async () => snapshots.map((sequence) => ({ sequence, file: "", bytes: 0 })) },
  }) as unknown as CommandLog;

test("a recovery begins so far back that the last answers are found, but never far for them", async () => {
  const cases: readonly (readonly [why: string, log: CommandLog, atMost: number])[] = [
    ["an empty journal", logOf(1, 0, []), 0],
    ["a short one, from its first record", logOf(1, 900, [900, 500]), 0],
    ["a snapshot before them", logOf(1, 5_000, [4_999, 3_000]), 4_000],
    ["a journal that is replayed in a second", logOf(1, 5_000, [5_000, 4_900]), 4_000],
    ["a long one, from the oldest snapshot", logOf(1, 900_000, [900_000, 899_990]), 899_990],
    ["one that no longer has its first records", logOf(3_000, 5_000, [5_000, 4_900]), 4_900],
  ];
  for (const [why, log, atMost] of cases) assert.equal(await startBefore(log, 1_000), atMost, why);
});
