import assert from "node:assert/strict";
import { dirname } from "node:path";
import { test } from "node:test";
import { randomStream } from "plimsoll/numerics";
import {
  archiveSegments,
  openEmbeddedLog,
  openJournalReader,
  type FilesToRead,
} from "../../src/service/journal/index.ts";
import { SimulatedDisk } from "./journal-disk.ts";

// Two disks, the journal's and the archive's, lose power at any call of moving segments: no record is ever on neither, the journal opens, and
// doing it again ends it.

const directory = "/journal";
const to = "/archive";
const recordsHeld = 60;
const record = (sequence: number): Uint8Array => new Uint8Array(20 + ((sequence * 37) % 300)).fill(sequence);
const geometry = { blockBytes: 512, segmentBytes: 512 * 11 } as const;

async function journal(): Promise<ReadonlyMap<string, Uint8Array>> {
  const disk = new SimulatedDisk(randomStream(1));
  const log = await openEmbeddedLog({ directory, create: true, ...geometry }, disk.surroundings);
  while (log.durableSequence < recordsHeld) {
    const first = log.nextSequence;
    await log.append([record(first), record(first + 1)], first);
    if (first === 31 || first === 51) {
      const sequence = log.durableSequence;
      await log.snapshots.save({ sequence, stateRoot: record(1), chunks: [record(sequence)] });
    }
  }
  await log.close();
  return new Map(disk.names().map((name) => [name, disk.bytes(name).slice()]));
}

const isSegment = (name: string): boolean => name.endsWith(".segment");

test("a loss of power while segments are archived loses none", async () => {
  const files = await journal();
  const count = [...files.keys()].filter(isSegment).length;
  assert.ok(count > 4);
  let finished = false;
  let halfway = 0;
  for (let step = 1; !finished; step++) {
    assert.ok(step < 3000);
    for (const seed of [1, 2, 3]) {
      const disk = new SimulatedDisk(randomStream(step * 3 + seed));
      const archive = new SimulatedDisk(randomStream(step * 3 + seed + 7));
      for (const [name, bytes] of files) disk.put(name, bytes);
      const both: FilesToRead = {
        list: (folder) => (folder === to ? archive : disk).list(),
        open: (path, how) => (dirname(path) === to ? archive : disk).open(path, how),
      };
      const options = { directory, to, toFiles: archive };
      // Either disk may be the one that is at work when the power goes.
      const dying = seed === 3 ? archive : disk;
      dying.crashAt = step;
      const ending = await Promise.race([dying.crashed, archiveSegments(options, disk.surroundings)]);
      disk.crash("power");
      archive.crash("power");
      if (seed === 1) finished = ending !== "crashed";

      const here = disk.names().filter(isSegment).length;
      if (ending === "crashed" && here < count) halfway += 1;
      const pause = disk.readerSurroundings.pause.bind(disk.readerSurroundings);
      const archives = here < count ? [to] : [];
      const reader = await openJournalReader({ directory, archives }, { files: both, pause });
      let next = 1;
      for await (const { records } of reader.read(1)) {
        for (const each of records) assert.deepEqual(each, record(next++));
      }
      assert.equal(next - 1, recordsHeld, `crash at ${step}`);
      await archiveSegments(options, disk.surroundings);
      const log = await openEmbeddedLog({ directory, ...geometry }, disk.surroundings);
      assert.equal(log.recovery.lastSequence, recordsHeld);
      assert.ok(log.recovery.firstSequence > 20 && log.recovery.firstSequence <= 33);
      assert.equal(disk.names().filter(isSegment).length + archive.names().filter(isSegment).length, count);
      await log.close();
    }
  }
  assert.ok(halfway > 3, `${halfway} crashes between the first removal and the last`);
});
