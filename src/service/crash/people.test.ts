import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/index.ts";
import { drawPeople, interestOf, type TradedCoin } from "./people.ts";

const coins: readonly TradedCoin[] = [
  { name: "BTC", initialMarginPpm: 40_000, isCollateral: true },
  { name: "ETH", initialMarginPpm: 40_000, isCollateral: true },
  { name: "DOGE", initialMarginPpm: 100_000, isCollateral: false },
];
const people = drawPeople(randomStream(3), 4_000, coins, 1 / 48);
const gross = ({ legs }: (typeof people)[number]): number =>
  legs.reduce((sum, { usd }) => sum + Math.abs(usd), 0);

test("the population is as plan.ts says", () => {
  const share = (kind: string): number => people.filter((one) => one.kind === kind).length / people.length;
  assert.ok(Math.abs(share("long") - 0.5) < 0.03);
  assert.ok(Math.abs(share("pair") - 0.12) < 0.02);
  const sorted = people.map(({ equityUsd }) => equityUsd).toSorted((a, b) => b - a);
  assert.ok(sorted.at(-1)! >= 400 && sorted[0]! <= 2_000_000);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const top = sum(sorted.slice(0, 40)) / sum(sorted);
  assert.ok(top > 0.15 && top < 0.6, `the richest hundredth has ${top}`);
  for (const one of people) {
    const most = one.legs.some(({ coin }) => coin === "DOGE") ? 9 : 22.5;
    assert.ok(gross(one) <= one.equityUsd * most * (1 + 1e-9));
    assert.ok(one.arrival >= 0 && one.arrival <= 0.5);
    if (one.kind === "hedgedCoin") assert.equal(one.legs[0]?.coin, one.collateral);
    if (one.kind === "pair") assert.ok(Math.abs(one.legs[0]!.usd + one.legs[1]!.usd) < 1e-6);
  }
});

test("open interest is the longer side of each coin", () => {
  const interest = interestOf(people);
  for (const [coin, usd] of interest) {
    const legs = people.flatMap((one) => one.legs.filter((leg) => leg.coin === coin));
    const long = legs.reduce((sum, leg) => sum + Math.max(0, leg.usd), 0);
    const short = legs.reduce((sum, leg) => sum - Math.min(0, leg.usd), 0);
    assert.ok(Math.abs(usd - Math.max(long, short)) < 1e-6 * usd);
  }
});
