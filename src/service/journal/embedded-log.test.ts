import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { PlimsollError } from "../../quantity/error.ts";
import {
  nodeFileSystem,
  nodeSurroundings,
  openEmbeddedLog,
  readJournal,
  type CommandLog,
  type EmbeddedLogOptions,
  type Surroundings,
} from "./index.ts";

const small = { segmentBytes: 1 << 16, blockBytes: 512, create: true } as const;

function folder(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "plimsoll-journal-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function open(
  t: TestContext,
  directory: string,
  more: Partial<EmbeddedLogOptions> = {},
): Promise<CommandLog> {
  const log = await openEmbeddedLog({ directory, ...small, ...more });
  t.after(() => log.close());
  return log;
}

const record = (sequence: number, length = 100): Uint8Array =>
  new Uint8Array(length).map((_, i) => (sequence * 31 + i * 7) & 0xff);

async function everything(log: CommandLog, from = 1): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const { firstSequence, records } of log.read(from)) {
    assert.equal(firstSequence, from + all.length);
    all.push(...records);
  }
  return all;
}

const code = (wanted: string) => (error: unknown) => {
  assert.ok(error instanceof PlimsollError, String(error));
  assert.equal(error.code, wanted, error.message);
  return true;
};

test("what is appended is read back, across segments and after closing", async (t) => {
  const directory = folder(t);
  const log = await open(t, directory);
  assert.equal(log.recovery.created, true);
  const written: Uint8Array[] = [];
  for (let i = 0; i < 60; i++) {
    const records = Array.from({ length: 1 + (i % 40) }, (_, k) =>
      record(log.nextSequence + k, 1 + ((i * k) % 300)),
    );
    written.push(...records);
    const appended = log.append(records, log.nextSequence);
    if (i % 3 === 0) await appended;
  }
  await log.append([], log.nextSequence);
  assert.equal(log.durableSequence, written.length);
  assert.deepEqual(await everything(log), written);
  assert.deepEqual(await everything(log, 700), written.slice(699));
  assert.deepEqual(await everything(log, written.length + 1), []);
  assert.ok(log.stats().segments > 2);
  const stats = log.stats();
  assert.ok(stats.groups < 60, "appends share groups");
  assert.equal(stats.records, written.length);
  assert.equal(
    stats.recordBytes,
    written.reduce((sum, { length }) => sum + length, 0),
  );
  assert.deepEqual([stats.queuedBytes, stats.queuedRecords, stats.failure], [0, 0, undefined]);
  assert.equal(stats.commitMicros.count, stats.groups);
  assert.equal(stats.groupRecords.sum, written.length);
  assert.equal(
    stats.groupRecords.counts.reduce((sum, count) => sum + count, 0),
    stats.groups,
  );
  await log.close();

  const again = await open(t, directory);
  assert.equal(again.recovery.lastSequence, written.length);
  assert.equal(again.recovery.torn, undefined);
  assert.deepEqual(again.recovery.notes, []);
  assert.ok(again.term > log.term);
  await again.append([record(1)], written.length + 1);
  assert.deepEqual(await everything(again), [...written, record(1)]);
});

test("a record larger than a buffer, an empty one, too many at once", async (t) => {
  const log = await open(t, folder(t), { segmentBytes: 1 << 20 });
  const large = record(1, 400_000);
  await log.append([large, record(2), large], 1);
  assert.deepEqual(await everything(log), [large, record(2), large]);
  await assert.rejects(log.append([record(4), new Uint8Array(0)], 4), code("PLM_LIMIT"));
  await assert.rejects(log.append([record(4, 1 << 20)], 4), code("PLM_LIMIT"));
  assert.equal(log.nextSequence, 4);
});

test("the bytes are taken at the call: the caller may reuse its array", async (t) => {
  const log = await open(t, folder(t));
  const bytes = record(5);
  const done = log.append([bytes], 1);
  bytes.fill(0);
  await done;
  assert.deepEqual(await everything(log), [record(5)]);
});

test("an append that expects another sequence is fenced and takes none", async (t) => {
  const log = await open(t, folder(t));
  await log.append([record(1)], 1);
  await assert.rejects(log.append([record(2)], 1), code("PLM_JOURNAL_FENCED"));
  await assert.rejects(log.append([record(2)], 3), code("PLM_JOURNAL_FENCED"));
  await log.append([record(2)], 2);
});

test("a full queue refuses until ready", async (t) => {
  const log = await open(t, folder(t), { queueBytes: 1000 });
  const first = log.append([record(1), record(2), record(3), record(4), record(5)], 1);
  const second = log.append([record(6), record(7), record(8), record(9)], 6);
  await assert.rejects(log.append([record(10)], 10), code("PLM_JOURNAL_BUSY"));
  assert.equal(log.stats().queuedRecords, 9);
  await log.ready();
  await log.append([record(10)], 10);
  await Promise.all([first, second]);
  assert.equal(log.stats().queuedBytes, 0);
});

test("one process writes a journal at a time, and the lock goes with the process", async (t) => {
  const directory = folder(t);
  const script = `
    const { openEmbeddedLog } = await import(${JSON.stringify(import.meta.resolve("./index.ts"))});
    const log = await openEmbeddedLog({ directory: ${JSON.stringify(directory)}, segmentBytes: 65536, blockBytes: 512, create: true });
    await log.append([new Uint8Array([1, 2, 3])], 1);
    console.log("open");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, [
    "--conditions=plimsoll-source",
    "--input-type=module",
    "-e",
    script,
  ]);
  t.after(() => child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  await assert.rejects(openEmbeddedLog({ directory, ...small }), (error: unknown) => {
    code("PLM_JOURNAL_LOCKED")(error);
    return String(error).includes(`process ${child.pid}`);
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
  const log = await open(t, directory);
  assert.deepEqual(await everything(log), [new Uint8Array([1, 2, 3])]);
  await assert.rejects(openEmbeddedLog({ directory, ...small }), code("PLM_JOURNAL_LOCKED"));
});

test("a folder without a journal is one only when asked", async (t) => {
  const directory = join(folder(t), "a", "b");
  await assert.rejects(openEmbeddedLog({ directory }), code("PLM_FILE"));
  const log = await open(t, directory);
  assert.equal(statSync(join(directory, "0000000000000001.segment")).size, small.segmentBytes);
  await log.close();
  await assert.rejects(log.append([record(1)], 1), code("PLM_USAGE"));
});

test("snapshots: saved, verified, kept by number; a damaged one gives way to the one before", async (t) => {
  const directory = folder(t);
  const log = await open(t, directory, { retainSnapshots: 2 });
  await log.append([record(1), record(2), record(3)], 1);
  const stateRoot = record(9, 32);
  await assert.rejects(log.snapshots.save({ sequence: 4, stateRoot, chunks: [] }), code("PLM_DOMAIN"));
  const content = record(7, 3_000_000);
  for (const sequence of [0, 1, 3]) {
    const chunks = [content.subarray(0, 10), content.subarray(10, 2_500_000), content.subarray(2_500_000)];
    await log.snapshots.save({ sequence, stateRoot, chunks });
  }
  assert.deepEqual(
    (await log.snapshots.list()).map(({ sequence }) => sequence),
    [3, 1],
  );
  const { snapshot } = await log.snapshots.latest();
  assert.equal(snapshot?.sequence, 3);
  assert.deepEqual(new Uint8Array(snapshot.stateRoot), stateRoot);
  const pieces: Uint8Array[] = [];
  for await (const chunk of snapshot.chunks()) pieces.push(chunk);
  assert.ok(Buffer.concat(pieces).equals(content));
  assert.equal((await log.snapshots.latest(2)).snapshot?.sequence, 1);
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("a journal is read without being opened, even while another writes it", async (t) => {
  const directory = folder(t);
  const log = await open(t, directory);
  const written = Array.from({ length: 1500 }, (_, i) => record(i + 1));
  for (let i = 0; i < written.length; i += 30) await log.append(written.slice(i, i + 30), i + 1);
  const seen: Uint8Array[] = [];
  for await (const { records } of readJournal(directory)) seen.push(...records);
  assert.deepEqual(seen, written);
  const later: Uint8Array[] = [];
  for await (const { records } of readJournal(directory, 850)) later.push(...records);
  assert.deepEqual(later, written.slice(849));
  const segments = readdirSync(directory).filter((name) => name.endsWith(".segment"));
  assert.equal(segments.length, 3);
  for (const name of segments.slice(1).reverse()) {
    rmSync(join(directory, name));
    await assert.rejects(
      async () => {
        for await (const batch of readJournal(directory)) assert.ok(batch);
      },
      (error: unknown) => code("PLM_JOURNAL_CORRUPT")(error) && String(error).includes(name),
    );
  }
  await assert.rejects(async () => {
    for await (const batch of readJournal(join(directory, "none"))) assert.ok(batch);
  }, code("PLM_FILE"));
});

test("with verifyFrom, what a snapshot covers is not read when opening, but when asked for", async (t) => {
  const directory = folder(t);
  const log = await open(t, directory);
  const written = Array.from({ length: 1500 }, (_, i) => record(i + 1));
  for (let i = 0; i < written.length; i += 30) await log.append(written.slice(i, i + 30), i + 1);
  await log.close();
  const path = join(directory, "0000000000000001.segment");
  const bytes = readFileSync(path);
  bytes[3000] = (bytes[3000] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  await assert.rejects(openEmbeddedLog({ directory }), code("PLM_JOURNAL_CORRUPT"));
  const again = await open(t, directory, { verifyFrom: 1400 });
  assert.deepEqual(await everything(again, 1400), written.slice(1399));
  await assert.rejects(everything(again), code("PLM_JOURNAL_CORRUPT"));
  await again.snapshots.save({ sequence: 1400, stateRoot: record(1, 32), chunks: [record(2)] });
  await again.close();
  const third = await open(t, directory, { verifyFrom: "newest snapshot" });
  assert.deepEqual(await everything(third, 1401), written.slice(1400));
});

test("a disk without room is PLM_DISK, a missing file PLM_FILE", async (t) => {
  await assert.rejects(nodeFileSystem.open(join(folder(t), "none"), "update"), code("PLM_FILE"));
  if (process.platform !== "linux") return t.skip("no /dev/full");
  const file = await nodeFileSystem.open("/dev/full", "update");
  await assert.rejects(file.write(record(1), 0), code("PLM_DISK"));
  await file.close();
});

test("options out of range are named", async (t) => {
  const directory = folder(t);
  for (const wrong of [
    { blockBytes: 1000 },
    { blockBytes: 256 },
    { segmentBytes: 1000 },
    { groupBytes: 1 << 20 },
    { queueBytes: 0 },
    { retainSnapshots: 0 },
  ]) {
    await assert.rejects(openEmbeddedLog({ directory, ...small, ...wrong }), (error: unknown) => {
      code("PLM_DOMAIN")(error);
      return String(error).includes(Object.keys(wrong)[0]!);
    });
  }
});

test("closing waits for what was appended", async (t) => {
  const directory = folder(t);
  const log = await open(t, directory);
  const appended = log.append([record(1), record(2)], 1);
  await log.close();
  await appended;
  assert.deepEqual(await everything(await open(t, directory)), [record(1), record(2)]);
});

test("a writer whose lock was broken learns from the mark that another took over", async (t) => {
  const directory = folder(t);
  const unlocked: Surroundings = {
    ...nodeSurroundings,
    later: (work) => nodeSurroundings.later(work, 1),
    files: { ...nodeFileSystem, lock: () => Promise.resolve({ release: () => Promise.resolve() }) },
  };
  const options = { directory, ...small };
  const first = await openEmbeddedLog(options, unlocked);
  await first.append([record(1)], 1);
  const second = await openEmbeddedLog(options, unlocked);
  assert.equal(second.term, first.term + 1);
  await first.append([record(2)], 2).catch(code("PLM_JOURNAL_FENCED"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await assert.rejects(first.append([record(3)], first.nextSequence), code("PLM_JOURNAL_FENCED"));
  assert.match(String(first.stats().failure), /FENCED/);
  await first.close();
  await second.close();
});

test("snapshots come from streams, too, and one at a time", async (t) => {
  const log = await open(t, folder(t));
  await log.append([record(1), record(2)], 1);
  async function* stream(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 5; i++) {
      await new Promise(setImmediate);
      yield record(i, 10_000);
    }
  }
  await Promise.all(
    [0, 1, 2].map((sequence) =>
      log.snapshots.save({ sequence, stateRoot: record(sequence, 32), chunks: stream() }),
    ),
  );
  const { snapshot, rejected } = await log.snapshots.latest();
  assert.deepEqual(rejected, []);
  assert.equal(snapshot?.sequence, 2);
  let bytes = 0;
  for await (const chunk of snapshot.chunks()) bytes += chunk.length;
  assert.equal(bytes, 50_000);
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield record(1);
    await Promise.reject(new Error("the state cannot be read"));
  }
  await assert.rejects(
    log.snapshots.save({ sequence: 1, stateRoot: record(1, 32), chunks: broken() }),
    /cannot be read/,
  );
  assert.equal((await log.snapshots.latest(1)).snapshot?.sequence, 1, "the one before stands");
  await log.snapshots.save({ sequence: 1, stateRoot: record(1, 32), chunks: stream() });
});
