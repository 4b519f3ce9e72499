import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { recover } from "../../src/service/clearinghouse/index.ts";
import { openEmbeddedLog } from "../../src/service/journal/index.ts";
import {
  findSources,
  isConserved,
  type ReplayResult,
  runReplay,
} from "../../src/service/population/index.ts";
import { replayRequest } from "../../src/cli/clearing/replay.ts";
import { replayJson } from "../../src/cli/clearing/replay-json.ts";
import { replayText } from "../../src/cli/clearing/replay-text.ts";
import { PlimsollError } from "../../src/quantity/error.ts";
import { spanHours, startMs, writeRecordings } from "./replay-recordings.ts";

const folder = mkdtempSync(join(tmpdir(), "plimsoll-replay-"));
after(() => rmSync(folder, { recursive: true }));
const full = join(folder, "full");
const bare = join(folder, "bare");
for (const [path, chains] of [
  [full, true],
  [bare, false],
] as const) {
  mkdirSync(path);
  writeRecordings(path, { chains });
}

const span = { fromMs: startMs, toMs: startMs + spanHours * 3_600_000 - 1 };
const marginParameters = JSON.stringify(
  JSON.parse(readFileSync(new URL("../../params/plimsoll-margin.json", import.meta.url), "utf8")),
).replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

async function replay(path: string, seed: number, more: object = {}): Promise<ReplayResult> {
  const found = await findSources(path, { ...span, coins: 3 });
  return runReplay({
    found,
    ...span,
    traders: 120,
    seed,
    portfolioShare: 0.1,
    strikesPerExpiry: 5,
    speed: Infinity,
    marginParameters,
    ...more,
  });
}

test("the finest table of each coin is taken, the others are named with a reason", async () => {
  const { used, leftOut, finestGrainMs, feeds } = await findSources(full, { ...span, coins: 3 });
  const of = (coin: string): string[] =>
    used.filter((one) => one.coin === coin).map(({ role, file }) => `${role} ${file}`);
  assert.deepEqual(of("BTC"), [
    "chain options_chain/2026-02.csv.gz",
    "perpetual perp_5m_made_up/BTCUSDT.csv.gz",
    "funding funding_rates.csv.gz",
  ]);
  assert.deepEqual(of("ETH"), [
    "chain options_chain/2026-02.csv.gz",
    "perpetual perp_5m_made_up/ETHUSDT.csv.gz",
  ]);
  assert.deepEqual(of("SOL"), ["perpetual perp_1h_cross_section.csv.gz"]);
  assert.equal(finestGrainMs, 300_000);
  assert.deepEqual([...feeds], ["BTC", "ETH", "SOL"]);
  const reasons = new Map(leftOut.map(({ what, why }) => [what, why]));
  assert.equal(reasons.get("fear.csv.gz"), "no prices of a coin, funding or option chains");
  assert.equal(
    reasons.get("BTC of perp_1h_made_up/BTCUSDT.csv.gz"),
    "perpetual: a finer or longer table is there",
  );
  assert.equal(reasons.get("1 further coins: DOGE"), "--coins is 3");
});

test("a folder without prices of the span, or none, is a mistake that says so", async () => {
  const empty = { fromMs: 0, toMs: 1_000, coins: 3 };
  await assert.rejects(
    findSources(full, empty),
    (error: unknown) => error instanceof PlimsollError && error.code === "PLM_FEED",
  );
  const missing = findSources(join(folder, "nowhere"), { ...span, coins: 3 });
  await assert.rejects(
    missing,
    (error: unknown) => error instanceof PlimsollError && error.code === "PLM_FILE",
  );
  const other = findSources(join(import.meta.dirname, "../docs"), { ...span, coins: 3 });
  await assert.rejects(other, (error: unknown) => {
    assert.ok(error instanceof PlimsollError && error.code === "PLM_FEED");
    assert.match(error.remedy, /name another folder/);
    return true;
  });
});

const roots = new Map<string, string>();

test("a crash at a venue: trades in every product, margin calls, expiries, money conserved", async () => {
  const result = await replay(full, 1);
  const { tally, last, machine, conservation } = result;
  roots.set("full 1", result.stateRoot);
  for (const one of conservation) assert.ok(isConserved(one), one.asset);
  assert.ok(conservation.some(({ heldUnits }) => heldUnits > 0n));
  assert.ok(tally.products.perpetual.trades > 100);
  assert.ok(tally.products.option.trades > 20);
  assert.ok(tally.products.option.blockTrades > 0);
  assert.ok(tally.margin.calls > 0);
  assert.ok(tally.settlements >= 4 && tally.settledPositions > 0);
  assert.ok(last.byMode.isolated > 0 && last.byMode.cross > 0 && last.byMode.portfolio > 0);
  assert.ok((tally.rejections.get("placeOrder insufficientMargin") ?? 0) > 0);
  // What the population was refused is what a venue refuses: nothing malformed, unknown or unauthorised.
  for (const what of tally.rejections.keys()) {
    assert.match(
      what,
      /insufficientMargin|insufficientBalance|reduceOnly|outsidePriceBand|wouldTake|noPrice|overBorrowLimit|overPositionLimit/,
    );
  }
  // Calls come with the fall.
  const calm = [...tally.margin.byHour].filter(([ms]) => ms < startMs + 2.5 * 3_600_000);
  assert.ok(calm.reduce((sum, [, n]) => sum + n, 0) < tally.margin.calls / 4);
  assert.equal(machine.engine.stores.requests.size, 0);
});

test("the same seed gives the same state root, through a journal too; another seed another", async () => {
  const log = await openEmbeddedLog({ directory: join(folder, "journal"), create: true });
  const again = await replay(full, 1, { log });
  assert.equal(again.stateRoot, roots.get("full 1"));
  const { machine } = await recover(log, { atMost: 0 });
  assert.equal(Buffer.from(machine.stateRoot()).toString("hex"), again.stateRoot);
  await log.close();
  const other = await replay(bare, 2, { traders: 40 });
  assert.notEqual(other.stateRoot, again.stateRoot);
});

test("without option chains those who would trade options trade perpetuals, and the report says so", async () => {
  const found = await findSources(bare, { ...span, coins: 3 });
  const result = await replay(bare, 1, { traders: 60 });
  assert.equal(result.tally.products.option.trades, 0);
  assert.ok(result.population.traders.every(({ temperament }) => temperament !== "straddleSeller"));
  const request = replayRequest(bare, { traders: "60" });
  const text = replayText(request, found, result, {});
  assert.match(text, /assumed: no option chains in the span/);
  assert.match(text, /is liquidated as docs\/liquidation\.md says/);
  assert.match(text, /exactly 0 units in each of/);
  const data = JSON.parse(JSON.stringify(replayJson(request, found, result)));
  assert.equal(data.stateRoot, result.stateRoot);
  assert.equal(data.commands, result.machine.sequence);
  assert.match(text, new RegExp(`state root after .*: ${result.stateRoot}`));
});

test("arguments out of range are refused by name", () => {
  const field = (options: object): string => {
    try {
      replayRequest("data", options);
    } catch (error) {
      return error instanceof PlimsollError ? error.field : "";
    }
    return "accepted";
  };
  assert.equal(field({}), "accepted");
  assert.equal(field({ from: "2026-02-05T14:30", to: "2026-02-05T15:00Z" }), "accepted");
  assert.equal(field({ from: "2026-02-01", to: "2026-02-01" }), "accepted");
  assert.equal(field({ from: "yesterday" }), "--from");
  assert.equal(field({ from: "2026-02-30", to: "2026-03-05" }), "--from");
  assert.equal(field({ to: "2026-02-29T10:00" }), "--to");
  assert.equal(field({ from: "2026-02-05", to: "2026-02-04" }), "--to");
  assert.equal(field({ traders: "0" }), "--traders");
  assert.equal(field({ portfolio: "101" }), "--portfolio");
  assert.equal(field({ seed: "1.5" }), "--seed");
  assert.equal(field({ speed: "fast" }), "--speed");
});

const data = join(import.meta.dirname, "../../../shared/data");
if (existsSync(data)) {
  test("recorded: two hours of the fall of 5 February 2026", async () => {
    const recorded = { fromMs: Date.UTC(2026, 1, 5, 21), toMs: Date.UTC(2026, 1, 5, 23) };
    const found = await findSources(data, { ...recorded, coins: 3 });
    const options = {
      traders: 200,
      seed: 1,
      portfolioShare: 0.1,
      strikesPerExpiry: 5,
      speed: Infinity,
      marginParameters,
    };
    const result = await runReplay({ found, ...recorded, ...options });
    for (const one of result.conservation) assert.ok(isConserved(one), one.asset);
    assert.equal(result.surfaces, 2);
    assert.ok(result.tally.products.option.trades > 0 && result.tally.margin.calls > 0);
  });
} else {
  test("recorded markets: not run, ../shared/data is not beside the repository", (t) => {
    t.skip();
  });
}
