// What operators meet when they run `plimsoll serve`: each as a process, with what it prints and its exit code.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { serveCommand, type ServeOptions } from "../../src/cli/clearing/serve.ts";
import { keepFolder, removeEarlier, temporaryFolder } from "../../src/cli/clearing/serve-temporary.ts";
import { openEmbeddedLog } from "../../src/service/journal/index.ts";
import { type HealthAnswer, type SignedCommand } from "../../src/service/api/index.ts";
import { accepted, connect, newAddressKey } from "../../src/service/client/index.ts";
import { PlimsollError } from "../../src/quantity/error.ts";
import { openHistory } from "../../src/service/history/index.ts";
import { startPostgres } from "./postgres-cluster.ts";
import { program, refused, serve, type Served, still } from "./serve-process.ts";

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), "plimsoll-options-"));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function openAccount({ url }: Served): Promise<number> {
  const client = await connect({ url, key: newAddressKey() });
  const { account } = accepted(await client.openAccount({ marginMode: "isolated" }));
  await client.close();
  return account;
}

const sequenceOf = (served: Served): number => (JSON.parse(served.output()) as { sequence: number }).sequence;

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 25));
  }
  assert.fail(what);
}

test("a second one on the same folder, and on the same port, is refused and makes nothing", async (t) => {
  const directory = folder(t);
  const first = await serve(t, directory, ...still);
  const same = refused(["--data", directory, "--port", "0"]);
  assert.equal(same.status, 2);
  assert.match(same.errors, new RegExp(`PLM_JOURNAL_LOCKED: .* is "process ${first.process.pid} on `));
  const other = join(directory, "other");
  const { port } = new URL(first.url);
  const taken = refused(["--data", other, "--port", port]);
  assert.equal(taken.status, 2);
  assert.match(taken.errors, /PLM_USAGE: address is .*choose another --port/);
  assert.equal(existsSync(other), false);
  assert.equal(await first.end("SIGINT"), 0);
});

test("prices that cannot be had are told before a folder is made for them", (t) => {
  const directory = join(folder(t), "new");
  const live = refused(["--data", directory, "--port", "0", "--feed", "live"]);
  if (live.errors.includes("PLM_FEED: ccxt is")) assert.match(live.errors, /Run `npm install ccxt@4`/);
  else assert.match(live.errors, /PLM_FEED/); // installed, and not reachable from here
  assert.equal(live.status, 2);
  const replay = refused(["--data", directory, "--port", "0", "--replay", join(directory, "none")]);
  assert.match(replay.errors, /PLM_FILE: --replay is /);
  assert.equal(replay.status, 2);
  assert.equal(existsSync(join(directory, "venue.json")), false);
});

test("what cannot be read is named by the option that gave it", (t) => {
  const parent = folder(t);
  const file = join(parent, "file");
  writeFileSync(file, "no JSON", { mode: 0o755 });
  const start = ["--port", "0", ...still];
  assert.match(refused(["--data", file, ...start]).errors, /PLM_FILE: --data is /);
  const data = join(parent, "venue");
  assert.match(refused(["--data", data, "--params", file, ...start]).errors, /PLM_FILE: --params is /);
  rmSync(data, { recursive: true, force: true });
  const past = ["--margin-history", file];
  assert.match(refused(["--data", data, ...past, ...start]).errors, /PLM_FILE: --margin-history is /);
});

test("a folder decides what its venue lives on: other options are refused, the same and none are not", async (t) => {
  const directory = folder(t);
  const run = { data: directory, port: "0", for: "1ms", traders: false, json: true } as const;
  const own = { seed: "7", speed: "0.000001", from: "2026-01-05T09:00Z" };
  await serveCommand({ ...run, ...own });
  for (const other of [
    { seed: "8" },
    { speed: "1" },
    { from: "2026-01-06" },
    { to: "2026-01-07" },
    { feed: "live" },
    { replay: directory },
    { seed: "seven" },
  ]) {
    await assert.rejects(serveCommand({ ...run, ...other }), (error) => {
      assert.ok(error instanceof PlimsollError);
      assert.deepEqual([error.code, error.field], ["PLM_USAGE", `--${Object.keys(other)[0]}`]);
      return true;
    });
  }
  await serveCommand({ ...run, ...own });
  await serveCommand(run);
  const file: unknown = JSON.parse(readFileSync(join(directory, "venue.json"), "utf8"));
  assert.partialDeepStrictEqual(file, { speed: 0.000001, feed: { kind: "synthetic", seed: 7 } });
});

test("a recording goes on without being named again", (t) => {
  const directory = folder(t);
  const plan = { kind: "replay", folder: join(directory, "gone"), fromMs: 1, toMs: 2 };
  const venue = {
    schema: "plimsoll/venue@1",
    venue: "Plimsoll Local",
    chainId: 31_337,
    speed: 1,
    feed: plan,
  };
  writeFileSync(join(directory, "venue.json"), JSON.stringify(venue));
  const { errors } = refused(["--data", directory, "--port", "0"]);
  assert.match(errors, /PLM_FILE: --replay is .*gone/, "it looked for its own");
});

test("folders of runs without one: the last stays, and those that are held or were gone on with", async (t) => {
  const parent = folder(t);
  const [held, oldest, named, last, starting] = Array.from({ length: 5 }, () => temporaryFolder(parent));
  assert.ok(held && oldest && named && last && starting);
  for (const [at, made] of [held, oldest, named, last].entries()) {
    const log = await openEmbeddedLog({ directory: join(made, "journal"), create: true });
    if (made === held) t.after(() => log.close());
    else await log.close();
    utimesSync(join(made, "temporary"), 1_000 + at, 1_000 + at);
  }
  keepFolder(named);
  assert.equal(await removeEarlier(parent), 1);
  assert.deepEqual(
    [held, oldest, named, last, starting].map((made) => existsSync(made)),
    [true, false, true, true, true],
  );
});

test("a folder that may not be written is named", (t) => {
  const parent = folder(t);
  chmodSync(parent, 0o555);
  // who may do everything asks as somebody else
  const how = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const reads = spawnSync(process.execPath, ["-e", `fs.accessSync(${JSON.stringify(program)})`], how);
  if (reads.status !== 0) return t.skip("another user cannot read the program");
  const { status, errors } = refused(["--data", join(parent, "venue"), "--port", "0"], how);
  chmodSync(parent, 0o755);
  assert.equal(status, 2);
  assert.match(errors, /PLM_FILE: --data is .*EACCES/);
});

for (const [field, given] of [
  ["--trust-proxy", { trustProxy: "10.0.0.7,everybody" }],
  ["--trust-proxy", { trustProxy: "0.0.0.0/0" }],
  ["--origins", { origins: "https://page.example/" }],
  ["--log", { log: "loud" }],
] as const satisfies readonly (readonly [string, ServeOptions])[]) {
  test(`refused before there is a folder: ${field} ${Object.values(given)[0]}`, async (t) => {
    const data = join(folder(t), "venue");
    const asked = serveCommand({ data, port: "0", for: "1ms", ...given });
    await assert.rejects(asked, (error) => {
      assert.ok(error instanceof PlimsollError);
      assert.deepEqual([error.code, error.field], ["PLM_USAGE", field]);
      return true;
    });
    assert.equal(existsSync(data), false);
  });
}

test("behind a proxy: clients by its header, pages of named origins, a log of lines without secrets", async (t) => {
  const directory = folder(t);
  const origin = "https://page.example";
  const options = ["--trust-proxy", "10.0.0.1,loopback", "--origins", origin, "--log", "debug"];
  const served = await serve(t, directory, ...still, ...options);
  const answer = await fetch(`${served.url}/v1/venue`, {
    headers: { origin, "x-forwarded-for": "203.0.113.9" },
  });
  assert.equal(answer.headers.get("access-control-allow-origin"), origin);
  const secret = "5a".repeat(32);
  const asked: Request[] = [];
  const client = await connect({
    url: served.url,
    key: newAddressKey(secret),
    fetch: async (url, init) => {
      asked.push(new Request(url, init));
      return fetch(url, init);
    },
  });
  accepted(await client.openAccount({ marginMode: "isolated" }));
  assert.equal((await client.read.accounts()).length, 1);
  await client.close();
  assert.equal(await served.end("SIGTERM"), 0);

  const text = served.errors().join("\n");
  const lines = served.errors().map((line) => JSON.parse(line) as Record<string, unknown>);
  const requests = lines.filter(({ msg }) => msg === "request");
  assert.ok(requests.some(({ route, ip }) => route === "/v1/venue" && ip === "203.0.113.9"));
  assert.ok(requests.some(({ route, ip }) => route === "/v1/commands" && ip === "127.0.0.1"));
  for (const message of ["serving", "closing", "closed"]) {
    assert.ok(
      lines.some(({ msg }) => msg === message),
      message,
    );
  }
  const tokens = new Set(asked.flatMap(({ headers }) => headers.get("authorization")?.split(" ")[1] ?? []));
  assert.equal(tokens.size, 1);
  const command = asked.find(({ url }) => url.endsWith("/v1/commands"));
  assert.ok(command);
  const { signature } = (await command.json()) as SignedCommand;
  for (const hidden of [...tokens, signature.slice(2), secret]) assert.ok(!text.includes(hidden));
});

test("asked twice it ends at once, and has lost nothing", async (t) => {
  const directory = folder(t);
  const first = await serve(t, directory, ...still);
  const account = await openAccount(first);
  // a client of the stream that never says goodbye holds up an orderly end
  const socket = await new Promise<{ destroy(): void }>((resolve, reject) => {
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": Buffer.alloc(16).toString("base64"),
    };
    const asked = request(`${first.url}/v1/stream`, { headers });
    asked.on("upgrade", (_answer, upgraded) => {
      upgraded.on("error", () => undefined);
      resolve(upgraded);
    });
    asked.on("error", reject).end();
  });
  t.after(() => socket.destroy());
  first.process.kill("SIGINT");
  await until(
    async () => (await fetch(`${first.url}/health/ready`).catch(() => undefined))?.status !== 200,
    "it is closing",
  );
  const startMs = performance.now();
  assert.equal(await first.end("SIGINT"), null);
  assert.equal(first.process.signalCode, "SIGINT");
  assert.ok(performance.now() - startMs < 3_000);
  const second = await serve(t, directory, ...still);
  assert.equal(await openAccount(second), account + 1);
  assert.equal(await second.end("SIGTERM"), 0);
});

test("damage is refused, and given up only when told, with history", async (t) => {
  const directory = folder(t);
  const first = await serve(t, directory, ...still);
  for (let i = 0; i < 3; i++) await openAccount(first);
  await first.end("SIGTERM");
  const last = sequenceOf(first);
  const segment = join(directory, "journal", "0000000000000001.segment");
  const bytes = readFileSync(segment);
  const used = bytes.findLastIndex((byte) => byte !== 0);
  const at = used - (used % 4_096) + 100;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(segment, bytes);
  const { status, errors } = refused(["--data", directory, "--port", "0", ...still]);
  assert.equal(status, 2);
  const intact = /PLM_JOURNAL_CORRUPT: .* serve with --accept-loss-after (\d+)/.exec(errors)?.[1] ?? "";
  assert.ok(Number(intact) < last && Number(intact) > 0, errors);

  const again = await serve(t, directory, ...still, "--accept-loss-after", intact);
  assert.equal(again.sequence >= Number(intact), true);
  const told = (): string => again.errors().join("\n");
  await until(() => told().includes("history held commands that were given up"), "a warning");
  assert.match(told(), /"event":"warning","warning":"given up from \d+ of /);
  await openAccount(again);
  assert.equal(await again.end("SIGTERM"), 0);
  const history = await openHistory(join(directory, "history.db"));
  assert.equal(await history.lastSequence(), sequenceOf(again));
  const accounts = await history.query({ table: "accounts", where: {}, limit: 10 });
  assert.equal(accounts.length, 3, "the lost one is gone, the new one has its number");
  await history.close();
});

const postgres = await startPostgres();
after(() => postgres?.stop());

test(
  "history in PostgreSQL, which is stopped meanwhile",
  { skip: postgres === undefined ? "PostgreSQL is not installed" : false },
  async (t) => {
    assert.ok(postgres);
    const directory = folder(t);
    const options = [...still, "--history", postgres.connection];
    const first = await serve(t, directory, ...options);
    await openAccount(first);
    postgres.halt();
    await openAccount(first);
    await until(() => first.errors().some((line) => line.includes("history cannot be written")), "a warning");
    const ready = await fetch(`${first.url}/health/ready`);
    assert.equal(ready.status, 200);
    assert.match(String(((await ready.json()) as HealthAnswer).degraded), /history: cannot be written/);
    assert.equal(await first.end("SIGTERM"), 0);

    const without = refused(["--data", directory, "--port", "0", ...options]);
    assert.equal(without.status, 2);
    assert.match(without.errors, /PLM_FILE: --history is "postgresql:/);

    postgres.start();
    const second = await serve(t, directory, ...options);
    assert.equal(await second.end("SIGTERM"), 0);
    const history = await openHistory(postgres.connection);
    assert.equal(await history.lastSequence(), sequenceOf(second));
    assert.equal((await history.query({ table: "accounts", where: {}, limit: 10 })).length, 2);
    await history.close();
  },
);

/** A file system of its own that is soon full, for root alone. */
function smallDisk(t: TestContext, megabytes: number): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "plimsoll-options-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", directory]);
  t.after(() => {
    if (status === 0) spawnSync("umount", ["--lazy", directory]);
    rmSync(directory, { recursive: true });
  });
  return status === 0 ? directory : undefined;
}

test("on a full disk commands go on in the journal's own room; history and snapshots are told of", async (t) => {
  const disk = process.getuid?.() === 0 ? smallDisk(t, 72) : undefined;
  if (disk === undefined) return t.skip("only root can mount a small disk");
  const directory = join(disk, "venue");
  mkdirSync(directory);
  const first = await serve(t, directory, ...still);
  await openAccount(first);
  assert.throws(() => writeFileSync(join(disk, "filler"), Buffer.alloc(100 << 20)), { code: "ENOSPC" });
  const account = await openAccount(first);
  for (let i = 0; i < 40; i++) await openAccount(first);
  await until(() => first.errors().some((line) => line.includes("history cannot be written")), "a warning");
  assert.equal((await fetch(`${first.url}/health/ready`)).status, 200);
  assert.equal(await first.end("SIGTERM"), 0);
  assert.ok(
    first.errors().some((line) => line.includes("no snapshot was saved")),
    first.errors().join("\n"),
  );

  rmSync(join(disk, "filler"));
  const second = await serve(t, directory, ...still);
  assert.equal(await openAccount(second), account + 41);
  assert.equal(await second.end("SIGTERM"), 0);
  const history = await openHistory(join(directory, "history.db"));
  assert.equal(await history.lastSequence(), sequenceOf(second));
  await history.close();
});
