import assert from "node:assert/strict";
import { test } from "node:test";
import { publishedExamples } from "./published-examples.ts";

interface Row {
  readonly name: string;
  readonly topic: string;
  readonly inputs: Record<string, unknown>;
  /** Worked out by hand. */
  readonly expected: Record<string, unknown>;
}

const schedule = { start: 0.95, fastEnd: 0.7, fastSeconds: 900, slowSeconds: 43_200 };

const rows: readonly Row[] = [
  {
    name: "an eighth after three half-lives",
    topic: "auction.price-curve",
    inputs: { curve: "exponential", top: 8, cutPerSecond: "0.5", elapsed: 3 },
    expected: { price: 1 },
  },
  {
    name: "stairs stand until a step is over",
    topic: "auction.price-curve",
    inputs: { curve: "stairstep", top: "100", cut: 0.9, step: 60, elapsed: 179 },
    expected: { price: 81 },
  },
  {
    name: "a line that nobody names, beyond its end",
    topic: "auction.price-curve",
    inputs: { top: 7, tau: 60, elapsed: 61 },
    expected: { price: 0 },
  },
  {
    name: "a line to the 30th digit",
    topic: "auction.price-curve",
    inputs: { curve: "linear", top: "3.000000000000000000000000000003", tau: 3, elapsed: 2 },
    expected: { price: "1.000000000000000000000000000001" },
  },
  {
    name: "without a tip",
    topic: "auction.keeper-incentive",
    inputs: { tab: 500, chip: 0.01 },
    expected: { reward: 5 },
  },
  {
    name: "a restart of leftovers earns nothing",
    topic: "auction.keeper-incentive",
    inputs: { tab: 500, lot: 10, price: 10, tip: 3, chip: 0.01, chost: 200 },
    expected: { reward: 0 },
  },
  {
    name: "what there is room for, with rate and penalty",
    topic: "auction.start",
    inputs: { debt: 100, rate: 2, penalty: 1.1, collateral: 50, hole: 110, dust: 20, spot: 3, buf: 1.2 },
    expected: { tab: 110, lot: 25, top: 3.6, remainingDebt: 50 },
  },
  {
    name: "all, when the rest times the rate is dust",
    topic: "auction.start",
    inputs: { debt: 100, rate: 2, penalty: 1, collateral: 50, hole: 181, dust: 20 },
    expected: { tab: 200, lot: 50, remainingDebt: 0 },
  },
  {
    name: "a rest of just the dust stays",
    topic: "auction.start",
    inputs: { debt: 100, rate: 2, penalty: 1, collateral: 50, hole: 180, dust: 20 },
    expected: { tab: 180, lot: 45, remainingDebt: 10 },
  },
  {
    name: "neither hole nor dust is a limit",
    topic: "auction.start",
    inputs: { debt: 3, penalty: 1.13, collateral: 7 },
    expected: { tab: 3.39, lot: 7, remainingDebt: 0 },
  },
  {
    name: "a bid is cut to leave the least",
    topic: "auction.take",
    inputs: { tab: 100, lot: 40, price: 4, amt: 23, chost: 20 },
    expected: { bought: 20, paid: 80, returned: 0, tab: 20, lot: 20 },
  },
  {
    name: "all of the lot may be taken, whatever stays unpaid",
    topic: "auction.take",
    inputs: { tab: 100, lot: 23, price: 4, amt: 50, chost: 20 },
    expected: { bought: 23, paid: 92, tab: 8, lot: 0 },
  },
  {
    name: "what is left is no more than the least: all of it or nothing",
    topic: "auction.take",
    inputs: { tab: 20, lot: 20, price: 4, amt: 3, chost: 20 },
    expected: { bought: 0, paid: 0, tab: 20, lot: 20 },
  },
  {
    name: "three bids, the last pays off",
    topic: "auction.take",
    inputs: {
      tab: 100,
      lot: 40,
      bids: [
        { amt: 5, price: 8 },
        { amt: 5, price: 4 },
        { amt: 30, price: 2 },
      ],
    },
    expected: { afterSecond: { tab: 40, lot: 30 }, afterThird: { tab: 0, lot: 0 }, paid: 100, returned: 10 },
  },
  {
    name: "the fast part, and a bid within the largest",
    topic: "auction.solvent",
    // B = −50 − 0.15·150; d = 0.825; f = 72.5 ⁄ (72.5 + 82.5 + 20·0.175); paid 0.25·80·0.825
    inputs: {
      markToMarket: 100,
      maintenanceMargin: -50,
      bufferFactor: 0.15,
      reservedCash: 20,
      elapsed: 450,
      percentWanted: 0.25,
      schedule,
    },
    expected: {
      bufferMargin: -72.5,
      discountFactor: 0.825,
      maxFraction: "0.45741324921135646687697160883280757",
      cashPaid: 16.5,
    },
  },
  {
    name: "over: nothing is paid for all",
    topic: "auction.solvent",
    inputs: { markToMarket: 100, maintenanceMargin: -50, elapsed: 50_000, percentWanted: 1, schedule },
    expected: { bufferMargin: -50, discountFactor: 0, maxFraction: 1, cashPaid: 0 },
  },
  {
    name: "a safe account sells nothing",
    topic: "auction.solvent",
    inputs: { markToMarket: 100, maintenanceMargin: 50, elapsed: 0, percentWanted: 1, schedule },
    expected: { maxFraction: 0, cashPaid: 0 },
  },
];

for (const { name, ...vector } of rows) {
  test(`${vector.topic}: ${name}`, () => {
    const document = { vectors: [{ id: name, system: "X", ...vector, tolerance: { rel: "1e-33", abs: 0 } }] };
    assert.deepEqual(publishedExamples.run(document), [{ id: name, failures: [], setAside: [] }]);
  });
}

test("a curve that nobody knows fails its case", () => {
  const inputs = { curve: "sine", top: 1, elapsed: 0 };
  const vector = { id: "a", topic: "auction.price-curve", inputs, expected: { price: 1 } };
  const [result] = publishedExamples.run({ vectors: [vector] });
  assert.match(result?.failures[0]?.got ?? "", /"sine"/);
});
