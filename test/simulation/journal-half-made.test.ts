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

const record = new Uint8Array(40).fill(7);
const stateRoot = new Uint8Array(32).fill(9);
const halfMade = (disk: SimulatedDisk): string[] =>
  disk.names().filter((name) => name.endsWith(".tmp") && name !== "spare.tmp");

async function journalOn(seed: number): Promise<{ readonly disk: SimulatedDisk; readonly log: CommandLog }> {
  const disk = new SimulatedDisk(randomStream(seed));
  const log = await open(disk);
  await log.append([record], 1);
  return { disk, log };
}

test("a crash anywhere in a snapshot's saving leaves all of it or nothing after recovery", async () => {
  const found = { halfMade: 0, whole: 0, none: 0 };
  for (let seed = 0; seed < 400; seed++) {
    const { disk, log } = await journalOn(seed);
    disk.crashAt = disk.steps + 1 + (seed % 14);
    const saved = log.snapshots.save({ sequence: 1, stateRoot, chunks: [new Uint8Array(3_000)] });
    await Promise.race([disk.crashed, saved]);
    disk.crash(seed % 3 === 0 ? "process" : "power");
    found.halfMade += Number(halfMade(disk).length > 0);
    const again = await open(disk);
    assert.deepEqual(halfMade(disk), [], `seed ${seed}`);
    const { snapshot, rejected } = await again.snapshots.latest();
    assert.deepEqual(rejected, [], `seed ${seed}`);
    if (snapshot === undefined) found.none++;
    else found.whole++;
    await again.close();
  }
  for (const [what, count] of Object.entries(found)) assert.ok(count > 40, `${what}: ${count}`);
});

test("a snapshot that cannot be saved takes no room, and the next one is", async () => {
  const { disk, log } = await journalOn(1);
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(3_000);
    assert.deepEqual(halfMade(disk), ["0000000000000001.snapshot.tmp"]);
    throw new Error("the state cannot be read");
  };
  await assert.rejects(
    log.snapshots.save({ sequence: 1, stateRoot, chunks: broken() }),
    /the state cannot be read/,
  );
  assert.deepEqual(halfMade(disk), []);
  for (const failure of ["write", "sync"] as const) {
    disk.failure = failure;
    disk.failAt = disk.steps;
    await assert.rejects(log.snapshots.save({ sequence: 1, stateRoot, chunks: [record] }), {
      code: "PLM_DISK",
    });
    assert.deepEqual(halfMade(disk), [], failure);
  }
  await log.snapshots.save({ sequence: 1, stateRoot, chunks: [record] });
  assert.equal((await log.snapshots.latest()).snapshot?.sequence, 1);
  await log.close();
});

test("recovery removes what the journal leaves half made, and nothing of anybody else", async () => {
  const { disk, log } = await journalOn(2);
  await log.close();
  const own = ["0000000000000001.snapshot.tmp", "archived.json.tmp", "durable.tmp", "first.tmp", "spare.tmp"];
  const others = [
    "0000000000000001.tmp",
    "1.snapshot.tmp",
    "copy.snapshot.tmp",
    "notes.tmp",
    "x.segment.tmp",
  ];
  for (const name of [...own, ...others]) disk.put(name, new Uint8Array(100));
  const again = await open(disk);
  const notes = again.recovery.notes.filter((note) => note.includes("half made"));
  assert.deepEqual(notes, own.map((name) => `${name}, half made, was removed`).sort());
  assert.deepEqual(halfMade(disk), others);
  await again.close();
});
