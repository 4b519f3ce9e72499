import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseDecimal } from "../../src/quantity/index.ts";
import { black76Price } from "../../src/pricing/index.ts";
import {
  type DeribitCurrency,
  type DeribitPair,
  deribitPortfolioModel,
  deribitSheet,
  type DeribitSheet,
  deribitStandardModel,
  readDeribitSheet,
} from "../../src/risk/venues/index.ts";
import { assertExplained, book, buyOrder, close, find, missing, smallMarket, vol } from "./small-market.ts";

const market = smallMarket();
const portfolio = deribitPortfolioModel();
const standard = deribitStandardModel();
const year30 = 30 / 365;

const withPair = (changes: Partial<DeribitPair>): DeribitSheet => ({
  ...deribitSheet,
  pairs: deribitSheet.pairs.map((pair) => ({ ...pair, ...changes })),
});
const withCurrency = (changes: Partial<DeribitCurrency>): DeribitSheet => ({
  ...deribitSheet,
  currencies: deribitSheet.currencies.map((currency) => ({ ...currency, ...changes })),
});

test("the sheet in params/ is the built-in one", () => {
  const text = readFileSync(new URL("../../params/venues/deribit.json", import.meta.url), "utf8");
  assert.deepEqual(readDeribitSheet(JSON.parse(text)), deribitSheet);
});

test("a long inverse perpetual loses in coin at the bottom of the range, and rolls at the minimum", () => {
  const result = portfolio.margin(book({ BTC: 1 }, { "BTC-INV": 10 }), market);
  const worst = (1 / 0.84 - 1) * 100;
  close(find(result.components, "worst-scenario").initial, worst);
  close(find(result.components, "roll-shock").initial, 1);
  close(result.initialMargin, worst + 1);
  close(result.maintenanceMargin, 0.8 * (worst + 1));
  assert.equal(result.status, "complete");
  assert.equal(result.worst?.label, "BTC: price -16%, volatility down");
  assert.equal(result.scenarios?.length, 27 + 8);
  assertExplained(result);
});

test("the venue's own example response, whole: 0.3145 coin of the perpetual, 0.0012 short of a future", () => {
  const held = book({ BTC: 1 }, { "BTC-INV": 3.14538364, "BTC-FUT": -0.01187534 });
  // Its figures are in coin; here a coin is 100 dollars.
  const account = { mmpMarginUsd: 6, openOrdersMarginUsd: 0.0018212 };
  const result = deribitPortfolioModel({ ...deribitSheet, account }).margin(held, market);
  close(find(result.components, "worst-scenario").initial, 5.968587238095239);
  close(find(result.components, "roll-shock").initial, 0.315725898);
  // Printed with eight digits, so compared with eight.
  const near = (actual: number, printed: number) => assert.ok(Math.abs(actual - printed) < 1e-7 * printed);
  near(find(result.components, "risk-matrix").initial, 6.284313098);
  near(result.initialMargin, 12.2861343);
  near(result.maintenanceMargin, 5.0274504784);
  assertExplained(result);
});

test("a long linear perpetual loses the range", () => {
  close(portfolio.margin(book({ USDC: 100 }, { "BTC-PERP": 1 }), market).initialMargin, 17);
});

test("a calendar of futures keeps only the roll shock, by expiry", () => {
  const result = portfolio.margin(book({ BTC: 1 }, { "BTC-INV": 10, "BTC-FUT": -10 }), market);
  close(find(result.components, "worst-scenario").initial, 0);
  const future = Math.max(Math.exp(0.075 * year30) - 1, 0.01) * 100;
  close(result.initialMargin, 1 + future);
  assertExplained(result);
});

test("the extended table scales a far short call to the edge of the range and damps it", () => {
  const short = book({ BTC: 1 }, { "BTC-C-200": -1 });
  const undamped = { ...withCurrency({ extendedDampenerUsd: 0 }), extendedMoves: [4] };
  const up = Math.max(vol * 1.5, 0.5);
  const input = { optionType: "call", strike: 200, expiryYears: year30 } as const;
  const before = black76Price({ ...input, forward: 100, vol }) / 100;
  const after = black76Price({ ...input, forward: 500, vol: up }) / 500;
  const scaled = ((after - before) * (0.16 / 4) * 5) / 1.16;
  const scenario = (sheet: DeribitSheet) =>
    deribitPortfolioModel(sheet)
      .margin(short, market)
      .scenarios?.find(({ id }) => id === "extended-plus-400")?.pnlUsd;
  close(scenario(undamped) ?? 0, -scaled * 100);
  // (|4|/0.16 − 1) × 0.1 = 2.4 dollars less.
  close(
    scenario({ ...undamped, ...withCurrency({ extendedDampenerUsd: 0.1 }), extendedMoves: [4] }) ?? 0,
    -scaled * 100 + 2.4,
  );
  assert.equal(Math.abs(scenario(deribitSheet) ?? 1), 0);
});

test("a delta-one contract has at every extended move what it has at the edge", () => {
  const result = deribitPortfolioModel(withCurrency({ extendedDampenerUsd: 0 })).margin(
    book({ BTC: 1 }, { "BTC-INV": -10 }),
    market,
  );
  const pnl = (id: string) => result.scenarios?.find((scenario) => scenario.id === id)?.pnlUsd ?? Number.NaN;
  close(pnl("extended-plus-500"), pnl("main-plus-4-vol-up"));
  close(pnl("extended-minus-66"), pnl("main-minus-4-vol-up"));
});

test("correlated currencies net with the offset, within its cap; the contingency is an input", () => {
  const both = book({ USDC: 1_000 }, { "BTC-PERP": 1, "ETH-PERP": -10 });
  const sheet = (pnlOffset: number, maxOffsetablePnlUsd: number) =>
    withCurrency({ correlationSet: true, pnlOffset, maxOffsetablePnlUsd });
  const worst = (offset: number, cap: number) =>
    find(deribitPortfolioModel(sheet(offset, cap)).margin(both, market).components, "worst-scenario").initial;
  // Down: BTC loses 16, ETH gains 18. Up: BTC gains 16, ETH loses 18.
  close(worst(0, 1e9), 18);
  close(worst(0.5, 1e9), 10);
  close(worst(0.5, 3), 15);
  const result = deribitPortfolioModel(sheet(0.5, 1e9)).margin(both, market);
  assert.equal(result.status, "partial");
  assert.match(missing(result).join(), /Correlation contingency/);
  const given = deribitPortfolioModel(sheet(0.5, 1e9), { correlationContingencyUsd: 4 }).margin(both, market);
  assert.equal(given.status, "complete");
  close(given.initialMargin - result.initialMargin, 4);
  assertExplained(given);
});

test("currencies that aren't correlated add up, gains of one don't help the other", () => {
  const both = portfolio.margin(book({ USDC: 1_000 }, { "BTC-PERP": 1, "ETH-PERP": -10 }), market);
  close(find(both.components, "worst-scenario").initial, 16 + 18);
  assert.equal(both.status, "complete");
  assertExplained(both);
});

test("coin-settled and dollar-settled contracts on one underlying net only as far as their offsets let them", () => {
  const basis = book({ BTC: 1 }, { "BTC-PERP": 1, "BTC-INV": -10 });
  const worst = (sheet: DeribitSheet) =>
    find(deribitPortfolioModel(sheet).margin(basis, market).components, "worst-scenario").initial;
  // Coin gains count nothing in the published sheet, dollar gains 40 %.
  close(worst(deribitSheet), 16);
  close(worst(withCurrency({ pnlOffset: 1, maxOffsetablePnlUsd: 1e9 })), 0);
});

test("the delta shock starts beyond its threshold and ends at its maximum rate", () => {
  const model = deribitPortfolioModel(withPair({ deltaShockThresholdUsd: 100 }));
  const shock = (size: number) =>
    find(model.margin(book({ USDC: 1 }, { "BTC-PERP": size }), market).components, "delta-shock").initial;
  close(shock(1), 0);
  close(shock(3), 2 * 0.00005 * 3 * 100);
  close(shock(1e6), 0.1 * 1e8);
});

test("inside the settlement window only what the average has not fixed moves", () => {
  const result = portfolio.margin(book({ BTC: 1 }, { "BTC-SOON": 10 }), market);
  close(find(result.components, "worst-scenario").initial, ((1 / 0.84 - 1) * 100) / 3);
});

test("orders, market-maker protection and haircuts are added to the initial margin alone", () => {
  const held = book({ BTC: 1 }, { "BTC-INV": 10 }, buyOrder);
  const bare = portfolio.margin(held, market);
  assert.match(missing(bare).join(), /resting orders/);
  const inputs = {
    openOrdersMarginUsd: 3,
    mmpMarginUsd: 2,
    collateralHaircut: [{ name: "BTC", value: 0.1 }],
  };
  const full = deribitPortfolioModel(deribitSheet, inputs).margin(held, market);
  close(full.initialMargin - bare.initialMargin, 3 + 2 + 10);
  close(full.maintenanceMargin, bare.maintenanceMargin);
  assert.equal(full.status, "complete");
  const inSheet = deribitPortfolioModel(readDeribitSheet({ ...deribitSheet, account: inputs }));
  assert.deepEqual(inSheet.margin(held, market), full);
});

test("an underlying with standard rates alone is margined at them, and the result is partial", () => {
  const sheet = { ...deribitSheet, pairs: deribitSheet.pairs.slice(0, 1) };
  const result = deribitPortfolioModel(sheet).margin(
    book({ USDC: 50 }, { "BTC-PERP": 1, "ETH-PERP": 10 }),
    market,
  );
  close(result.initialMargin, 17 + (0.02 + 0.00004) * 100);
  assert.match(missing(result).join(), /ETH: no portfolio margin parameters/);
  assertExplained(result);
});

test("an underlying without any parameters is not margined", () => {
  for (const model of [portfolio, standard]) {
    const result = model.margin(book({ USD: 1 }, { "XYZ-PERP": 1 }), market);
    assert.equal(result.status, "unsupported");
    assert.equal(result.initialMargin, 0);
  }
});

test("standard margin: each contract alone, at a rate that grows with size", () => {
  const one = standard.margin(book({ BTC: 1 }, { "BTC-INV": 10 }), market);
  close(one.initialMargin, (0.02 + 0.00005) * 100);
  close(one.maintenanceMargin, (0.01 + 0.00005) * 100);
  const calendar = standard.margin(book({ BTC: 1 }, { "BTC-INV": 10, "BTC-FUT": -10 }), market);
  close(calendar.initialMargin, 2 * one.initialMargin);
  assertExplained(calendar);
});

test("standard margin: a sold call asks for 15 % less what it is out of the money, at least 10 %; equity bears its mark", () => {
  const sold = (id: string) => standard.margin(book({ BTC: 1 }, { [id]: -2 }), market);
  close(sold("BTC-C-100").initialMargin, 2 * 15);
  close(sold("BTC-C-120").initialMargin, 2 * 10);
  close(sold("BTC-C-120").maintenanceMargin, 2 * 7.5);
  close(sold("BTC-P-80").initialMargin, 2 * 10);
  close(sold("BTC_USDC-C-100").initialMargin, 2 * 15);
});

test("standard margin: resting orders are margined as positions, bids for options at their premium", () => {
  const orders = [
    ...buyOrder,
    { instrument: "BTC-C-120", size: parseDecimal(-1), price: 0.05 },
    { instrument: "BTC-P-80", size: parseDecimal(3), price: 0.01 },
  ];
  const held = book({ USDC: 100 }, { "BTC-PERP": 1 });
  const without = standard.margin(held, market);
  const result = standard.margin({ ...held, orders }, market);
  close(result.initialMargin - without.initialMargin, 2.005 + 10 + 3);
  close(result.maintenanceMargin, without.maintenanceMargin);
  assert.equal(result.status, "complete");
  assertExplained(result);
  const given = deribitStandardModel({ ...deribitSheet, account: { openOrdersMarginUsd: 7 } });
  close(given.margin({ ...held, orders }, market).initialMargin, without.initialMargin + 7);
});

test("standard margin: a bought option's value is no margin balance", () => {
  const result = standard.margin(book({ USDC: 50 }, { "BTC-C-100": 1 }), market);
  close(result.equity - result.initialMargin, 50);
});

test("a sheet is refused by the path of what is wrong", () => {
  const broken = (change: object): unknown => ({ ...structuredClone(deribitSheet), ...change });
  assert.throws(() => readDeribitSheet(broken({ maintenanceFactor: 2 })), /PLM_FIELD: maintenanceFactor/);
  assert.throws(
    () => readDeribitSheet(broken({ schema: "plimsoll/deribit-sheet@2" })),
    /PLM_DOCUMENT_VERSION/,
  );
  assert.throws(() => readDeribitSheet(broken({ extendedMoves: [0.01] })), /PLM_DOMAIN: extendedMoves\[0\]/);
  assert.throws(
    () => readDeribitSheet(broken({ pairs: [...deribitSheet.pairs, deribitSheet.pairs[0]] })),
    /PLM_DUPLICATE: pairs\[2\]/,
  );
});
