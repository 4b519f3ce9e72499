// `plimsoll verify`, `export`, `tail` and `archive` on journals of a real machine: what they say, what they exit with, and that those which look
// change nothing.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { archiveCommand } from "../../src/cli/clearing/archive.ts";
import { exportCommand } from "../../src/cli/clearing/export.ts";
import { tailCommand } from "../../src/cli/clearing/tail.ts";
import { verifyCommand, type VerifiedRoot } from "../../src/cli/clearing/verify.ts";
import { type CommandOutput } from "../../src/cli/command-output.ts";
import { encodeEnvelope } from "../../src/clearing/index.ts";
import { ByteWriter } from "../../src/clearing/state/bytes.ts";
import { randomStream } from "../../src/numerics/index.ts";
import { Machine, recover, startBefore } from "../../src/service/clearinghouse/index.ts";
import { openEmbeddedLog } from "../../src/service/journal/index.ts";
import { takeStep } from "../properties/clearing-steps.ts";
import { wholeVenue } from "../properties/clearing-whole-venue.ts";
import { RecordingVenue, StepPool } from "../simulation/service-flow.ts";

const parent = mkdtempSync(join(tmpdir(), "plimsoll-commands-"));
after(() => rmSync(parent, { recursive: true, force: true }));
const geometry = { segmentBytes: 1 << 15, blockBytes: 512 } as const;

interface Verified {
  readonly verified: boolean;
  readonly commands: number;
  readonly lastSequence: number;
  readonly isGrowing: boolean;
  readonly roots: readonly VerifiedRoot[];
  readonly torn?: { readonly file: string; readonly bytes: number };
  readonly damage?: { readonly code: string; readonly field: string; readonly remedy: string };
}

const verified = ({ json }: CommandOutput): Verified => json as Verified;

/** A venue's journal of several segments, with snapshots on the way. */
async function makeJournal(): Promise<{ directory: string; last: number; root: string }> {
  const directory = join(parent, "whole", "journal");
  const venue = new RecordingVenue();
  wholeVenue(false, venue);
  const pool = new StepPool(5, 700);
  const writer = new ByteWriter();
  const random = randomStream(5);
  for (let i = 0; i < 700; i++) takeStep(venue, pool.draw(random));
  const log = await openEmbeddedLog({ directory, create: true, ...geometry });
  const machine = Machine.empty();
  for (const envelope of venue.envelopes) {
    machine.apply(envelope, () => undefined);
    writer.clear();
    encodeEnvelope(envelope, writer);
    await log.append([writer.bytes], log.nextSequence);
    if (envelope.sequence % 200 !== 0) continue;
    const { sequence } = envelope;
    await log.snapshots.save({ sequence, stateRoot: machine.stateRoot(), chunks: machine.snapshot() });
  }
  await log.close();
  return { directory, last: machine.sequence, root: Buffer.from(machine.stateRoot()).toString("hex") };
}

const made = await makeJournal();

/** A copy to spoil. */
function copyOf(name: string): string {
  const directory = join(parent, name);
  cpSync(made.directory, directory, { recursive: true });
  return directory;
}

function print(directory: string): unknown {
  const names = readdirSync(directory);
  return ["", ...names].map((name) => {
    const path = join(directory, name);
    const { mtimeNs, ctimeNs, size, ino } = statSync(path, { bigint: true });
    const hash = name === "" ? "" : createHash("sha256").update(readFileSync(path)).digest("hex");
    return { name, mtimeNs, ctimeNs, size, ino, hash };
  });
}

const segmentsIn = (directory: string): string[] =>
  readdirSync(directory).filter((name) => name.endsWith(".segment"));

async function rootsOf(directory: string, archive: readonly string[] = []): Promise<readonly VerifiedRoot[]> {
  return verified(await verifyCommand(directory, { archive })).roots;
}

test("verify and export and tail look, and change nothing", async () => {
  const { directory, last, root } = made;
  assert.ok(segmentsIn(directory).length > 4);
  const before = print(directory);
  const output = await verifyCommand(directory);
  assert.equal(output.exitCode, 0);
  const { roots, commands, lastSequence, isGrowing, torn } = verified(output);
  assert.deepEqual([commands, lastSequence, isGrowing, torn], [last, last, false, undefined]);
  assert.deepEqual(
    roots.map(({ snapshot }) => snapshot),
    ["same", "same", "same", undefined].slice(last % 200 === 0 ? 1 : 0),
  );
  assert.equal(roots.at(-1)?.root, root);
  assert.match(output.text, /records replayed \(\d+ commands refused\) in [\d.]+ s, [\d,]+ records\/s/);
  assert.match(output.text, /\nverified$/);

  // The folder around it will do as well.
  assert.deepEqual(await rootsOf(join(directory, "..")), roots);
  const lines = join(parent, "lines.jsonl");
  await exportCommand(directory, { out: lines, history: join(parent, "history.db") });
  assert.equal(readFileSync(lines, "utf8").split("\n").length, last + 1);
  const { json } = await tailCommand(directory, { lines: "3" });
  const shown = json as { envelope: { sequence: number } }[];
  assert.deepEqual(
    shown.map(({ envelope }) => envelope.sequence),
    [last - 2, last - 1, last],
  );
  await tailCommand(directory, { lines: "3", events: true });
  assert.deepEqual(print(directory), before);
});

test("verify names a torn tail, and is content with what was promised", async () => {
  const directory = copyOf("torn");
  const path = join(directory, segmentsIn(directory).at(-1)!);
  const bytes = readFileSync(path);
  const end = (Math.floor(bytes.findLastIndex((byte) => byte !== 0) / 512) + 1) * 512;
  bytes.fill(0xee, end + 40, end + 300);
  writeFileSync(path, bytes);
  const before = print(directory);
  const output = await verifyCommand(directory);
  assert.equal(output.exitCode, 0);
  assert.deepEqual(verified(output).torn?.file, path);
  assert.equal(verified(output).torn?.bytes, 512);
  assert.equal(verified(output).roots.at(-1)?.root, made.root);
  assert.match(output.text, new RegExp(`torn tail after record ${made.last}: .* at ${end}, 512 bytes`));
  assert.deepEqual(print(directory), before);
});

test("verify fails on rot, on a snapshot that is spoiled, and on one of another state", async () => {
  const rotten = copyOf("rotten");
  const path = join(rotten, segmentsIn(rotten)[1]!);
  const bytes = readFileSync(path);
  bytes[5000] = (bytes[5000] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const before = print(rotten);
  const output = await verifyCommand(rotten);
  assert.equal(output.exitCode, 1);
  const { damage } = verified(output);
  assert.equal(damage?.code, "PLM_JOURNAL_CORRUPT");
  assert.match(damage.field, new RegExp(`${basename(path)} at \\d+`));
  assert.match(
    output.text,
    /^DAMAGED: .*\nRestore the file from a copy.* serve with --accept-loss-after \d+/,
  );
  assert.match(damage.remedy, /serve with --accept-loss-after \d+/);
  assert.deepEqual(print(rotten), before);
  await assert.rejects(exportCommand(rotten, { out: join(parent, "none.jsonl") }), { code: damage.code });

  const other = copyOf("other");
  const [first, second] = readdirSync(other).filter((name) => name.endsWith(".snapshot"));
  const spoiled = readFileSync(join(other, first!));
  spoiled[700] = (spoiled[700] ?? 0) ^ 1;
  writeFileSync(join(other, first!), spoiled);
  const log = await openEmbeddedLog({ directory: other, ...geometry });
  const sequence = Number(second!.slice(0, 16));
  const { machine } = await recover(log, { atMost: 0 });
  await log.snapshots.save({ sequence, stateRoot: machine.stateRoot(), chunks: machine.snapshot() });
  await log.close();
  const found = await verifyCommand(other);
  assert.equal(found.exitCode, 1);
  const verdicts = verified(found).roots.map(({ snapshot }) => snapshot);
  assert.deepEqual(verdicts.slice(0, 2), ["unreadable", "different"]);
  assert.match(
    found.text,
    /UNREADABLE: .*checksum is wrong[^]*DIFFERENT: its root is [0-9a-f]{64}[^]*NOT verified$/,
  );
});

test("archived segments: the service starts without them, and verify says what to put back", async () => {
  const directory = copyOf("archived");
  const to = join(parent, "archive");
  const all = segmentsIn(directory);
  const roots = await rootsOf(directory);
  for (const before of ["yesterday", "2026-02-30"])
    await assert.rejects(archiveCommand(directory, { to, before }), { code: "PLM_USAGE" });
  const none = await archiveCommand(directory, { to, before: "2020-01-01" });
  assert.match(none.text, /nothing to archive/);
  const output = await archiveCommand(directory, { to });
  const { segments } = output.json as { segments: { file: string }[] };
  assert.ok(segments.length >= 2);
  assert.deepEqual(segmentsIn(to), all.slice(0, segments.length));
  assert.match(output.text, /copied to .*, compared, and removed/);

  // As a service does that starts: from a snapshot, though the journal is short.
  const log = await openEmbeddedLog({ directory, ...geometry });
  const { machine, fromSequence } = await recover(log, { atMost: await startBefore(log, 50_000) });
  assert.ok(fromSequence > 0);
  assert.equal(Buffer.from(machine.stateRoot()).toString("hex"), made.root);
  await log.close();

  const last = segments.at(-1)!.file;
  const missing = {
    code: "PLM_FILE",
    value: `archived to ${to}`,
    remedy: new RegExp(`Copy ${all[0]} to ${last} .* back into`),
  };
  await assert.rejects(verifyCommand(directory), missing);
  await assert.rejects(exportCommand(directory, { out: join(parent, "missing.jsonl") }), missing);
  assert.deepEqual(await rootsOf(directory, [to]), roots);
  await exportCommand(directory, { out: join(parent, "again.jsonl"), archive: [to] });
  assert.deepEqual(readFileSync(join(parent, "again.jsonl")), readFileSync(join(parent, "lines.jsonl")));
  assert.match((await tailCommand(directory, { lines: "2" })).text, new RegExp(`^${made.last - 1} `));
  for (const { file } of segments) copyFileSync(join(to, file), join(directory, file));
  assert.deepEqual(await rootsOf(directory), roots);
});

test("verify beside the service that writes the journal", async () => {
  const data = join(parent, "served");
  const program = join(import.meta.dirname, "../../src/cli/bin.ts");
  const options = ["--data", data, "--port", "0", "--for", "6s", "--speed", "30", "--json"];
  const service = spawn(process.execPath, [program, "serve", ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let summary = "";
  service.stdout.on("data", (chunk) => (summary += String(chunk)));
  const ended = once(service, "exit");
  await once(createInterface({ input: service.stderr }), "line");
  let growing = 0;
  let before = 0;
  for (let i = 0; i < 3; i++) {
    const output = await verifyCommand(data, { signatures: i === 0 });
    assert.equal(output.exitCode, 0, output.text);
    const { lastSequence, isGrowing, torn } = verified(output);
    assert.ok(lastSequence >= before && torn === undefined);
    before = lastSequence;
    growing += Number(isGrowing);
  }
  assert.deepEqual(await ended, [0, null]);
  const { stateRoot, sequence } = JSON.parse(summary) as { stateRoot: string; sequence: number };
  const whole = verified(await verifyCommand(data));
  assert.ok(whole.lastSequence > before && growing > 0, `${growing} of 3 while it grew`);
  assert.equal(`0x${whole.roots.at(-1)?.root}`, stateRoot);
  assert.ok(sequence === undefined || sequence === whole.lastSequence);
});

test("signatures are looked at first: an unsigned journal is refused without a replay", async () => {
  const unsigned = await verifyCommand(made.directory, { signatures: true });
  assert.equal(unsigned.exitCode, 1);
  assert.match(unsigned.text, /^BAD signature in record \d+: badSignature\n[^]*nothing was replayed$/);
  assert.partialDeepStrictEqual(unsigned.json, { verified: false, signatures: { firstBad: {} } });
});

test("long commands are shown as cut", async () => {
  const { text } = await tailCommand(made.directory, { lines: "100000" });
  const lines = text.split("\n");
  assert.equal(lines.length, made.last);
  const [cut, whole] = [true, false].map((isCut) => lines.filter((line) => line.endsWith("…") === isCut));
  assert.ok(cut !== undefined && cut.length > 0 && whole !== undefined);
  for (const line of whole) JSON.parse(/ (\{.*)$/.exec(line)?.[1] ?? "{}");
});
