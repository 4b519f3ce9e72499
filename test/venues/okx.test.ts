import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  type OkxAccountInputs,
  okxPortfolioModel,
  okxSheet,
  readOkxSheet,
} from "../../src/risk/venues/index.ts";
import { spotInUse } from "../../src/risk/venues/okx/risk-unit-margin.ts";
import { assertExplained, book, buyOrder, close, find, missing, smallMarket } from "./small-market.ts";

const market = smallMarket();
const model = okxPortfolioModel();
const margin = (
  balances: Record<string, number>,
  positions: Record<string, number>,
  inputs: OkxAccountInputs = {},
) => okxPortfolioModel(okxSheet, inputs).margin(book(balances, positions), market);

test("the sheet in params/ is the built-in one", () => {
  const text = readFileSync(new URL("../../params/venues/okx.json", import.meta.url), "utf8");
  assert.deepEqual(readOkxSheet(JSON.parse(text)), okxSheet);
});

test("a linear perpetual: 12 % of MR1 and 0.2 % of basis, times 1.3 to open", () => {
  const result = margin({ USDT: 100 }, { "BTC-PERP-USDT": -1 });
  close(result.maintenanceMargin, 12 + 0.2);
  close(result.initialMargin, 1.3 * 12.2);
  close(find(result.components, "mr6-BTC").maintenance, 12);
  close(find(result.components, "mr7-BTC").maintenance, 0.45);
  assert.equal(result.status, "complete");
  assert.equal(result.worst?.label, "BTC +12%, volatility same");
  assert.equal(result.scenarios?.length, 7);
  assertExplained(result);
});

test("the venue's own example response, whole: a tenth of a bitcoin short", () => {
  const there = smallMarket({ BTC: 97_049.036898 });
  const id = "BTC-PERP-USDT";
  const quotes = new Map([...there.quotes, [id, { ...there.quotes.get(id)!, mark: 97_034.243706 }] as const]);
  const result = model.margin(book({ USDT: 10_000 }, { [id]: -0.1 }), { ...there, quotes });
  const maintenance = (mr: string) => find(result.components, `${mr}-BTC`).maintenance;
  const near = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}`);
  near(maintenance("mr1"), 1164.4109244719994);
  near(maintenance("mr4"), 19.4098073796);
  near(maintenance("mr6"), 1164.4109244720003);
  near(maintenance("mr7"), 43.67206660410001);
  near(result.maintenanceMargin, 1183.8207318516002);
  near(result.initialMargin, 1538.9669514070802);
  assert.equal(result.status, "complete");
  for (const [at, pnl] of [
    1164.41092447, 776.27394965, 388.13697482, 0, -388.13697482, -776.27394965,
  ].entries()) {
    near(result.scenarios?.[at]?.pnlUsd ?? Number.NaN, pnl);
  }
});

test("an inverse perpetual's coin profit is worth what coin is worth in the scenario", () => {
  close(margin({ USD: 100 }, { "BTC-INV": 10 }).maintenanceMargin, 12.2);
});

test("classes of underlyings have their own moves; what no source gives makes the result partial", () => {
  const result = margin({ USDT: 100 }, { "XYZ-PERP": 1 });
  close(result.maintenanceMargin, 2.5);
  assert.equal(missing(result).length, 2);
  const sheet = {
    ...okxSheet,
    classes: [
      {
        ...okxSheet.classes[2]!,
        basisMinimum: 0.02,
        minimumChargeRate: 0.01,
        minimumChargeTiers: [{ upToUsd: 1e9, multiplier: 1 }],
      },
    ],
  };
  const given = okxPortfolioModel(sheet).margin(book({ USDT: 100 }, { "XYZ-PERP": 1 }), market);
  assert.equal(given.status, "complete");
  close(given.maintenanceMargin, 2.5 + 0.2);
});

test("coin that is held hedges a short, up to the amount held", () => {
  const hedged = margin({ BTC: 1 }, { "BTC-PERP-USDT": -1 }, { discountRate: [{ name: "BTC", value: 1 }] });
  close(find(hedged.components, "mr1-BTC").maintenance, 0);
  close(hedged.maintenanceMargin, 0.45, "the minimum charge is left");
  const half = margin({ BTC: 0.5 }, { "BTC-PERP-USDT": -1 }, { discountRate: [{ name: "BTC", value: 1 }] });
  close(find(half.components, "mr1-BTC").maintenance, 6);
  assertExplained(half);
});

for (const [delta, holding, used] of [
  [-2, 5, 2],
  [-2, 1, 1],
  [2, 5, 0],
  [2, -1, -1],
  [2, -5, -2],
  [-2, -5, 0],
  [0, 3, 0],
] as const) {
  test(`of ${holding} coins held against a delta of ${delta}, ${used} are in use`, () => {
    assert.equal(spotInUse(delta, holding) + 0, used);
  });
}

test("a large position meets MR7's tiers", () => {
  const sheet = {
    ...okxSheet,
    classes: [{ ...okxSheet.classes[0]!, spotMoves: [0.001], extremeMove: 0.001 }],
  };
  const result = okxPortfolioModel(sheet).margin(book({ USDT: 1 }, { "BTC-PERP-USDT": 1e6 }), market);
  // Raw 450,000: 250,000 once and 200,000 twice.
  close(find(result.components, "mr7-BTC").maintenance, 650_000);
  close(result.maintenanceMargin, 650_000);
  assertExplained(result);
});

test("hedges across dollar currencies: missing without a table, charged with one", () => {
  const positions = { "BTC-PERP-USDT": 1, "BTC-PERP": -1 };
  assert.match(missing(margin({ USDT: 1 }, positions)).join(), /MR9/);
  const result = margin({ USDT: 1 }, positions, {
    stablecoinHedgeTiers: [
      { upToUsd: 60, rate: 0.01 },
      { upToUsd: 1000, rate: 0.1 },
    ],
  });
  close(find(result.components, "mr9-BTC").maintenance, 0.6 + 4);
  assert.equal(result.status, "complete");
  assertExplained(result);
});

const optionInputs: OkxAccountInputs = {
  volatilityShocks: [{ maxDays: 60, points: 0.25, relative: 0.4 }],
  mr3Usd: [{ name: "BTC", value: 1 }],
  mr5Usd: [{ name: "BTC", value: 2 }],
  optionMinimumChargeUsd: [{ name: "BTC", value: 0.5 }],
};

test("options name every missing term; with all of them the result is complete and has five volatility states", () => {
  const sold = { "BTC-C-100": -1, "BTC-P-100": -1 };
  const bare = margin({ USD: 100 }, sold);
  assert.equal(bare.status, "partial");
  assert.equal(missing(bare).length, 4);
  const full = margin({ USD: 100 }, sold, optionInputs);
  assert.equal(full.status, "complete");
  assert.equal(full.scenarios?.length, 35);
  assert.ok(full.maintenanceMargin > bare.maintenanceMargin + 3);
  assert.match(full.worst?.label ?? "", /points-up/);
  assertExplained(full);
});

test("an option that is only held loses a day's time value at least, and never more than its value", () => {
  const result = margin({ USD: 100 }, { "BTC-C-100": 1 }, optionInputs);
  assert.ok(find(result.components, "mr2-BTC").maintenance > 0);
  assert.ok(find(result.components, "mr1-BTC").maintenance < result.equity - 100);
});

test("coin as collateral wants its discount rate, debts their borrowing margin, orders a rule", () => {
  assert.match(missing(margin({ ETH: 1 }, {})).join(), /ETH: the discount rate/);
  const discounted = margin({ ETH: 1 }, {}, { discountRate: [{ name: "ETH", value: 0.9 }] });
  close(discounted.initialMargin, 1);
  assert.equal(discounted.status, "complete");
  assert.match(missing(margin({ USDT: -1 }, {})).join(), /MR8/);
  const borrowed = margin({ USDT: -1 }, {}, { borrow: { maintenance: 2, initial: 10 } });
  close(borrowed.initialMargin, 10);
  close(borrowed.maintenanceMargin, 2);
  assert.match(missing(model.margin(book({ USDT: 1 }, {}, buyOrder), market)).join(), /Resting orders/);
});

test("what the venue doesn't publish may stand in the sheet", () => {
  const sheet = readOkxSheet({ ...okxSheet, account: optionInputs });
  const sold = book({ USD: 100 }, { "BTC-C-100": -1 });
  assert.deepEqual(
    okxPortfolioModel(sheet).margin(sold, market),
    okxPortfolioModel(okxSheet, optionInputs).margin(sold, market),
  );
});

test("a sheet is refused by the path of what is wrong", () => {
  assert.throws(() => readOkxSheet({ ...okxSheet, initialFactor: 0.5 }), /PLM_FIELD: initialFactor/);
  const [first, second, ...rest] = okxSheet.classes;
  const classes = [first, { ...second, underlyings: ["BTC"] }, ...rest];
  assert.throws(() => readOkxSheet({ ...okxSheet, classes }), /PLM_DUPLICATE: classes\[1\]/);
});
