import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { PlimsollError } from "../../quantity/error.ts";
import { openEmbeddedLog, openJournalReader, readJournal, type JournalReader } from "./index.ts";

const small = { segmentBytes: 1 << 16, blockBytes: 512 } as const;
const record = (n: number): Uint8Array => new Uint8Array(40 + (n % 90)).fill(n);

function folder(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "plimsoll-reader-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A closed journal of `count` records, several segments and two snapshots. */
async function journal(t: TestContext, count = 1500): Promise<string> {
  const directory = folder(t);
  const log = await openEmbeddedLog({ directory, create: true, ...small });
  while (log.durableSequence < count) {
    const first = log.nextSequence;
    await log.append(
      Array.from({ length: Math.min(30, count - first + 1) }, (_, i) => record(first + i)),
      first,
    );
    if (first === 301 || first === 901) {
      const sequence = log.durableSequence;
      await log.snapshots.save({ sequence, stateRoot: new Uint8Array(32).fill(7), chunks: [record(first)] });
    }
  }
  await log.close();
  return directory;
}

/** Every name in a folder with all that a reader could have changed. */
function print(directory: string): unknown {
  const { mtimeNs, ctimeNs } = statSync(directory, { bigint: true });
  const files = readdirSync(directory).map((name) => {
    const path = join(directory, name);
    const { mtimeNs: modified, ctimeNs: changed, size, mode, ino } = statSync(path, { bigint: true });
    const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
    return { name, modified, changed, size, mode, ino, hash };
  });
  return { mtimeNs, ctimeNs, files };
}

async function held(reader: JournalReader, from = 1): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const { firstSequence, records } of reader.read(from)) {
    assert.equal(firstSequence, from + all.length);
    all.push(...records);
  }
  return all;
}

const lastSegment = (directory: string): string =>
  join(
    directory,
    readdirSync(directory).findLast((name) => name.endsWith(".segment"))!,
  );

const written = (count: number, from = 1): Uint8Array[] =>
  Array.from({ length: count - from + 1 }, (_, i) => record(from + i));

/** Leaves a tail such as a crash does: a group of `sectors` of which the second never reached the disk. Gives its offset. */
async function tearTail(directory: string): Promise<{ readonly offset: number; readonly bytes: number }> {
  const path = lastSegment(directory);
  const before = readFileSync(path);
  const offset = (Math.floor(before.findLastIndex((byte) => byte !== 0) / 512) + 1) * 512;
  const mark = readFileSync(join(directory, "durable"));
  const log = await openEmbeddedLog({ directory, ...small });
  await log.append(written(1504, 1501), 1501);
  await log.close();
  const bytes = readFileSync(path);
  const end = (Math.floor(bytes.findLastIndex((byte) => byte !== 0) / 512) + 1) * 512;
  assert.ok(end - offset >= 1024);
  bytes.fill(0, offset + 512, offset + 1024);
  writeFileSync(path, bytes);
  writeFileSync(join(directory, "durable"), mark);
  return { offset, bytes: end - offset };
}

test("a reader gives every record and snapshot, and leaves the folder as it was", async (t) => {
  const directory = await journal(t);
  writeFileSync(join(directory, "spare.tmp"), "half made"); // recovery would remove it
  const before = print(directory);
  const reader = await openJournalReader({ directory });
  assert.equal(reader.durableSequence, 1500);
  assert.equal(reader.segments, 3);
  assert.equal(reader.torn, undefined);
  assert.equal(reader.unprovenFrom, undefined);
  assert.equal(reader.isGrowing, false);
  assert.deepEqual(await held(reader), written(1500));
  assert.deepEqual(await held(reader, 850), written(1500, 850));
  assert.deepEqual(await held(reader, 1501), []);
  assert.throws(() => reader.read(1502), { code: "PLM_DOMAIN" });
  const { snapshot } = await reader.snapshots.latest(400);
  assert.equal(snapshot?.sequence, 330);
  assert.equal((await reader.snapshots.list()).length, 2);
  for await (const chunk of snapshot.chunks()) assert.deepEqual(new Uint8Array(chunk), record(301));
  assert.deepEqual(print(directory), before);
});

test("a torn tail is named with what the next start cuts, which then cuts just that", async (t) => {
  const directory = await journal(t);
  const { offset, bytes } = await tearTail(directory);
  const before = print(directory);
  const reader = await openJournalReader({ directory });
  assert.equal(reader.durableSequence, 1500);
  assert.deepEqual(await held(reader), written(1500));
  const { torn } = reader;
  assert.ok(torn);
  assert.equal(torn.file, lastSegment(directory));
  assert.equal(torn.offset, offset);
  assert.equal(torn.bytes, bytes);
  assert.equal(torn.records, 4);
  assert.match(torn.reason, /never written whole/);
  assert.deepEqual(print(directory), before);
  const log = await openEmbeddedLog({ directory, ...small });
  assert.deepEqual(log.recovery.torn, torn);
  await log.close();
});

test("a whole group that nothing proves durable is given, and named", async (t) => {
  const directory = await journal(t);
  const mark = readFileSync(join(directory, "durable"));
  const log = await openEmbeddedLog({ directory, ...small });
  await log.append(written(1504, 1501), 1501);
  await log.close();
  writeFileSync(join(directory, "durable"), mark);
  const reader = await openJournalReader({ directory });
  assert.equal(reader.durableSequence, 1504);
  assert.equal(reader.unprovenFrom, 1501);
  assert.equal(reader.torn, undefined);
});

test("rot is refused by file, offset and remedy, as a start refuses it, and nothing is touched", async (t) => {
  const directory = await journal(t);
  const path = join(directory, "0000000000000001.segment");
  const bytes = readFileSync(path);
  bytes[9000] = (bytes[9000] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const before = print(directory);
  let told: unknown;
  await assert.rejects(openJournalReader({ directory }), (error) => {
    told = error;
    return true;
  });
  assert.ok(told instanceof PlimsollError);
  assert.equal(told.code, "PLM_JOURNAL_CORRUPT");
  assert.match(told.field, /0000000000000001\.segment at \d+$/);
  assert.match(told.remedy, /Restore the file from a copy. Records through \d+ are intact/);
  assert.deepEqual(print(directory), before);
  // Read in part, only what is asked for is judged.
  const reader = await openJournalReader({ directory, verifyFrom: Infinity });
  assert.deepEqual(await held(reader, 1400), written(1500, 1400));
  await assert.rejects(held(reader), { code: "PLM_JOURNAL_CORRUPT" });
  await assert.rejects(openEmbeddedLog({ directory, ...small }), { message: told.message });
});

test("segments that are missing or cut short are refused by name; no journal is no file", async (t) => {
  const directory = await journal(t);
  const [first, , last] = readdirSync(directory).filter((name) => name.endsWith(".segment"));
  truncateSync(join(directory, last!), 4096);
  await assert.rejects(openJournalReader({ directory }), new RegExp(last!));
  rmSync(join(directory, first!));
  await assert.rejects(openJournalReader({ directory }), /those before it are missing/);
  await assert.rejects(openJournalReader({ directory: join(directory, "none") }), { code: "PLM_FILE" });
  await assert.rejects(openJournalReader({ directory: folder(t) }), { code: "PLM_FILE" });
});

test(
  "a folder that may not be written to is read by a user who may not",
  { skip: process.platform === "win32" },
  async (t) => {
    const directory = await journal(t);
    for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o444);
    chmodSync(directory, 0o555);
    const before = print(directory);
    const module = import.meta.resolve("./index.ts");
    const script = `const { openJournalReader } = await import(process.argv[1]);
    // The system keeps no modes from its superuser: be someone else once the code is loaded.
    if (process.getuid() === 0) { process.setgroups([]); process.setgid(65534); process.setuid(65534); }
    const { writeFileSync } = await import("node:fs");
    try { writeFileSync(process.argv[2] + "/lock", ""); console.log("may write"); } catch {}
    const reader = await openJournalReader({ directory: process.argv[2] });
    let count = 0;
    for await (const { records } of reader.read(1)) count += records.length;
    console.log(count, (await reader.snapshots.latest()).snapshot.sequence);`;
    const child = spawn(
      process.execPath,
      ["--conditions=plimsoll-source", "--input-type=module", "-e", script, module, directory],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let told = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (told += text));
    await new Promise((resolve) => child.once("close", resolve));
    assert.equal(told, "1500 930\n");
    assert.deepEqual(print(directory), before);
    chmodSync(directory, 0o755);
  },
);

test("beside a process that writes all the time, what was durable is read, and the writer goes on", async (t) => {
  const directory = folder(t);
  const module = import.meta.resolve("./index.ts");
  const script = `const { openEmbeddedLog } = await import(process.argv[1]);
    const log = await openEmbeddedLog({ directory: process.argv[2], create: true, segmentBytes: 1 << 19, blockBytes: 512 });
    const record = (n) => new Uint8Array(40 + (n % 90)).fill(n);
    let ends = false;
    process.stdin.on("data", () => { ends = true; });
    console.log("ready");
    while (!ends) {
      const first = log.nextSequence;
      await log.append(Array.from({ length: 1 + (first * 7) % 400 }, (_, i) => record(first + i)), first);
      if (first % 11 === 0) await log.snapshots.save({ sequence: log.durableSequence, stateRoot: new Uint8Array(32), chunks: [record(first)] });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await log.close();
    console.log(log.durableSequence);
    process.exit();`;
  const child = spawn(
    process.execPath,
    ["--conditions=plimsoll-source", "--input-type=module", "-e", script, module, directory],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  t.after(() => child.kill("SIGKILL"));
  let told = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (told += text));
  const gone = new Promise((resolve) => child.once("close", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  let growing = 0;
  let before = 0;
  for (let i = 0; i < 8; i++) {
    const reader = await openJournalReader({ directory });
    assert.ok(reader.durableSequence >= before);
    before = reader.durableSequence;
    growing += Number(reader.isGrowing);
    assert.equal(reader.torn, undefined);
    const all = await held(reader);
    assert.equal(all.length, reader.durableSequence);
    all.forEach((each, at) => assert.ok(Buffer.compare(each, record(at + 1)) === 0));
    const { snapshot, rejected } = await reader.snapshots.latest();
    assert.deepEqual(rejected, []);
    assert.ok((snapshot?.sequence ?? 0) <= before);
  }
  child.stdin.write("end");
  await gone;
  assert.equal(told.split("\n").length, 3, told);
  const last = Number(told.split("\n")[1]);
  assert.ok(last >= before && before > 1000, `${before} read of ${last}`);
  assert.ok(growing > 3, `${growing} looks at a journal that grew`);
  let count = 0;
  for await (const { records } of readJournal(directory)) count += records.length;
  assert.equal(count, last);
});
