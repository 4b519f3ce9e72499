import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { auctionBidCommand, auctionWatchCommand } from "../../src/cli/clearing/auction.ts";
import { fundCommand } from "../../src/cli/clearing/fund.ts";
import { liquidationsCommand } from "../../src/cli/clearing/liquidations.ts";
import { type ClearingEvent, type Command } from "../../src/clearing/index.ts";
import { accepted, connect } from "../../src/service/client/index.ts";
import { type SigningKey } from "../../src/service/signatures/index.ts";
import { ServedVenue } from "./api-client.ts";
import { inAuction } from "./default-scene.ts";
import { keys } from "./venue.ts";

const folder = mkdtempSync(join(tmpdir(), "plimsoll-key-"));
const key = join(folder, "key");
let served: ServedVenue;
let url = "";
let target = -1;
const must = (signer: SigningKey, command: Command): Promise<readonly ClearingEvent[]> =>
  served.venue.must(signer, command);

before(async () => {
  served = await ServedVenue.start({ realClock: true });
  ({ url } = served.api);
  target = await inAuction(served.venue, must);
  // Alice's.
  writeFileSync(key, `${"02".repeat(32)}\n`);
});
after(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
});

test("plimsoll liquidations, auction watch, auction bid and fund, against a running service", async () => {
  const { venue } = served;
  const running = await liquidationsCommand({ url });
  assert.match(running.text, new RegExp(`^ *1 +${target} +auction`, "m"));
  const watched = await auctionWatchCommand({ url });
  assert.match(watched.text, new RegExp(`^ *1 +${target} +solvent +98\\.0%`, "m"));
  const asked = await auctionBidCommand("1", { url, share: "0.1", dryRun: true });
  assert.match(asked.text, /10\.0% of it would bring \d+\.\d+ USDC/);
  const greedy = await auctionBidCommand("1", { url, key, share: "0.1", minReceived: "100000" });
  assert.deepEqual([greedy.exitCode, /auctionMoved/.test(greedy.text)], [1, true], greedy.text);
  const watching = auctionWatchCommand({ url, for: "1" });
  await new Promise((done) => setTimeout(done, 200));
  const won = await auctionBidCommand("1", { url, key, account: String(venue.alice) });
  assert.match(
    won.text,
    /^Took \d+\.\d{4}% and \d+\.\d+ USDC, \d+\.\d+ better than fair value\. Durable as command \d+\.$/,
  );
  assert.match((await watching).text, /auction 1 ended: restored/);
  await assert.rejects(auctionBidCommand("1", { url, key }), { code: "PLM_UNKNOWN" });
  await venue.history.drain();
  const ended = await liquidationsCommand({ url, past: "5" });
  assert.match(ended.text, /^No account is in liquidation\./);
  assert.match(ended.text, new RegExp(`UTC +1 +${target} +restored`));
  const alice = await connect({ url, key: keys.alice });
  accepted(await alice.stakeFund({ account: venue.alice, amount: "1500" }));
  accepted(await alice.unstakeFund({ account: venue.alice, shares: "500" }));
  await alice.close();
  const fund = await fundCommand({ url, key });
  assert.match(fund.text, /^staked +1500$/m);
  assert.match(fund.text, /has 1000 shares, worth 1000 USDC\.\n500 more, worth 500, are paid out at/);
  assert.match((await fundCommand({ url })).text, /No account owes more than it has\.$/);
});

test("what cannot be is told plainly", async () => {
  const wrong = join(folder, "wrong");
  writeFileSync(wrong, "secret\n");
  const code = "PLM_USAGE";
  await assert.rejects(fundCommand({ url, key: wrong }), (error: Error) => {
    assert.doesNotMatch(error.message, /secret"/);
    return "code" in error && error.code === code;
  });
  await assert.rejects(fundCommand({ url, key: join(folder, "none") }), { code, field: "--key" });
  await assert.rejects(fundCommand({ url: "nowhere" }), { code, field: "--url" });
  await assert.rejects(auctionBidCommand("one", { url }), { code, field: "auction" });
  await assert.rejects(auctionBidCommand("1", { url, share: "2" }), { code, field: "--share" });
  await assert.rejects(liquidationsCommand({ url, past: "-1" }), { code, field: "--past" });
});

test("the program prints data for machines, and takes its key from the environment", async () => {
  const program = join(import.meta.dirname, "..", "..", "src", "cli", "bin.ts");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=plimsoll-source", program, "fund", "--url", url, "--json"],
    { env: { ...process.env, PLIMSOLL_KEY: "02".repeat(32) } },
  );
  const {
    fund,
    stakes,
  }: { readonly fund: { readonly asset: string }; readonly stakes: { readonly shares: string } } =
    JSON.parse(stdout);
  assert.deepEqual([fund.asset, stakes.shares], ["USDC", "1000"]);
});
