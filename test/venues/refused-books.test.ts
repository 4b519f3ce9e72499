import assert from "node:assert/strict";
import { test } from "node:test";
import { type Portfolio } from "../../src/market/index.ts";
import { type MarginModel } from "../../src/risk/index.ts";
import {
  aaveV3Model,
  driftV2Model,
  driftV2Sheet,
  dydxV4Model,
  dydxV4Sheet,
  hyperliquidCrossModel,
  hyperliquidMainnetSheet,
  hyperliquidPortfolioModel,
  mangoV4Model,
  morphoBlueModel,
} from "../../src/risk/venues/index.ts";
import { book, roundMarket } from "./round-market.ts";

const everyModel = [
  aaveV3Model(),
  morphoBlueModel(),
  mangoV4Model(),
  driftV2Model(),
  hyperliquidCrossModel(),
  hyperliquidPortfolioModel(),
  dydxV4Model(),
];

const unsupported: readonly {
  name: string;
  portfolio: Portfolio;
  models: readonly MarginModel[];
  word: RegExp;
}[] = [
  {
    name: "a dated future",
    portfolio: book([["USDC", 1_000]], [["BTC-FUTURE", 1]]),
    models: everyModel,
    word: /BTC-FUTURE/,
  },
  {
    name: "an order on a dated future",
    portfolio: book([["USDC", 1_000]], [], [["BTC-FUTURE", 1, 100_000]]),
    models: everyModel,
    word: /BTC-FUTURE/,
  },
  {
    name: "a perpetual at a lender",
    portfolio: book([["USDC", 1_000]], [["BTC-PERP", 1]]),
    models: everyModel.slice(0, 2),
    word: /BTC perpetual/,
  },
  {
    name: "a debt that nobody lends",
    portfolio: book([
      ["USDC", 1_000],
      ["HYPE", -1],
    ]),
    models: everyModel,
    word: /HYPE is owed/,
  },
  {
    name: "a perpetual that the sheet does not list",
    portfolio: book([["USDC", 1_000]], [["SOL-PERP", 1]]),
    models: [
      driftV2Model({ sheet: { ...driftV2Sheet, perpMarkets: [] } }),
      hyperliquidCrossModel({
        sheet: { ...hyperliquidMainnetSheet, marginTables: hyperliquidMainnetSheet.marginTables.slice(0, 1) },
      }),
      dydxV4Model({ sheet: { ...dydxV4Sheet, tiers: dydxV4Sheet.tiers.slice(0, 1) } }),
    ],
    word: /SOL perpetual/,
  },
];

for (const { name, portfolio, models, word } of unsupported) {
  test(`${name} is unsupported and named`, () => {
    for (const model of models) {
      const result = model.margin(portfolio, roundMarket());
      assert.equal(result.status, "unsupported", model.id);
      assert.ok(
        result.diagnostics.some(({ id, message }) => id === "unsupported-position" && word.test(message)),
        model.id,
      );
    }
  });
}

test("an empty book needs nothing anywhere", () => {
  for (const model of everyModel) {
    const result = model.margin(book([]), roundMarket());
    assert.deepEqual(
      [result.status, result.equity, result.initialMargin, result.maintenanceMargin],
      ["complete", 0, 0, 0],
      model.id,
    );
  }
});
