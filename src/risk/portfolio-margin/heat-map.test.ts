import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { syntheticMarket } from "../../market/synthetic-market.ts";
import { parseDecimal } from "../../quantity/index.ts";
import { parseMarginParameters } from "../parameters/parameters-document.ts";
import { heatMap } from "./heat-map.ts";
import { preparePortfolioMargin } from "./model.ts";
import { jointMatrix } from "./scenario-matrix.ts";

const parameters = parseMarginParameters(
  readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);
const market = syntheticMarket({ seed: 1, asOfMs: 1_767_225_600_000, size: "small" });
const prepared = preparePortfolioMargin({ market, parameters });
const option = [...market.instruments.values()].find(
  ({ kind, underlying, id }) => kind === "option" && underlying === "BTC" && id.endsWith("-C"),
);

test("a heat map is zero at no move, linear for coins, and long volatility gains when it rises", () => {
  assert.ok(option);
  const book = {
    name: "test",
    balances: [
      { asset: "ETH", amount: parseDecimal(3) },
      { asset: "BTC", amount: parseDecimal(2) },
    ],
    positions: [{ instrument: option.id, size: parseDecimal(1) }],
    orders: [],
  };
  const axes = { underlying: "BTC", spotMoves: [-0.5, 0, 0.5], volMoves: [-0.5, 0, 0.5] };
  const { pnlUsd } = heatMap(prepared.matrix, book, axes);
  assert.equal(pnlUsd[1]![1], 0);
  assert.ok(pnlUsd[2]![1]! > 0 && pnlUsd[0]![1]! < 0);
  const coins = heatMap(prepared.matrix, { ...book, positions: [] }, axes).pnlUsd;
  const priceUsd = market.assets.get("BTC")!.priceUsd;
  for (const row of coins) assert.deepEqual(row, [-priceUsd, 0, priceUsd]);
});

test("the dense matrix holds the rows of the items, in order", () => {
  assert.ok(option);
  const { items, matrix, scenarios } = jointMatrix(prepared.matrix, ["USDC", "BTC"], [option.id]);
  assert.deepEqual(items, ["BTC", "USDC", option.id]);
  assert.equal(matrix.pnlUsd.length, 3 * scenarios.length);
  const row = prepared.matrix.instrumentRow(option.id)!.joint;
  assert.deepEqual(matrix.pnlUsd.slice(2 * scenarios.length), row);
});
