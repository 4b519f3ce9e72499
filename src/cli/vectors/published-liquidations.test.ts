import assert from "node:assert/strict";
import { test } from "node:test";
import { publishedExamples } from "./published-examples.ts";

/** Worked by hand from the formulas that the vectors' README states. */
const rows: readonly {
  readonly name: string;
  readonly topic: string;
  readonly system: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
}[] = [
  {
    name: "a part of one of two positions takes its part of the equity",
    topic: "liquidation.bankruptcy-price",
    system: "dYdX v4",
    // NC = −200 + 1000 − 500 = 300; MMR = 100 + 50; closing half of the first releases 50.
    inputs: {
      usdc: -200,
      positions: { BTC: 10, ETH: -5 },
      prices: { BTC: 100, ETH: 100 },
      mmFraction: 0.1,
      close: { asset: "BTC", size: -5 },
    },
    expected: { bankruptcyQuote: 400, bankruptcyPrice: 80 },
  },
  {
    name: "listed positions with fractions of their own",
    topic: "liquidation.bankruptcy-price",
    system: "dYdX v4",
    inputs: {
      usdc: -200,
      positions: [
        { asset: "BTC", size: 10, price: 100 },
        { asset: "ETH", size: -5, price: 100 },
      ],
      mmFraction: { BTC: 0.1, ETH: 0.2 },
      close: { asset: "ETH", size: 5 },
    },
    expected: { bankruptcyQuote: -650 },
  },
  {
    name: "a healthy account's position fills at the mark",
    topic: "liquidation.fillable-price",
    system: "dYdX v4",
    inputs: {
      usdc: -4_000,
      positions: { BTC: 0.1 },
      prices: { BTC: 50_000 },
      mmFraction: 0.1,
      asset: "BTC",
      bankruptcyAdjustment: 1,
      spreadToMm: 0.1,
    },
    expected: { price: 50_000 },
  },
  {
    name: "both fees, and the whole position when the liquidator's takes all of the ratio",
    topic: "liquidation.size-to-restore",
    system: "Drift v2",
    inputs: {
      marginShortage: 10,
      marginRatio: 0.1,
      liquidatorFee: 0.02,
      insuranceFee: 0.03,
      oraclePrice: 100,
    },
    expected: { baseAmount: 2 },
  },
  {
    name: "a fee that takes all of the ratio",
    topic: "liquidation.size-to-restore",
    system: "Drift v2",
    inputs: { marginShortage: 10, marginRatio: 0.1, liquidatorFee: 0.1, oraclePrice: 100 },
    expected: { baseAmount: null },
  },
  {
    name: "a bonus of 5 % and prices on both sides",
    topic: "liquidation.exchange",
    system: "Drift v2",
    inputs: {
      liabilityAmount: 2,
      liabilityPrice: 50,
      assetPrice: 4,
      assetMultiplier: 1.05,
      liabilityMultiplier: 1,
    },
    expected: { assetAmount: 26.25 },
  },
  {
    name: "several collaterals",
    topic: "liquidation.health",
    system: "Euler v2",
    inputs: {
      collaterals: [
        { amount: 100, price: 0.4, ltv: 0.3 },
        { amount: 10, price: 2, ltv: 0.8 },
      ],
      liability: 10,
      liabilityPrice: 2.8,
    },
    expected: { healthScore: 1 },
  },
  {
    name: "the discount is bounded; debt and collateral in their own units",
    topic: "liquidation.reverse-dutch",
    system: "Euler v2",
    inputs: {
      collateral: 100,
      collateralPrice: 0.5,
      ltv: 0.5,
      liability: 16,
      liabilityPrice: 2,
      maxDiscount: 0.2,
    },
    expected: { discountFactor: 0.8, repay: 16, collateralSeized: 80, badDebt: 0 },
  },
  {
    name: "a short loses when it closes above what it sold for",
    topic: "liquidation.bad-debt",
    system: "Perpetual Protocol v1",
    inputs: { margin: 25, openNotional: 250, exitNotional: 280, feeRatioOnNotional: 0.0125, side: "short" },
    expected: { realizedPnl: -30, liquidationFee: 3.5, badDebtTotal: 8.5 },
  },
];

const tolerance = { rel: 1e-30, abs: 1e-30 };

for (const { name, ...vector } of rows) {
  test(`${vector.topic}: ${name}`, () => {
    const document = { vectors: [{ id: name, ...vector, tolerance }] };
    assert.deepEqual(publishedExamples.run(document), [{ id: name, failures: [], setAside: [] }]);
  });
}
