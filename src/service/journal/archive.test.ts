import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { archiveSegments, openEmbeddedLog, openJournalReader, type CommandLog } from "./index.ts";

const small = { segmentBytes: 1 << 16, blockBytes: 512 } as const;
const record = (n: number): Uint8Array => new Uint8Array(40 + (n % 90)).fill(n);
const isSegment = (name: string): boolean => name.endsWith(".segment");
const segmentsIn = (directory: string): string[] => readdirSync(directory).filter(isSegment);

interface Folders {
  readonly directory: string;
  readonly to: string;
}

function folders(t: TestContext): Folders {
  const parent = mkdtempSync(join(tmpdir(), "plimsoll-archive-"));
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  return { directory: join(parent, "journal"), to: join(parent, "archive") };
}

async function fill(log: CommandLog, last: number, snapshots: readonly number[] = []): Promise<void> {
  while (log.durableSequence < last) {
    const first = log.nextSequence;
    const count = Math.min(30, last - first + 1);
    await log.append(
      Array.from({ length: count }, (_, i) => record(first + i)),
      first,
    );
    if (!snapshots.includes(log.durableSequence)) continue;
    const sequence = log.durableSequence;
    await log.snapshots.save({ sequence, stateRoot: new Uint8Array(32), chunks: [record(sequence)] });
  }
}

/** A journal of 3,000 records in five segments, with snapshots after 1,950, 2,250 and 2,550. */
async function journal(t: TestContext): Promise<Folders> {
  const made = folders(t);
  const log = await openEmbeddedLog({ directory: made.directory, create: true, ...small });
  await fill(log, 3000, [1950, 2250, 2550]);
  await log.close();
  assert.equal(segmentsIn(made.directory).length, 5);
  return made;
}

async function countOf(log: Pick<CommandLog, "read">, from: number): Promise<number> {
  let next = from;
  for await (const { firstSequence, records } of log.read(from)) {
    assert.equal(firstSequence, next);
    for (const each of records) assert.deepEqual(new Uint8Array(each), record(next++));
  }
  return next - from;
}

test("segments that the oldest snapshot covers are moved, and the journal goes on without them", async (t) => {
  const { directory, to } = await journal(t);
  const before = segmentsIn(directory);
  const bytes = before.map((name) => readFileSync(join(directory, name)));
  const { segments, firstSequence, snapshot, lastSequence } = await archiveSegments({ directory, to });
  assert.equal(snapshot, 1950);
  assert.equal(lastSequence, 3000);
  assert.deepEqual(
    segments.map(({ file }) => file),
    before.slice(0, 3),
  );
  assert.ok(firstSequence <= 1951 && firstSequence > 1500);
  assert.deepEqual(segmentsIn(to), before.slice(0, 3));
  assert.deepEqual(segmentsIn(directory), before.slice(3));
  segmentsIn(to).forEach((name, i) => assert.ok(readFileSync(join(to, name)).equals(bytes[i]!)));

  const log = await openEmbeddedLog({ directory, ...small });
  assert.equal(log.recovery.firstSequence, firstSequence);
  assert.equal((await log.snapshots.latest()).snapshot?.sequence, 2550);
  assert.equal(await countOf(log, 1951), 1050);
  assert.throws(() => log.read(1), {
    code: "PLM_FILE",
    field: `records 1 to ${firstSequence - 1} of ${directory}`,
    value: `archived to ${to}`,
    remedy: `Copy ${before[0]} to ${before[2]} (3 files) back into ${directory}, or let the command read them where they are: --archive FOLDER.`,
  });
  assert.throws(() => log.read(firstSequence - 1), {
    remedy: new RegExp(`Copy ${before[2]} \\(one file\\)`),
  });
  await fill(log, 3900, [3300, 3600, 3900]);
  await log.close();

  // The next time, more goes to another folder; both are read with what is left.
  const more = `${to}-2`;
  const later = await archiveSegments({ directory, to: more });
  assert.equal(later.snapshot, 3300);
  assert.ok(later.segments.length > 0 && later.firstSequence > firstSequence);
  const reader = await openJournalReader({ directory, archives: [more, to] });
  assert.equal(reader.firstSequence, 1);
  assert.equal(await countOf(reader, 1), 3900);
  const part = await openJournalReader({ directory, archives: [more] });
  assert.equal(part.firstSequence, firstSequence);
  assert.throws(() => part.read(1), { value: `archived to ${to}` });

  // Put back, they are what they were.
  for (const from of [to, more]) {
    for (const name of segmentsIn(from)) renameSync(join(from, name), join(directory, name));
  }
  const whole = await openEmbeddedLog({ directory, ...small });
  assert.equal(await countOf(whole, 1), 3900);
  await whole.close();
});

test("nothing goes that no snapshot covers, or that was not asked for", async (t) => {
  const { directory, to } = await journal(t);
  const before = segmentsIn(directory);
  const few = await archiveSegments({ directory, to, before: 700 });
  assert.deepEqual(
    few.segments.map(({ file }) => file),
    before.slice(0, 1),
  );
  // A snapshot that doesn't verify covers nothing: the oldest that does, counts.
  const damaged = join(directory, "0000000000001950.snapshot");
  const bytes = readFileSync(damaged);
  bytes[200] = (bytes[200] ?? 0) ^ 1;
  writeFileSync(damaged, bytes);
  assert.equal((await archiveSegments({ directory, to })).snapshot, 2250);
  for (const name of readdirSync(directory).filter((each) => each.endsWith(".snapshot"))) {
    rmSync(join(directory, name));
  }
  const none = await archiveSegments({ directory, to });
  assert.deepEqual([none.segments, none.snapshot], [[], undefined]);
});

test("a copy that is not the same leaves everything in its place; a folder within the journal is refused", async (t) => {
  const { directory, to } = await journal(t);
  const before = segmentsIn(directory);
  await archiveSegments({ directory, to, before: 700 });
  const second = join(to, before[1]!);
  writeFileSync(second, "another file");
  await assert.rejects(archiveSegments({ directory, to }), { code: "PLM_FILE", field: second });
  assert.deepEqual(segmentsIn(directory), before.slice(1));
  for (const within of [directory, join(directory, "old"), `${directory}/../journal/x/y`]) {
    await assert.rejects(archiveSegments({ directory, to: within }), { code: "PLM_USAGE" });
  }
  const log = await openEmbeddedLog({ directory, ...small });
  await assert.rejects(archiveSegments({ directory, to }), { code: "PLM_JOURNAL_LOCKED" });
  await log.close();
});

test("what is missing without a note, or beyond it, is refused by name", async (t) => {
  const { directory, to } = await journal(t);
  const before = segmentsIn(directory);
  const note = join(directory, "archived.json");
  await archiveSegments({ directory, to });
  const text = readFileSync(note, "utf8");
  const refused = async (message: RegExp): Promise<void> => {
    const told = { code: "PLM_JOURNAL_CORRUPT", message };
    await assert.rejects(openEmbeddedLog({ directory, ...small }), told);
    await assert.rejects(openJournalReader({ directory }), told);
  };
  rmSync(note);
  await refused(new RegExp(`${before[3]} at 0 .*segment 3, and those before it are missing`));
  writeFileSync(note, "{}");
  await refused(/archived\.json at 0 .*no note of archived segments/);
  writeFileSync(note, text.replace(/"journalId": "[0-9a-f]{32}"/, `"journalId": "${"0".repeat(32)}"`));
  await refused(/archived\.json at 0 .*note of another journal/);
  writeFileSync(note, text);
  rmSync(join(directory, before[3]!));
  await refused(new RegExp(`${before[4]} at 0 .*segment 4, and those before it are missing`));
});
