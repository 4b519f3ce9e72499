import assert from "node:assert/strict";
import { test } from "node:test";
import { aaveEthereumSheet, aaveV3Model, morphoBlueModel } from "../../src/risk/venues/index.ts";
import { book, near, roundMarket, testBooks } from "./round-market.ts";

testBooks([
  {
    name: "Aave: ether against dollars at LTV 80.5 % and threshold 83 %",
    model: aaveV3Model(),
    portfolio: book([
      ["ETH", 10],
      ["USDC", -20_000],
    ]),
    equity: 20_000,
    initial: 40_000 * 0.195,
    maintenance: 40_000 * 0.17,
  },
  {
    name: "Aave: staked ether against ether goes into its e-mode",
    model: aaveV3Model(),
    portfolio: book([
      ["stETH", 10],
      ["ETH", -9],
    ]),
    equity: 4_000,
    initial: 40_000 * 0.07,
    maintenance: 40_000 * 0.05,
    findings: ["e-mode"],
  },
  {
    name: "Aave: the same outside any e-mode",
    model: aaveV3Model({ emode: "none" }),
    portfolio: book([
      ["stETH", 10],
      ["ETH", -9],
    ]),
    equity: 4_000,
    initial: 40_000 * 0.28,
    maintenance: 40_000 * 0.17,
  },
  {
    name: "Aave: an LTV that no source gives makes the result partial, bounded by the threshold",
    model: aaveV3Model(),
    portfolio: book([
      ["USDC", 10_000],
      ["ETH", -1],
    ]),
    status: "partial",
    equity: 6_000,
    initial: 2_200,
    maintenance: 2_200,
    findings: ["missing-term"],
  },
  {
    name: "Aave: a coin that is no reserve counts for nothing",
    model: aaveV3Model(),
    portfolio: book([
      ["ETH", 1],
      ["HYPE", 100],
    ]),
    equity: 8_000,
    initial: 4_000 * 0.195 + 4_000,
    maintenance: 4_000 * 0.17 + 4_000,
    findings: ["uncounted-collateral"],
  },
  {
    name: "Morpho: one limit opens and liquidates",
    model: morphoBlueModel(),
    portfolio: book([
      ["BTC", 1],
      ["USDC", -50_000],
    ]),
    equity: 50_000,
    initial: 14_000,
    maintenance: 14_000,
  },
  {
    name: "Morpho: two debts are isolated positions, the tighter pair first",
    model: morphoBlueModel(),
    portfolio: book([
      ["stETH", 100],
      ["ETH", -18.9],
      ["USDC", -86_000],
    ]),
    equity: 400_000 - 75_600 - 86_000,
    // 20 stETH carry the ether at 94.5 %, 25 the dollars at 86 %, and the rest counts at its best of the two.
    initial: 80_000 * 0.055 + 100_000 * 0.14 + 220_000 * 0.055,
    maintenance: 80_000 * 0.055 + 100_000 * 0.14 + 220_000 * 0.055,
    findings: ["isolated-positions"],
  },
]);

test("Aave names an e-mode that does not allow the debt", () => {
  const result = aaveV3Model({ emode: "eth-correlated", sheet: aaveEthereumSheet }).margin(
    book([
      ["stETH", 10],
      ["USDT", -1],
    ]),
    {
      ...roundMarket(),
      assets: new Map([
        ...roundMarket().assets,
        ["USDT", { asset: "USDT", kind: "stablecoin", priceUsd: 1, confidence: 1 }],
      ]),
    },
  );
  assert.deepEqual(
    result.diagnostics.map(({ id }) => id),
    ["e-mode"],
  );
  near(result.initialMargin, 40_000 * 0.28, "outside any");
});
