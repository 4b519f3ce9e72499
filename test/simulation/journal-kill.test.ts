import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { randomStream } from "plimsoll/numerics";
import { openEmbeddedLog } from "../../src/service/journal/index.ts";

// On the real disk: a process that is killed again and again while it appends. JOURNAL_KILLS sets how often.
const kills = Number(process.env["JOURNAL_KILLS"] ?? 5);

/** Record n holds n, in 8 bytes and a tail whose length depends on it. */
const writer = `
  const { openEmbeddedLog } = await import(process.argv[1]);
  const log = await openEmbeddedLog({ directory: process.argv[2], create: true, segmentBytes: 1 << 17 });
  console.log("ready");
  const record = (n) => { const bytes = Buffer.alloc(8 + (n % 150), n & 0xff); bytes.writeBigUInt64LE(BigInt(n)); return bytes; };
  for (;;) {
    const first = log.nextSequence;
    const count = 1 + (first % 50);
    const last = first + count - 1;
    const done = log.append(Array.from({ length: count }, (_, i) => record(first + i)), first);
    done.then(() => process.stdout.write(last + "\\n"));
    if (first % 3 === 0) await done;
    if (first % 7 === 0) await log.snapshots.save({ sequence: log.durableSequence, stateRoot: new Uint8Array(32), chunks: [record(5)] });
    await log.ready();
  }`;

test("a process killed while it appends loses nothing that it acknowledged", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "plimsoll-kill-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const random = randomStream(3);
  const module = import.meta.resolve("../../src/service/journal/index.ts");
  let grew = 0;
  let before = 0;
  for (let kill = 0; kill < kills; kill++) {
    const child = spawn(
      process.execPath,
      ["--conditions=plimsoll-source", "--input-type=module", "-e", writer, module, directory],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    t.after(() => child.kill("SIGKILL"));
    let told = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (told += text));
    const gone = new Promise((resolve) => child.once("close", resolve));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    await new Promise((resolve) => setTimeout(resolve, 20 + random.nextBelow(150)));
    child.kill("SIGKILL");
    await gone;
    // A last line without its end may be cut short.
    const lines = told.slice(0, told.lastIndexOf("\n")).split("\n");
    const acknowledged = Math.max(before, ...lines.slice(1).map(Number));

    const log = await openEmbeddedLog({ directory });
    assert.ok(
      log.durableSequence >= acknowledged,
      `${acknowledged} acknowledged, ${log.durableSequence} there`,
    );
    let sequence = 0;
    for await (const { records } of log.read(1)) {
      for (const record of records) {
        sequence += 1;
        const view = Buffer.from(record.buffer, record.byteOffset, record.length);
        assert.equal(view.readBigUInt64LE(0), BigInt(sequence));
        assert.equal(view.length, 8 + (sequence % 150));
        assert.ok(view.subarray(8).every((byte) => byte === (sequence & 0xff)));
      }
    }
    assert.equal(sequence, log.durableSequence);
    const { rejected } = await log.snapshots.latest();
    assert.deepEqual(rejected, []);
    await log.close();
    grew += Number(sequence > before);
    before = sequence;
  }
  assert.ok(grew > kills / 2);
});
