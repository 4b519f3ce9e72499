import assert from "node:assert/strict";
import { test } from "node:test";
import { publishedPortfolioMarginFull } from "./published-derive.ts";

const grids = {
  plain: [
    [1.2, "Up", 1],
    [0.8, "NONE", 1],
    [0.8, "Down", 0.5],
  ],
};
const perp = { size: 2, price: 100, confidence: 1 };

test("what is absent is zero or off", () => {
  assert.deepEqual(publishedPortfolioMarginFull({ grid: "plain", cash: 1_000, spot: 100, perp }, grids), {
    netIM: "960",
    netMM: "960",
    markToMarket: "0",
    worstScenarioPnl: "-40",
    worstIndex: 1,
  });
});

test("a grid may be given in place, and numbers as strings", () => {
  const inputs = {
    grid: [["0.5", "None"]],
    cash: "0.000000000000000001",
    spot: "100",
    perp: { ...perp, unrealisedPnl: 5, funding: -1 },
    params: { margin: { imFactor: 2, mmFactor: "0.5" }, other: { mmPerp: 0.01, imPerpExtra: 0.02 } },
  };
  assert.deepEqual(publishedPortfolioMarginFull(inputs, {}), {
    netIM: "-201.999999999999999999",
    netMM: "-47.999999999999999999",
    markToMarket: "0",
    worstScenarioPnl: "-100",
    worstIndex: 0,
  });
});

test("a book that nothing moves has the basis contingency as its worst, or any row that ties", () => {
  const inputs = { grid: "plain", cash: 10, spot: 100 };
  assert.equal(publishedPortfolioMarginFull(inputs, grids).worstIndex, "basis");
  assert.equal(publishedPortfolioMarginFull(inputs, grids, { worstIndex: 2 }).worstIndex, 2);
  assert.equal(publishedPortfolioMarginFull(inputs, grids, { worstIndex: "2" }).worstIndex, 2);
  const moved = { ...inputs, perp };
  assert.equal(publishedPortfolioMarginFull(moved, grids, { worstIndex: 2 }).worstIndex, 1);
  assert.equal(publishedPortfolioMarginFull(moved, grids, { worstIndex: "basis" }).worstIndex, 1);
});

test("days of the term floor are taken to the nearest second", () => {
  const option = { secondsToExpiry: 60, strike: 100, call: true, size: -1, vol: 0.5, forward: 100 };
  const book = (dteFloorDays: number | string) => ({
    grid: [[1, "Up", 1]],
    cash: 0,
    spot: 100,
    options: [option],
    params: { vol: { up: 1, shortPower: 0.5, dteFloorDays } },
  });
  // An hour: the float64 nearest to a 24th is below it.
  const hour = publishedPortfolioMarginFull(book(1 / 24), {});
  assert.deepEqual(hour, publishedPortfolioMarginFull(book("0.041666666666666667"), {}));
  assert.notDeepEqual(hour, publishedPortfolioMarginFull(book("0.0416550925"), {}));
});

test("malformed inputs are refused by name", () => {
  const refused: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ grid: "nowhere" }, /PLM_FIELD: grid/],
    [{ grid: [[1, "Sideways", 1]] }, /PLM_FIELD: grid\[0\]/],
    [{ grid: "plain", cash: "ten" }, /PLM_DOMAIN: cash/],
    [{ grid: "plain", params: 3 }, /PLM_FIELD: params/],
    [{ grid: "plain", spot: true }, /PLM_FIELD: spot/],
  ];
  for (const [inputs, message] of refused) {
    assert.throws(() => publishedPortfolioMarginFull(inputs, grids), message);
  }
});
