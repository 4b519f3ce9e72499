import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { PlimsollError } from "../../src/quantity/error.ts";
import { openVenue } from "../../src/service/venue/index.ts";
import { startApi } from "../../src/service/api/index.ts";
import { domain, ServiceVenue } from "./venue.ts";

/** What an operator gets wrong: each is told by name, leaves nothing running and the folder as it was. */

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), "plimsoll-adversary-"));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const refusal =
  (code: string, field: string) =>
  (error: unknown): boolean =>
    error instanceof PlimsollError && error.code === code && error.field === field;

const open = (directory: string): Promise<{ close(): Promise<void> }> =>
  openVenue({ directory, domain, now: Date.now, tickMs: 0, history: ":memory:" });

test("a venue's folder and its new parents are for its user alone", async (t) => {
  const parent = folder(t);
  const directory = join(parent, "a", "b");
  await (await open(directory)).close();
  assert.equal(statSync(directory).mode & 0o077, 0);
  assert.equal(statSync(join(parent, "a")).mode & 0o077, 0);
});

test("keys that are lost, wrong or another venue's are refused, and nothing is put in their place", async (t) => {
  const directory = folder(t);
  await (await open(directory)).close();
  const file = join(directory, "keys");
  const own = readFileSync(file, "utf8");
  rmSync(file);
  await assert.rejects(open(directory), refusal("PLM_FILE", "keys"));
  assert.throws(() => statSync(file));
  const zero = "0".repeat(64);
  for (const wrong of ["zz", own.replace(/^.{64}/, zero), own.replace(/^.{64}/, `${zero.slice(1)}7`)]) {
    writeFileSync(file, wrong);
    await assert.rejects(open(directory), refusal("PLM_FILE", "keys"));
    assert.equal(readFileSync(file, "utf8"), wrong);
  }
  writeFileSync(file, own);
  // the lock was given back each time
  await (await open(directory)).close();
});

test("a snapshot that the disk doesn't take keeps nothing open", async (t) => {
  const directory = folder(t);
  const told: string[] = [];
  const venue = await openVenue({
    directory,
    domain,
    now: Date.now,
    tickMs: 0,
    history: ":memory:",
    onWarning: (warning) => told.push(warning),
  });
  const name = `${String(venue.house.machine.sequence).padStart(16, "0")}.snapshot.tmp`;
  mkdirSync(join(directory, "journal", name));
  await venue.close();
  assert.match(told.join(), /no snapshot was saved/);
  rmSync(join(directory, "journal", name), { recursive: true });
  await (await open(directory)).close();
});

test("a file where the folder should be is named", async (t) => {
  const file = join(folder(t), "file");
  writeFileSync(file, "");
  await assert.rejects(open(file), refusal("PLM_FILE", "data"));
  await assert.rejects(open(join(file, "below")), refusal("PLM_FILE", "data"));
});

test("a port in use and a host that isn't this machine's are named", async (t) => {
  const venue = await ServiceVenue.open();
  t.after(() => venue.close());
  const taken = createServer();
  await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
  t.after(() => taken.close());
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { clearinghouse, log } = venue;
  await assert.rejects(startApi({ clearinghouse, log, port }), refusal("PLM_USAGE", "address"));
  await assert.rejects(startApi({ clearinghouse, log, host: "192.0.2.1" }), refusal("PLM_USAGE", "address"));
});

test("`serve` ends after what it cannot use", async (t) => {
  const parent = folder(t);
  mkdirSync(join(parent, "data"));
  const main = join(import.meta.dirname, "../../src/cli/bin.ts");
  async function serve(...given: string[]): Promise<readonly [code: number | null, errors: string]> {
    const child = spawn(process.execPath, [main, "serve", "--port", "0", "--no-traders", ...given], {
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 30_000,
      killSignal: "SIGKILL",
    });
    let errors = "";
    child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
    const code = await new Promise<number | null>((done) => child.on("close", done));
    return [code, errors];
  }
  const [[paramsCode, params], [dataCode, data]] = await Promise.all([
    serve("--data", join(parent, "data"), "--params", join(parent, "nothing")),
    serve("--data", ""),
  ]);
  assert.match(params, /^error PLM_FILE: --params/m);
  assert.equal(paramsCode, 2);
  assert.match(data, /^error PLM_USAGE: --data/m);
  assert.equal(dataCode, 2);
});
