import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "plimsoll/numerics";
import { openEmbeddedLog, type CommandLog } from "../../src/service/journal/index.ts";
import { SimulatedDisk } from "./journal-disk.ts";

const open = (disk: SimulatedDisk): Promise<CommandLog> =>
  openEmbeddedLog(
    { directory: "/journal", create: true, blockBytes: 512, segmentBytes: 512 * 20 },
    disk.surroundings,
  );

const scenarios = 600;

/** Lets everything that can go on go on. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

// A process that is killed between a mark's write and its flush leaves the mark in the system's memory only. The next one reads it there, and must
// not write the other place before this one is durable: a loss of power would take both.
test("no two crashes in a row, first of the process, then of power, take both marks", async () => {
  // Opening ends with writing and flushing one place, then the other: four calls.
  const dry = new SimulatedDisk(randomStream(0));
  const made = await open(dry);
  await made.append([new Uint8Array(40).fill(7)], 1);
  await made.close();
  const before = dry.steps;
  await open(dry);
  const openingSteps = dry.steps - before;

  let unflushed = 0;
  for (let seed = 0; seed < scenarios; seed++) {
    const disk = new SimulatedDisk(randomStream(seed));
    const first = await open(disk);
    await first.append([new Uint8Array(40).fill(7)], 1);
    // The mark is read in two calls, written in a third, flushed in a fourth, which doesn't come.
    disk.crashAt = disk.steps + 4;
    const old = Buffer.from(disk.bytes("durable"));
    disk.fireTimers();
    await settled();
    unflushed += Number(!old.equals(disk.bytes("durable")));
    disk.crash("process");
    disk.crashAt = disk.steps + openingSteps - 2;
    await Promise.race([disk.crashed, open(disk)]);
    disk.crash("power");
    const log = await open(disk);
    assert.equal(log.durableSequence, 1, `seed ${seed}`);
  }
  assert.equal(unflushed, scenarios, "marks written and not flushed");
});
