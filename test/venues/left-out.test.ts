import assert from "node:assert/strict";
import { test } from "node:test";
import { type Portfolio } from "../../src/market/index.ts";
import { parseDecimal } from "../../src/quantity/index.ts";
import { type MarginModel, type MarginResult } from "../../src/risk/index.ts";
import {
  deribitPortfolioModel,
  deribitSheet,
  deribitStandardModel,
  okxPortfolioModel,
  paradexPortfolioModel,
  simmModel,
  spanModel,
  venueModels,
} from "../../src/risk/venues/index.ts";
import { book, buyOrder, close, missing, smallMarket } from "./small-market.ts";

// What a model leaves out of a book, it says.

const market = smallMarket();
const saying = ({ diagnostics }: MarginResult, wanted: string): string =>
  diagnostics
    .filter(({ id }) => id === wanted)
    .map(({ message }) => message)
    .join(" ");

const perpOrder = book({ USDC: 1_000 }, { "BTC-PERP": 1 }, buyOrder);
const spotOrder = book({ USDC: 1_000 }, {}, [{ instrument: "BTC-SPOT", size: parseDecimal(1), price: 90 }]);

/** These venues margin resting orders, and the requirement grows with them. */
const marginsOrders = (model: MarginModel, portfolio: Portfolio): boolean =>
  model.margin(portfolio, market).initialMargin >
  model.margin({ ...portfolio, orders: [] }, market).initialMargin;

for (const model of venueModels()) {
  test(`${model.id}: resting orders are margined, refused, or named as left out`, () => {
    for (const portfolio of [perpOrder, spotOrder]) {
      const result = model.margin(portfolio, market);
      assert.ok(
        result.status === "unsupported" ||
          marginsOrders(model, portfolio) ||
          saying(result, "orders-ignored") !== "" ||
          /orders/i.test(saying(result, "missing-term")),
        JSON.stringify(result.diagnostics),
      );
    }
  });
}

const borrowed = book({ USDC: -20, BTC: -0.1, ETH: 6 }, {});

for (const model of [
  deribitPortfolioModel(),
  deribitStandardModel(),
  okxPortfolioModel(),
  paradexPortfolioModel(),
]) {
  test(`${model.id}: debts and coin without a published rule make the result partial`, () => {
    const result = model.margin(borrowed, market);
    assert.equal(result.status, "partial");
    const said = missing(result).join(" ");
    for (const asset of ["BTC", "ETH"]) assert.match(said, new RegExp(asset));
  });
}

for (const model of [spanModel(), simmModel()]) {
  test(`${model.id}: a method of positions alone says that it cuts no coin and asks nothing of debts`, () => {
    const result = model.margin(borrowed, market);
    assert.equal(result.status, "complete");
    assert.match(
      saying(result, "positions-only"),
      /ETH held without a haircut; BTC, USDC owed without a margin/,
    );
    assert.equal(saying(model.margin(book({ USDC: 100 }, { "BTC-PERP": 1 }), market), "positions-only"), "");
  });
}

test("Deribit: one currency is a segregated account, more than one cross collateral with haircuts", () => {
  for (const model of [deribitPortfolioModel(), deribitStandardModel()]) {
    assert.deepEqual(missing(model.margin(book({ BTC: 1 }, { "BTC-INV": 10 }), market)), []);
    assert.deepEqual(missing(model.margin(book({ USDC: 9, USDT: 1 }, { "BTC-PERP": 1 }), market)), []);
    const cross = model.margin(book({ BTC: 1 }, { "BTC-PERP": 1 }), market);
    assert.match(missing(cross).join(), /BTC: the haircut as cross collateral/);
  }
  const sheet = { ...deribitSheet, collateralHaircut: [{ name: "BTC", value: 0.1 }] };
  const cut = deribitStandardModel(sheet).margin(book({ BTC: 1 }, { "BTC-PERP": 1 }), market);
  close(cut.initialMargin, 2.005 + 10);
  assert.equal(cut.status, "complete");
  const own = deribitStandardModel(sheet, { collateralHaircut: [{ name: "BTC", value: 0.2 }] });
  close(own.margin(book({ BTC: 1 }, { "BTC-PERP": 1 }), market).initialMargin, 2.005 + 20);
});

test("Deribit: coin of a spot position is collateral like a balance", () => {
  const model = deribitStandardModel(deribitSheet, { collateralHaircut: [{ name: "ETH", value: 0.5 }] });
  close(model.margin(book({ USDC: 10 }, { "ETH-SPOT": 2 }), market).initialMargin, 10);
});

test("collateral that a venue does not take is named with its value", () => {
  const held = book({ USDC: 1_000, XYZ: 3 }, { "BTC-PERP": 1 });
  for (const id of ["dydx-v4", "hyperliquid-cross", "hyperliquid-portfolio", "mango-v4", "drift-v2"]) {
    const model = venueModels().find((candidate) => candidate.id === id);
    assert.ok(model);
    const result = model.margin(held, market);
    assert.match(saying(result, "uncounted-collateral"), /^XYZ \(30\.00 USD\): /, id);
    const without = model.margin(book({ USDC: 1_000 }, { "BTC-PERP": 1 }), market);
    close(result.initialMargin - without.initialMargin, 30, id);
    assert.equal(saying(without, "uncounted-collateral"), "", id);
  }
  for (const id of ["derive-pm1", "derive-pm2", "derive-standard"]) {
    const model = venueModels().find((candidate) => candidate.id === id);
    const result = model?.margin(held, market);
    assert.match(result ? saying(result, "uncounted-collateral") : "", /^XYZ \(30\.00 USD\): /, id);
  }
});
