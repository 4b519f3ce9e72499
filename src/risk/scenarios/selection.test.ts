import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/random.ts";
import { selectScenarios } from "./selection.ts";

const directionsOf = (seed: number, count: number): Float64Array[] => {
  const random = randomStream(seed);
  return Array.from({ length: 3 }, () => Float64Array.from({ length: count }, () => random.nextNormal()));
};
const budget = { tailCount: 60, bodyCount: 40, tailShares: [0.005, 0.01] };
const idsOf = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test("the selection keeps every direction's largest moves and weighs the rest to the whole", () => {
  const directions = directionsOf(11, 5_000);
  const chosen = selectScenarios({ directions, ids: idsOf(5_000), ...budget });
  assert.equal(chosen.length, 100);
  assert.equal(
    chosen.reduce((sum, { weight }) => sum + weight, 0),
    5_000,
  );
  const singles = new Set(chosen.filter(({ weight }) => weight === 1).map(({ index }) => index));
  for (const series of directions) {
    const order = Array.from(series.keys()).sort((a, b) => series[a]! - series[b]!);
    for (const index of [...order.slice(0, 9), ...order.slice(-9)]) assert.ok(singles.has(index));
  }
});

test("what stands for many moves reaches no direction's tail", () => {
  const directions = directionsOf(12, 20_000);
  const chosen = selectScenarios({ directions, ids: idsOf(20_000), ...budget });
  for (const series of directions) {
    const order = Array.from(series.keys()).sort((a, b) => series[a]! - series[b]!);
    const tails = new Set([...order.slice(0, 200), ...order.slice(-200)]);
    for (const { index, weight } of chosen) if (tails.has(index)) assert.ok(weight < 60, `${weight}`);
  }
  assert.ok(chosen.some(({ weight }) => weight > 500));
});

test("a few moves are all kept, and so is every weight whatever the budget", () => {
  assert.deepEqual(
    selectScenarios({ directions: directionsOf(13, 5), ids: idsOf(5), ...budget }),
    [0, 1, 2, 3, 4].map((index) => ({ index, weight: 1 })),
  );
  for (const bodyCount of [1, 2, 3, 7]) {
    for (const tailShare of [0.0001, 0.01, 0.5]) {
      const chosen = selectScenarios({
        directions: directionsOf(14, 300),
        ids: idsOf(300),
        tailCount: 5,
        bodyCount,
        tailShares: [tailShare / 2, tailShare],
      });
      assert.equal(
        chosen.reduce((sum, { weight }) => sum + weight, 0),
        300,
        `${bodyCount} ${tailShare}`,
      );
      assert.ok(chosen.length <= 5 + bodyCount);
    }
  }
});

test("one more move changes few of those that stand for others", () => {
  const directions = directionsOf(15, 8_001);
  const of = (count: number): Set<number> =>
    new Set(
      selectScenarios({
        directions: directions.map((series) => series.subarray(0, count)),
        ids: idsOf(count),
        ...budget,
      }).map(({ index }) => index),
    );
  const before = of(8_000);
  const kept = [...of(8_001)].filter((index) => before.has(index)).length;
  assert.ok(kept >= 98, `${kept}`);
});
