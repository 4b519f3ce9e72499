import assert from "node:assert/strict";
import { test } from "node:test";
import { publishedExamples } from "./published-examples.ts";

interface Row {
  readonly name: string;
  readonly topic: string;
  readonly system: string;
  readonly inputs: Record<string, unknown>;
  /** Worked out by hand. */
  readonly expected: Record<string, unknown>;
}

const perpetual = "Perpetual Protocol v1";
const reserves = { quoteReserve: 1000, baseReserve: 100 };

const rows: readonly Row[] = [
  {
    name: "quote in: base leaves, a unit less than the curve gives",
    topic: "vamm.swap",
    system: perpetual,
    inputs: { ...reserves, kind: "quoteIn", amount: 50 },
    // 100,000 / 1,050 = 95.238095238095238095238…, up
    expected: {
      amountOther: "4.761904761904761904",
      reservesAfter: ["1050", "95.238095238095238096"],
    },
  },
  {
    name: "base in: quote leaves",
    topic: "vamm.swap",
    system: perpetual,
    inputs: { ...reserves, kind: "baseIn", amount: "5" },
    expected: { amountOther: "47.619047619047619047", baseReserveAfter: 105 },
  },
  {
    name: "amounts and reserves beyond float64, as strings",
    topic: "vamm.swap",
    system: perpetual,
    inputs: {
      quoteReserve: "1000.000000000000000001",
      baseReserve: "100",
      kind: "quote_out",
      amount: "0.000000000000000001",
    },
    // 100,000.0000000000000001 / 1,000 = 100.0000000000000000001, up
    expected: { amountOther: "0.000000000000000001", reservesAfter: [1000, "100.000000000000000001"] },
  },
  {
    name: "several swaps, each from the reserves that the one before left",
    topic: "vamm.swap",
    system: perpetual,
    inputs: {
      ...reserves,
      steps: [
        { type: "baseOut", amount: 50 },
        { type: "quoteIn", amount: 2000 },
      ],
    },
    expected: { amountOther: 25, amountsOther: [1000, 25], reservesAfter: [4000, 25], spotPriceAfter: 160 },
  },
  {
    name: "reserves in a table",
    topic: "vamm.swap",
    system: perpetual,
    inputs: { reserves: { quote: "1000", base: 100 }, kind: "quoteIn", amount: 1000 },
    expected: { amountOther: 50 },
  },
  {
    name: "reserves in a list, quote first",
    topic: "vamm.swap",
    system: perpetual,
    inputs: { reserves: [1000, 100], kind: "QuoteOut", amount: 500 },
    expected: { amountOther: 100, baseReserveAfter: 200 },
  },
  {
    name: "a swap under its own name",
    topic: "vamm.swap",
    system: perpetual,
    inputs: { ...reserves, quoteIn: 1000 },
    expected: { amountOther: 50 },
  },
  {
    name: "a mark below the index: longs receive",
    topic: "funding.payment",
    system: perpetual,
    inputs: {
      twapMark: 1.6,
      twapIndex: 1.61,
      sizes: [37.5, -187.5],
      margins: [300, 1200],
      insuranceFund: 5000,
      pool: 1500,
    },
    expected: {
      premiumFraction: -0.01,
      margins: [300.375, 1198.125],
      insuranceFund: 5001.5,
      pool: 1498.5,
      payments: [-0.375, 1.875],
    },
  },
  {
    name: "one position, one premium; a payment is what the position pays",
    topic: "funding.payment",
    system: perpetual,
    inputs: { premium: "-20", size: 37.5, margin: 300 },
    expected: { payment: -750, margin: 1050 },
  },
  {
    name: "several premiums and several positions",
    topic: "funding.payment",
    system: perpetual,
    inputs: { premiums: [0.01, 0.03], sizes: [10, -10], margins: [5, 5] },
    expected: { margins: [4.6, 5.4], insuranceFundChange: 0 },
  },
  {
    name: "a rate of the oracle's price",
    topic: "funding.payment",
    system: "Hyperliquid",
    inputs: { oraclePrice: 60000, fundingRate: "0.0000125", size: 2 },
    expected: { payment: 1.5 },
  },
  {
    name: "a short, with the mark far below the index",
    topic: "funding.bad-debt",
    system: perpetual,
    inputs: { twapMark: 1.6, twapIndex: 21.6, size: -187.5, margin: 1200 },
    expected: { payment: -3750, marginShown: 0, badDebt: 2550 },
  },
  {
    name: "a margin that suffices leaves no bad debt",
    topic: "funding.bad-debt",
    system: perpetual,
    inputs: { premium: 2, size: 100, margin: 1200 },
    expected: { payment: -200, marginShown: 1000, badDebt: 0 },
  },
  {
    name: "a premium beyond the clamp pulls the rate with it",
    topic: "funding.rate",
    system: "Hyperliquid",
    inputs: { premium: 0.002, interest: 0.0001, clamp: 0.0005, hourlyDivisor: 8 },
    expected: { rate8h: 0.0015, rateHourly: 0.0001875 },
  },
  {
    name: "negative premium, no interest, strings",
    topic: "funding.rate",
    system: "Hyperliquid",
    inputs: { premium: "-0.0012", clamp: "0.0005", hourlyDivisor: "8" },
    expected: { rate8h: -0.0007, hourlyRate: -0.0000875 },
  },
  {
    name: "a premium from impact prices, a capped hour, a payment",
    topic: "funding.rate",
    system: "Hyperliquid",
    inputs: {
      oraclePrice: 100,
      impactBidPrice: 150,
      impactAskPrice: 151,
      interest: 0.0001,
      clamp: 0.0005,
      cap: 0.04,
      size: -3,
    },
    expected: { premium: 0.5, rate8h: 0.4995, rateHourly: 0.04, payment: -12 },
  },
  {
    name: "maintenance and result are floored",
    topic: "funding.clamp",
    system: "dYdX v4",
    inputs: { clampFactorPpm: 1500000, initialMarginPpm: 333333, maintenanceFractionPpm: 500000 },
    // maintenance 166,666.5 → 166,666; 1.5 × 166,667 = 250,000.5
    expected: { maxAbsFundingPpm: 250000 },
  },
  {
    name: "the same in fractions",
    topic: "funding.clamp",
    system: "dYdX v4",
    inputs: { clampFactor: 6, initialMargin: 0.05, maintenanceFraction: 0.6 },
    expected: { maxAbsFunding: 0.12 },
  },
  {
    name: "full use",
    topic: "lending.rate",
    system: "Hyperliquid PM",
    inputs: { utilization: 1 },
    expected: { apy: 1 },
  },
  {
    name: "a curve by its slopes over each leg",
    topic: "lending.rate",
    system: "Aave v3",
    inputs: { utilization: 0.95, optimalUtilization: 0.9, slope1: 0.04, slope2: 0.6, reserveFactor: 0.1 },
    // 0.04 + 0.6 / 2 = 0.34; 0.34 × 0.95 × 0.9
    expected: { borrowRate: 0.34, supplyRate: 0.2907 },
  },
  {
    name: "a curve by its slopes per unit, use from amounts",
    topic: "lending.rate",
    system: "Derive",
    inputs: {
      borrow: 45,
      supply: 50,
      minRate: 0.02,
      rateMultiplier: 0.08,
      highRateMultiplier: 0.9,
      optimalUtil: 0.85,
    },
    expected: { utilisation: 0.9, rate: 0.133 },
  },
  {
    name: "nothing lent against",
    topic: "lending.threshold",
    system: "Hyperliquid PM",
    inputs: {},
    expected: { liquidationThreshold: 0.5 },
  },
  {
    name: "just above the threshold, half",
    topic: "lending.close-factor",
    system: "Aave v3",
    inputs: { healthFactor: "0.950000000000000001", threshold: 0.95, debt: 10 },
    expected: { closeFactor: 0.5, maxLiquidatableDebt: 5 },
  },
  {
    name: "one unit too much to borrow",
    topic: "lending.e-mode",
    system: "Aave v3",
    inputs: { collateralUsd: 100, ltv: 0.97, liquidationThreshold: 0.98, borrowUsd: "97.000000000000000001" },
    expected: { allowed: false, maxBorrow: 97, healthFactor: "1.01030927835051545" },
  },
];

for (const { name, topic, system, inputs, expected } of rows) {
  test(`${topic}: ${name}`, () => {
    const vector = { id: "a", topic, system, inputs, expected, tolerance: { rel: 1e-16 } };
    assert.deepEqual(publishedExamples.run({ vectors: [vector] })[0]?.failures, []);
  });
}

test("topics of clearing: what no rule knows fails and names itself", () => {
  const failure = (topic: string, system: string, inputs: unknown): string | undefined =>
    publishedExamples.run({ vectors: [{ topic, system, inputs, expected: { x: 1 } }] })[0]?.failures[0]?.got;
  assert.match(failure("vamm.unheard-of", "X", {}) ?? "", /topic is "vamm.unheard-of"/);
  assert.match(failure("lending.threshold", "X", {}) ?? "", /system is "X"/);
  assert.match(failure("lending.rate", "X", {}) ?? "", /system is "X"/);
  assert.match(failure("vamm.swap", "X", reserves) ?? "", /inputs.kind/);
  assert.match(
    failure("vamm.swap", "X", { ...reserves, kind: "baseOut", amount: "a lot" }) ?? "",
    /inputs.amount/,
  );
});
