import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "plimsoll/numerics";
import { PlimsollError } from "plimsoll/quantity";
import {
  openEmbeddedLog,
  openJournalReader,
  type CommandLog,
  type EmbeddedLogOptions,
} from "../../src/service/journal/index.ts";
import { makeBlock } from "../../src/service/journal/block.ts";
import { SimulatedDisk } from "./journal-disk.ts";

// Whatever happens to a journal's files at rest: every acknowledged record is given back unchanged, or the journal is refused by the
// name of a file. Nothing in between.

type Files = ReadonlyMap<string, Uint8Array>;

// JOURNAL_STRIDE=1 flips a bit of every byte. Any stride that doesn't divide a sector meets every field of every kind of block.
const stride = Number(process.env["JOURNAL_STRIDE"] ?? 29);
const directory = "/journal";
const geometry = { blockBytes: 512, segmentBytes: 512 * 11 } as const;
const recordsHeld = 60;
const record = (sequence: number): Uint8Array =>
  new Uint8Array(20 + ((sequence * 37) % 300)).map((_, i) => (i % 3 === 0 ? 0 : sequence * 7 + i));
const snapshotContent = (sequence: number): Uint8Array => new Uint8Array(900).map((_, i) => i * 3 + sequence);

const open = (disk: SimulatedDisk, more: Partial<EmbeddedLogOptions> = {}): Promise<CommandLog> =>
  openEmbeddedLog({ directory, ...geometry, ...more }, disk.surroundings);

function diskWith(files: Files): SimulatedDisk {
  const disk = new SimulatedDisk(randomStream(7), true);
  for (const [name, bytes] of files) disk.put(name, bytes);
  return disk;
}

function filesOn(disk: SimulatedDisk): Map<string, Uint8Array> {
  return new Map(disk.names().map((name) => [name, disk.bytes(name).slice()]));
}

/** A journal of several segments and two snapshots; left by a clean end, or by a crash right after the last acknowledgement. */
async function journal(
  ending: "closed" | "crashed",
  seed = 1,
  records = recordsHeld,
): Promise<Map<string, Uint8Array>> {
  const disk = new SimulatedDisk(randomStream(seed));
  const log = await open(disk, { create: true });
  while (log.durableSequence < records) {
    const first = log.nextSequence;
    const count = Math.min(1 + (first % 4), records - first + 1);
    await log.append(
      Array.from({ length: count }, (_, i) => record(first + i)),
      first,
    );
    if (first < 20 && (await log.snapshots.list()).length < 2) {
      const sequence = log.durableSequence;
      await log.snapshots.save({ sequence, stateRoot: record(1), chunks: [snapshotContent(sequence)] });
    }
  }
  if (ending === "closed") await log.close();
  else {
    // The mark is that of the opening: only the log itself can tell what was acknowledged.
    disk.crash("power");
  }
  return filesOn(disk);
}

async function held(log: CommandLog): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const { records } of log.read(1)) all.push(...records);
  return all;
}

const all = Array.from({ length: recordsHeld }, (_, i) => record(i + 1));

const noBytes = new Uint8Array(0);
let outcomes = 0;

/** A reader's judgement of the same files, which it leaves as they are. */
async function readerOutcome(files: Files, what: string): Promise<PlimsollError | undefined> {
  const disk = diskWith(files);
  let refusal: PlimsollError | undefined;
  try {
    const reader = await openJournalReader({ directory }, disk.readerSurroundings);
    assert.equal(reader.durableSequence, recordsHeld, `${what}: acknowledged records are not read`);
    const read: Uint8Array[] = [];
    for await (const { records } of reader.read(1)) read.push(...records);
    assert.deepEqual(read, all, what);
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    refusal = error;
  }
  const same = [...filesOn(disk)].every(
    ([name, bytes]) => Buffer.compare(bytes, files.get(name) ?? noBytes) === 0,
  );
  assert.ok(same && disk.names().length === files.size, `${what}: a reader changed a file`);
  return refusal;
}

/** Opens a damaged journal. Gives the refusal, or undefined when everything is there; anything else fails. */
async function outcome(files: Files, what: string): Promise<PlimsollError | undefined> {
  outcomes += 1;
  // Looking again until an end stands still takes time; with every stride each kind of block is still met.
  const isRead = outcomes % 4 === 0;
  const read = isRead ? await readerOutcome(files, what) : undefined;
  let log: CommandLog;
  try {
    log = await open(diskWith(files));
    assert.equal(read, undefined, what);
  } catch (error) {
    assert.ok(
      error instanceof PlimsollError && error.code === "PLM_JOURNAL_CORRUPT",
      `${what}: ${String(error)}`,
    );
    if (isRead) assert.equal(read?.message, error.message, `${what}: a reader judges otherwise`);
    return error;
  }
  assert.equal(log.recovery.lastSequence, recordsHeld, `${what}: acknowledged records are gone`);
  assert.deepEqual(await held(log), all, what);
  const { snapshot, rejected } = await log.snapshots.latest();
  for (const { file } of rejected)
    assert.ok(what.includes(file.slice(directory.length + 1)), `${what}: ${file}`);
  if (snapshot) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of snapshot.chunks()) chunks.push(chunk);
    assert.ok(Buffer.concat(chunks).equals(snapshotContent(snapshot.sequence)), what);
  }
  await log.close();
  return undefined;
}

/** The remedy that a refusal names: it loses what it says and no more, keeps copies, and leaves a sound journal. */
async function acceptsLoss(files: Files, refusal: PlimsollError, what: string): Promise<void> {
  const intact = Number(/through (\d+)/.exec(refusal.remedy)?.[1]);
  await assert.rejects(open(diskWith(files), { acceptLossAfter: intact + 1 }), {
    code: "PLM_JOURNAL_CORRUPT",
  });
  if (intact === 0) return;
  const disk = diskWith(files);
  const log = await open(disk, { acceptLossAfter: intact });
  assert.equal(log.recovery.lastSequence, intact, what);
  assert.ok(log.recovery.lost.length > 0, what);
  for (const { keptAs } of log.recovery.lost)
    assert.ok(disk.names().includes(keptAs.slice(directory.length + 1)), what);
  await log.append([record(intact + 1)], intact + 1);
  await log.close();
  const again = await open(disk);
  assert.deepEqual(await held(again), [...all.slice(0, intact), record(intact + 1)], what);
  assert.deepEqual(again.recovery.lost, []);
  await again.close();
}

function changed(files: Files, name: string, change: (bytes: Uint8Array) => Uint8Array | undefined): Files {
  const copy = new Map(files);
  const bytes = change(files.get(name)!.slice());
  if (bytes) copy.set(name, bytes);
  else copy.delete(name);
  return copy;
}

const isSegment = (name: string): boolean => name.endsWith(".segment");

for (const ending of ["closed", "crashed"] as const) {
  test(`a bit flipped anywhere in the files of a ${ending} journal`, async () => {
    const files = await journal(ending);
    assert.ok([...files.keys()].filter(isSegment).length >= 3);
    const count = { refused: 0, whole: 0 };
    let turn = 0;
    for (const [name, bytes] of files) {
      for (let offset = turn % stride; offset < bytes.length; offset += stride) {
        const what = `bit of ${name} at ${offset}`;
        const damaged = changed(files, name, (copy) => {
          copy[offset] = (copy[offset] ?? 0) ^ (1 << (turn % 8));
          return copy;
        });
        const refusal = await outcome(damaged, what);
        if (refusal) {
          count.refused += 1;
          assert.ok(refusal.field.includes(name), `${what}: ${refusal.message}`);
          if (turn % 23 === 0) await acceptsLoss(damaged, refusal, what);
        } else count.whole += 1;
        turn += 1;
      }
    }
    assert.ok(count.refused > 2000 / stride, `${count.refused} refused`);
    assert.ok(count.whole > 500 / stride, `${count.whole} whole`);
  });

  test(`the files of a ${ending} journal cut short, emptied, removed`, async () => {
    const files = await journal(ending);
    for (const [name, bytes] of files) {
      const cuts = new Set([
        0,
        1,
        31,
        99,
        100,
        511,
        512,
        513,
        1023,
        1024,
        1500,
        bytes.length - 512,
        bytes.length - 1,
      ]);
      for (const cut of cuts) {
        if (cut < 0 || cut >= bytes.length) continue;
        const what = `${name} cut to ${cut}`;
        const damaged = changed(files, name, (copy) => copy.subarray(0, cut));
        const refusal = await outcome(damaged, what);
        if (isSegment(name)) {
          assert.ok(refusal && refusal.field.includes(name), what);
          await acceptsLoss(damaged, refusal, what);
        }
      }
      const refusal = await outcome(
        changed(files, name, () => undefined),
        `${name} removed`,
      );
      assert.equal(refusal !== undefined, isSegment(name) || name === "durable", `${name} removed`);
    }
  });
}

test("a sector of an acknowledged group that turns to zeros is missed by the mark", async () => {
  const files = await journal("closed");
  for (const [name, bytes] of files) {
    if (!isSegment(name)) continue;
    for (let offset = 0; offset < bytes.length; offset += 512) {
      if (bytes.subarray(offset, offset + 512).every((byte) => byte === 0)) continue;
      const what = `${name} zero from ${offset}`;
      const refusal = await outcome(
        changed(files, name, (copy) => copy.fill(0, offset, offset + 512)),
        what,
      );
      // Only the end mark of a segment can be written again, from the segment after it.
      assert.equal(refusal === undefined, offset === 512, what);
    }
  }
});

test("segments swapped, doubled, of another journal, of an older day", async () => {
  const files = await journal("closed");
  const other = await journal("closed", 2);
  const older = await journal("closed", 1, recordsHeld - 3);
  const names = [...files.keys()].filter(isSegment);
  for (const [i, name] of names.entries()) {
    for (const from of names) {
      if (from === name) continue;
      const refusal = await outcome(
        changed(files, name, () => files.get(from)),
        `${name} from ${from}`,
      );
      assert.ok(refusal?.field.includes(name));
    }
    const stranger = other.get(name);
    assert.ok(stranger, "the journals differ in their identity only");
    const refusal = await outcome(
      changed(files, name, () => stranger),
      `${name} of another journal`,
    );
    assert.ok(refusal, `${name} of another journal`);
    if (i === names.length - 1) {
      const rolledBack = await outcome(
        changed(files, name, () => older.get(name)),
        `${name} of an older day`,
      );
      assert.match(String(rolledBack?.message), /acknowledged/);
    }
  }
});

test("groups swapped, repeated, left out", async () => {
  const files = await journal("closed");
  const name = [...files.keys()].filter(isSegment)[1]!;
  const bytes = files.get(name)!;
  const starts: number[] = [];
  for (let at = 1024; at < bytes.length; at += 512) if (bytes[at + 511] === 0xa6) starts.push(at);
  assert.ok(starts.length > 3);
  const group = (i: number): Uint8Array => bytes.slice(starts[i], starts[i + 1]);
  for (let i = 0; i + 2 < starts.length; i++) {
    const [a, b] = [group(i), group(i + 1)];
    for (const [what, order] of [
      ["swapped", [b, a]],
      ["repeated", [a, a]],
      ["left out", [b]],
    ] as const) {
      const damaged = changed(files, name, (copy) => {
        let at = starts[i]!;
        for (const each of order) {
          copy.set(each, at);
          at += each.length;
        }
        return copy;
      });
      const same = Buffer.compare(damaged.get(name)!, bytes) === 0;
      const refusal = await outcome(damaged, `${name}: groups ${what}`);
      assert.equal(refusal === undefined, same, `${name}: groups ${what} at ${starts[i]}`);
    }
  }
});

test("either mark alone will do, neither won't, and an old one does no harm after a cut", async () => {
  const files = await journal("closed");
  const spoil = (offset: number) => (copy: Uint8Array) => copy.fill(0x11, offset, offset + 512);
  assert.equal(await outcome(changed(files, "durable", spoil(0)), "durable"), undefined);
  assert.equal(await outcome(changed(files, "durable", spoil(4096)), "durable"), undefined);
  const neither = changed(changed(files, "durable", spoil(0)), "durable", spoil(4096));
  const refusal = await outcome(neither, "durable");
  assert.ok(refusal && refusal.field.includes("durable"));
  await acceptsLoss(neither, refusal, "neither mark");

  // A torn group is cut off, then more is written where it stood; the mark of the cut must not come back.
  const torn = changed(files, [...files.keys()].filter(isSegment).at(-1)!, (copy) => {
    const end = copy.findLastIndex((byte) => byte !== 0) + 1;
    return copy.fill(0xee, end + 100, end + 200);
  });
  const disk = diskWith(torn);
  const log = await open(disk);
  assert.ok(log.recovery.torn);
  await log.append([record(recordsHeld + 1)], recordsHeld + 1);
  disk.crash("power");
  for (const offset of [0, 4096]) {
    const again = await open(diskWith(changed(filesOn(disk), "durable", spoil(offset))));
    assert.deepEqual(await held(again), [...all, record(recordsHeld + 1)]);
  }
});

test("a bit flipped in what a crash left of an unfinished group: cut off or refused, nothing else is touched", async () => {
  const files = await journal("crashed");
  const name = [...files.keys()].filter(isSegment).at(-1)!;
  const tail = files.get(name)!;
  const end = tail.findLastIndex((byte) => byte !== 0) + 1;
  const sectors = Math.min(3, (geometry.segmentBytes - end) / 512);
  assert.ok(sectors >= 2);
  let last = end - 512;
  while (tail[last + 511] !== 0xa6) last -= 512;
  const { bytes } = makeBlock(
    {
      kind: "records",
      recordCount: 1,
      firstSequence: recordsHeld + 1,
      term: 9,
      previous: tail.slice(last + 64, last + 96),
    },
    new Uint8Array(sectors * 511 - 120).fill(0xa6),
    512,
  );
  assert.equal(bytes.length, sectors * 512);
  let cut = 0;
  let refused = 0;
  for (let missing = 1; missing < 1 << sectors; missing++) {
    for (let at = 0; at < bytes.length; at += stride) {
      const damaged = changed(files, name, (copy) => {
        copy.set(bytes, end);
        for (let sector = 0; sector < sectors; sector++) {
          if (missing & (1 << sector))
            copy.fill(0, end + sector * 512 + ((at * 7) % 512), end + sector * 512 + 512);
        }
        copy[end + at] = (copy[end + at] ?? 0) ^ (1 << (at % 8));
        return copy;
      });
      if (await outcome(damaged, `${name} at ${end + at}`)) refused += 1;
      else cut += 1;
    }
  }
  assert.ok(cut > 100 / stride && refused > 100 / stride, `${cut} cut, ${refused} refused`);
});

test("a crash while a loss is being accepted: accepted again, it ends the same", async () => {
  const files = await journal("closed");
  const segments = [...files.keys()].filter(isSegment);
  const damaged = changed(files, segments[0]!, (copy) => {
    copy[2000] = (copy[2000] ?? 0) ^ 4;
    return copy;
  });
  const refusal = await outcome(damaged, segments[0]!);
  assert.ok(refusal);
  const intact = Number(/through (\d+)/.exec(refusal.remedy)?.[1]);
  assert.ok(intact > 0);
  let finished = false;
  for (let step = 1; !finished; step++) {
    assert.ok(step < 500);
    const disk = new SimulatedDisk(randomStream(step));
    for (const [name, bytes] of damaged) disk.put(name, bytes);
    disk.crashAt = step;
    const opening = open(disk, { acceptLossAfter: intact });
    finished = (await Promise.race([disk.crashed, opening])) !== "crashed";
    disk.crash("power");
    const log = await open(disk, { acceptLossAfter: intact });
    assert.deepEqual(await held(log), all.slice(0, intact), `crash at ${step}`);
    for (const name of segments.slice(1)) {
      const kept = disk.names().find((each) => each.startsWith(name) && each.endsWith(".lost"));
      assert.ok(kept, `crash at ${step}: ${name} is gone`);
      assert.deepEqual(disk.bytes(kept), files.get(name));
    }
  }
});

test("damage that comes while the journal is open is met by reading", async () => {
  const files = await journal("closed");
  const disk = diskWith(files);
  const log = await open(disk);
  const name = [...files.keys()].filter(isSegment)[1]!;
  const bytes = disk.bytes(name).slice();
  bytes[1500] = (bytes[1500] ?? 0) ^ 1;
  disk.put(name, bytes);
  await assert.rejects(held(log), { code: "PLM_JOURNAL_CORRUPT" });
});
