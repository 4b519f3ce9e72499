import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { paradexPortfolioModel, paradexSheet, readParadexSheet } from "../../src/risk/venues/index.ts";
import { scenarioWeight } from "../../src/risk/venues/paradex/charges.ts";
import { paradexScenarios } from "../../src/risk/venues/paradex/portfolio-model.ts";
import { assertExplained, book, close, find, missing, smallMarket } from "./small-market.ts";

const market = smallMarket();
const inputs = {
  fundingRate8h: [
    { name: "BTC", value: 0.001 },
    { name: "ETH", value: -0.002 },
  ],
  closingFeeRate: 0.0005,
};
const model = paradexPortfolioModel(paradexSheet, inputs);

test("the sheet in params/ is the built-in one", () => {
  const text = readFileSync(new URL("../../params/venues/paradex.json", import.meta.url), "utf8");
  assert.deepEqual(readParadexSheet(JSON.parse(text)), paradexSheet);
});

test("the published sheet has 24 scenarios", () => {
  const scenarios = paradexScenarios(paradexSheet);
  assert.equal(scenarios.length, 24);
  assert.equal(new Set(scenarios.map(({ id }) => id)).size, 24);
});

test("the published weights are the range over the move, rounded", () => {
  for (const { move, weight } of paradexSheet.tails) {
    assert.ok(Math.abs(scenarioWeight(move, paradexSheet.regularRange) - weight) < 0.005, `${move}`);
  }
});

test("a long perpetual: 16 % to open, half of it to keep, funding and fee on both", () => {
  const result = model.margin(book({ USDC: 100 }, { "BTC-PERP": 1 }), market);
  close(result.initialMargin, 16 + 0.1 + 0.05);
  close(result.maintenanceMargin, 8 + 0.1 + 0.05);
  assert.equal(result.status, "complete");
  assertExplained(result);
});

test("a hedged pair keeps the minimum delta and the fees", () => {
  const result = model.margin(book({ USDC: 100 }, { "BTC-PERP": 1, "BTC-PERP-USDT": -1 }), market);
  close(find(result.components, "scan-BTC").initial, 0);
  close(find(result.components, "minimum-delta-BTC").initial, 1);
  close(result.initialMargin, 1 + 0.1);
  assertExplained(result);
});

test("funding that is received reserves nothing", () => {
  const result = model.margin(book({ USDC: 100 }, { "ETH-PERP": 1 }), market);
  close(result.initialMargin, 1.6 + 0.005);
});

test("a far short call is scanned at +500 % with its weight", () => {
  const result = model.margin(book({ USDC: 100 }, { "BTC_USDC-C-200": -1 }), market);
  assert.match(result.worst?.label ?? "", /\+500%/);
  // 600 − 200 at the end of the tails, less next to nothing now.
  assert.ok(Math.abs(find(result.components, "scan-BTC").initial - 0.032 * 400) < 0.01);
  assertExplained(result);
});

test("without funding and fees the result is partial; foreign contracts are translated", () => {
  const bare = paradexPortfolioModel();
  const result = bare.margin(book({ BTC: 1 }, { "BTC-INV": 10, "BTC-FUT": -5 }), market);
  assert.equal(missing(result).length, 3);
  assert.match(missing(result).join(), /BTC: the venue's collateral is USDC/);
  assert.equal(result.diagnostics.filter(({ id }) => id === "translated").length, 2);
  close(find(result.components, "scan-BTC").initial, 8);
});

test("funding and fees may stand in the sheet", () => {
  const sheet = readParadexSheet({ ...paradexSheet, account: inputs });
  const long = book({ USDC: 100 }, { "BTC-PERP": 1 });
  assert.deepEqual(paradexPortfolioModel(sheet).margin(long, market), model.margin(long, market));
});

test("a sheet is refused by the path of what is wrong", () => {
  assert.throws(
    () => readParadexSheet({ ...paradexSheet, innerMoves: [0.2] }),
    /PLM_DOMAIN: innerMoves\[0\]/,
  );
  assert.throws(() => readParadexSheet({ ...paradexSheet, volDown: 2 }), /PLM_FIELD: volDown/);
});
