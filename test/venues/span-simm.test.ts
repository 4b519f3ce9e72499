import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { black76Greeks } from "../../src/pricing/index.ts";
import {
  readSimmSheet,
  readSpanSheet,
  simmModel,
  simmSheet,
  spanModel,
  spanSheet,
} from "../../src/risk/venues/index.ts";
import { curvatureMargin, curvatureScale } from "../../src/risk/venues/simm/curvature.ts";
import { spanScenarios } from "../../src/risk/venues/span/margin-model.ts";
import { assertExplained, book, close, find, smallMarket, vol } from "./small-market.ts";

const market = smallMarket();
const span = spanModel();
const simm = simmModel();

test("the sheets in params/ are the built-in ones", () => {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(new URL(`../../params/venues/${name}.json`, import.meta.url), "utf8"));
  assert.deepEqual(readSpanSheet(read("span")), spanSheet);
  assert.deepEqual(readSimmSheet(read("simm")), simmSheet);
});

test("SPAN: sixteen scenarios, the last two extreme and covered in part", () => {
  const scenarios = spanScenarios(spanSheet);
  assert.equal(scenarios.length, 16);
  assert.deepEqual(
    scenarios.map(({ price, vol: state }) => [Math.round(price * 3), state]),
    [
      [0, 1],
      [0, -1],
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
      [2, 1],
      [2, -1],
      [-2, 1],
      [-2, -1],
      [3, 1],
      [3, -1],
      [-3, 1],
      [-3, -1],
      [6, 0],
      [-6, 0],
    ],
  );
  assert.equal(scenarios[15]?.cover, 0.33);
});

test("SPAN: a long perpetual is scanned over its range, the first of equal scenarios is the worst", () => {
  const result = span.margin(book({ USDC: 100 }, { "BTC-PERP": 1 }), market);
  close(result.maintenanceMargin, 15);
  close(result.initialMargin, 16.5);
  assert.equal(result.worst?.id, "span-13");
  assertExplained(result);
});

test("SPAN: a calendar pays for its spread, opposite deltas of two underlyings get their credit", () => {
  const calendar = span.margin(book({ BTC: 1 }, { "BTC-INV": 10, "BTC-FUT": -10 }), market);
  close(calendar.maintenanceMargin, 1);
  const pair = span.margin(book({ USDC: 100 }, { "BTC-PERP": 1, "ETH-PERP": -10 }), market);
  close(find(pair.components, "credit-BTC").maintenance, -7.5);
  close(find(pair.components, "credit-ETH").maintenance, -10);
  close(pair.maintenanceMargin, 15 + 20 - 17.5);
  assertExplained(pair);
  const same = span.margin(book({ USDC: 100 }, { "BTC-PERP": 1, "ETH-PERP": 10 }), market);
  close(same.maintenanceMargin, 35);
});

test("SPAN: a far short option pays its minimum, a bought one never more than its value", () => {
  const short = span.margin(book({ USDC: 100 }, { "BTC_USDC-C-200": -1 }), market);
  close(short.maintenanceMargin, 0.5);
  assertExplained(short);
  const long = span.margin(book({ USDC: 100 }, { "BTC_USDC-C-120": 1 }), market);
  assert.ok(long.initialMargin <= long.equity - 100 + 1e-9);
});

test("SIMM: delta of one and of two underlyings", () => {
  close(simm.margin(book({ USDC: 100 }, { "BTC-PERP": 1 }), market).initialMargin, 25);
  const pair = simm.margin(book({ USDC: 100 }, { "BTC-PERP": 1, "ETH-PERP": -10 }), market);
  close(pair.initialMargin, Math.sqrt(25 * 25 + 32 * 32 - 2 * 0.7 * 25 * 32));
  assert.equal(pair.maintenanceMargin, pair.initialMargin);
  assertExplained(pair);
});

test("SIMM: concentration beyond the threshold grows with the root", () => {
  // 1 % of 100 dollars is 1 dollar: 4 × the threshold.
  const result = simm.margin(book({ USDC: 1 }, { "BTC-PERP": 4e7 }), market);
  close(result.initialMargin / 1e9, 2);
});

test("SIMM: vega and curvature of an option sold; a bought one has no curvature risk", () => {
  const input = { optionType: "call", forward: 100, strike: 120, expiryYears: 30 / 365, vol } as const;
  const risk = black76Greeks(input).vega * vol;
  const sold = simm.margin(book({ USDC: 1 }, { "BTC_USDC-C-120": -1 }), market);
  close(find(sold.components, "vega").initial, 0.5 * risk);
  const cvr = risk * 0.5 * (14 / 30);
  close(find(sold.components, "curvature").initial, cvr + (2.5758293035489004 ** 2 - 1) * cvr);
  const bought = simm.margin(book({ USDC: 1 }, { "BTC_USDC-C-120": 1 }), market);
  close(find(bought.components, "vega").initial, 0.5 * risk);
  close(find(bought.components, "curvature").initial, 0);
});

test("SIMM: curvature scales with time and nets between buckets", () => {
  assert.equal(curvatureScale(7, 14), 0.5);
  assert.equal(curvatureScale(28, 14), 0.25);
  assert.equal(curvatureScale(0, 14), 0.5);
  assert.equal(curvatureMargin([], 0.5).margin, 0);
  close(curvatureMargin([-2, -1], 1).margin, 0);
  assert.ok(curvatureMargin([2, -1], 0.5).margin < curvatureMargin([2], 0.5).margin);
});

test("sheets are refused by the path of what is wrong", () => {
  assert.throws(() => readSpanSheet({ ...spanSheet, extremeMultiple: 5 }), /PLM_DOMAIN: commodities/);
  assert.throws(() => readSimmSheet({ ...simmSheet, tenorDays: [30, 14] }), /tenorDays\[1\]/);
});
