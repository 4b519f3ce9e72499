import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { auctionBidCommand, auctionWatchCommand } from "../src/cli/clearing/auction.ts";
import { fundCommand } from "../src/cli/clearing/fund.ts";
import { liquidationsCommand } from "../src/cli/clearing/liquidations.ts";
import { stressCommand } from "../src/cli/clearing/stress.ts";
import { type ClearingEvent, type Command } from "../src/clearing/index.ts";
import { type SigningKey } from "../src/service/signatures/index.ts";
import { type AuctionView } from "../src/service/views/index.ts";
import { ServedVenue } from "./service/api-client.ts";
import { inAuction } from "./service/default-scene.ts";
import { keys } from "./service/venue.ts";

const folder = mkdtempSync(join(tmpdir(), "plimsoll-edge-"));
let served: ServedVenue;
let url = "";
const must = (signer: SigningKey, command: Command): Promise<readonly ClearingEvent[]> =>
  served.venue.must(signer, command);

/** A file with somebody's secret. */
function secret(name: string, digits: string): string {
  const file = join(folder, name);
  writeFileSync(file, `${digits.repeat(32)}\n`);
  return file;
}

before(async () => {
  delete process.env["PLIMSOLL_KEY"];
  served = await ServedVenue.start({ realClock: true, limits: { cacheMs: 0 } });
  ({ url } = served.api);
  await inAuction(served.venue, must);
});
after(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
});

test("who bids for an account of their own is told that nobody may, not to ask for a role", async () => {
  const other = await served.venue.openAccount(keys.stranger);
  const key = secret("stranger", "04");
  const { text, exitCode } = await auctionBidCommand("1", { url, key, account: String(other) });
  assert.equal(exitCode, 1);
  assert.match(
    text,
    new RegExp(`^Refused \\(notAuthorized\\): account ${other} has the same owner as account \\d+, `),
  );
  assert.match(text, /nobody bids for an account of their own/);
  assert.doesNotMatch(text, /admin|role/);
  // It is about the key when it is about the key.
  const alices = { url, key: secret("alice", "02"), account: String(served.venue.bob) };
  const foreign = await auctionBidCommand("1", alices);
  assert.match(foreign.text, /must be its owner, or a key with canTrade/);
});

test("stakes are asked for with a key: what is missing is named, and how to give it", async () => {
  await assert.rejects(fundCommand({ url, account: "7" }), {
    code: "PLM_USAGE",
    field: "--key",
    message: /must be a key of account 7.* --key FILE, .*PLIMSOLL_KEY.*leave out --account/s,
  });
  assert.match(
    (await fundCommand({ url })).text,
    /^Nobody has staked anything\. The cooldown is 10 days\.$/m,
  );
});

test("options that cannot be meant are refused by name, and bounded", async () => {
  const code = "PLM_USAGE";
  const key = secret("alice", "02");
  const both = { url, key, maxPaid: "1", minReceived: "1", dryRun: true };
  await assert.rejects(auctionBidCommand("1", both), { code, field: "--min-received" });
  for (const amount of ["x", "-5", "0", "1e3"]) {
    await assert.rejects(auctionBidCommand("1", { url, maxPaid: amount, dryRun: true }), {
      code,
      field: "--max-paid",
    });
    await assert.rejects(auctionBidCommand("1", { url, minReceived: amount, dryRun: true }), {
      code,
      field: "--min-received",
    });
  }
  await assert.rejects(auctionBidCommand("1", { url, sessionKey: true, dryRun: true }), {
    code,
    field: "--session-key",
  });
  await assert.rejects(fundCommand({ url, sessionKey: true }), { code, field: "--session-key" });
  for (const past of ["10001", "99999999999", "x"]) {
    await assert.rejects(liquidationsCommand({ url, past }), { code, field: "--past" });
  }
  for (const option of [{ traders: "5" }, { seed: "1" }, { fund: "10" }]) {
    await assert.rejects(stressCommand(url, option), { code, field: `--${Object.keys(option)[0]}` });
  }
});

test("a bid that is guarded too tightly is told by how much, in money", async () => {
  // One client at a time per key: another one's than above.
  const key = secret("bob", "03");
  const { text } = await auctionBidCommand("1", { url, key, share: "0.1", minReceived: "100000" });
  assert.match(text, /^Refused \(auctionMoved\): minReceivedUnits must be \d+(\.\d+)? USDC\./);
});

test("of a halted venue it is told, and an auction's start is that of its price", async () => {
  await must(keys.officer, { type: "setVenueStatus", status: "halted" });
  const notes = /The venue is halted: nobody can bid, and auctions begin anew when it reopens\./;
  assert.match((await auctionWatchCommand({ url })).text, notes);
  assert.match(
    (await liquidationsCommand({ url })).text,
    /The venue is halted: until it reopens only deposits/,
  );
  const read = async (): Promise<AuctionView> => (await served.get<AuctionView>("/v1/auctions/1")).body;
  const halted = await read();
  assert.equal(halted.startMs, halted.timeMs, "its price stands at the beginning");
  await must(keys.officer, { type: "setVenueStatus", status: "active" });
  const reopened = await read();
  assert.ok(reopened.startMs > halted.startMs, `${reopened.startMs} is after ${halted.startMs}`);
  assert.doesNotMatch((await auctionWatchCommand({ url })).text, notes);
});

test("a watch that is interrupted tells what it saw", async () => {
  const program = join(import.meta.dirname, "..", "src", "cli", "bin.ts");
  const watch = spawn(
    process.execPath,
    ["--conditions=plimsoll-source", program, "auction", "watch", "--url", url, "--for", "60"],
    { stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 },
  );
  const text = { out: "", err: "" };
  watch.stdout.on("data", (chunk) => (text.out += String(chunk)));
  // It says when it watches, and how to end it.
  const watching = new Promise<void>((done) => {
    watch.stderr.on("data", (chunk) => {
      text.err += String(chunk);
      if (text.err.includes("Ctrl-C")) done();
    });
  });
  const ended = once(watch, "exit");
  await Promise.race([watching, ended]);
  watch.kill("SIGINT");
  const [code] = await ended;
  assert.deepEqual([code, text.err], [0, "watching for 60 s; Ctrl-C ends it sooner\n"]);
  assert.match(text.out, /^ *1 +\d+ +solvent/m);
});
