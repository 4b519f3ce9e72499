import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { randomStream } from "../../numerics/random.ts";
import { tailMeasure } from "../measures.ts";
import { parseMarginParameters } from "../parameters/parameters-document.ts";
import { selectScenarios } from "./selection.ts";

const directionsOf = (seed: number, count: number): Float64Array[] => {
  const random = randomStream(seed);
  return Array.from({ length: 3 }, () => Float64Array.from({ length: count }, () => random.nextNormal()));
};
const budget = { tailCount: 60, bodyCount: 40, tailShare: 0.01 };
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
    for (const { index, weight } of chosen) if (tails.has(index)) assert.ok(weight < 100, `${weight}`);
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
        tailShare,
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

test("with the shipped numbers a sampled shortfall is near that of all moves, and one more move hardly moves it", () => {
  const { shortfall } = parseMarginParameters(
    readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
  );
  const count = 15_000;
  const budget = {
    tailCount: shortfall.tailScenarios,
    bodyCount: shortfall.bodyScenarios,
    tailShare: 1 - shortfall.maintenanceLevel,
  };
  let farthest = 0;
  let largestRise = 0;
  for (const seed of [16, 17, 18]) {
    const random = randomStream(seed);
    // Two coins, their volatilities and the pair, of fat tails.
    const fat = (): number => random.nextNormal() / Math.sqrt(0.25 + 0.75 * random.nextFloat());
    const market = Float64Array.from({ length: count + 8 }, fat);
    const other = market.map((move) => 0.8 * move + 0.6 * fat());
    const vols = [market, other].map((coin) => coin.map((move) => -0.5 * move + 0.8 * fat()));
    const pair = other.map((move, index) => move - market[index]!);
    const directions = [market, other, ...vols, pair];
    const shortfalls = (known: number, tailCount: number): readonly number[] => {
      const chosen = selectScenarios({
        directions: directions.map((series) => series.subarray(0, known)),
        ids: idsOf(known),
        ...budget,
        tailCount,
      });
      return [market, other, pair].flatMap((series) =>
        [1, -1].map(
          (side) =>
            tailMeasure(
              {
                pnlUsd: chosen.map(({ index }) => side * series[index]!),
                weights: chosen.map(({ weight }) => weight),
              },
              shortfall.initialLevel,
            ).expectedShortfallUsd,
        ),
      );
    };
    const all = shortfalls(count, count);
    let before = shortfalls(count, budget.tailCount);
    for (const [book, value] of before.entries())
      farthest = Math.max(farthest, Math.abs(value / all[book]! - 1));
    for (let more = 1; more <= 8; more++) {
      const after = shortfalls(count + more, budget.tailCount);
      for (const [book, value] of after.entries())
        largestRise = Math.max(largestRise, value / before[book]! - 1);
      before = after;
    }
  }
  assert.ok(farthest < 0.04, `${farthest} from that of all`);
  assert.ok(largestRise < 0.02, `${largestRise} by one move`);
});
