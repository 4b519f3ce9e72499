import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/index.ts";
import { dailyDeviation, drawPath, type Grid } from "./paths.ts";

const hour = 3_600_000;
/** Two bars of an hour: 100, 90, 110, 105 and 105, 112, 80, 84. */
const bars = {
  grainMs: hour,
  times: [0, hour / 3, (2 * hour) / 3, hour - 1, hour, (4 * hour) / 3, (5 * hour) / 3, 2 * hour - 1],
  values: [100, 90, 110, 105, 105, 112, 80, 84],
};
const grid: Grid = { fromMs: 0, stepMs: 10_000, count: 720 };
const terms = { correlation: 0.7, share: 0.7 };
const still = new Float64Array(grid.count);

test("a path goes through the extremes of its bars and never beyond them", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const path = drawPath(bars, grid, still, randomStream(seed), terms);
    const first = path.subarray(0, 360);
    const second = path.subarray(360);
    assert.ok(Math.min(...first) >= 90 - 1e-9 && Math.max(...first) <= 110 + 1e-9);
    assert.ok(Math.min(...second) >= 80 - 1e-9 && Math.max(...second) <= 112 + 1e-9);
    // At the instants of the extremes it is there.
    assert.ok(Math.abs(path[120]! - 90) < 1e-9, `${path[120]}`);
    assert.ok(Math.abs(path[240]! - 110) < 1e-9);
  }
});

test("the same seed draws the same path, another one another", () => {
  const draw = (seed: number): Float64Array => drawPath(bars, grid, still, randomStream(seed), terms);
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
});

test("between closes a path wanders by as much as they moved of late", () => {
  const times = Array.from({ length: 48 }, (_, i) => (i + 1) * hour - 1);
  const moving = { grainMs: hour, times, values: times.map((_, i) => (i % 2 === 0 ? 100 : 103)) };
  const flat = { grainMs: hour, times, values: times.map(() => 100) };
  const wide: Grid = { fromMs: 24 * hour, stepMs: 10_000, count: 4_000 };
  const zeros = new Float64Array(wide.count);
  const range = (path: Float64Array): number => Math.max(...path) / Math.min(...path) - 1;
  assert.equal(range(drawPath(flat, wide, zeros, randomStream(1), terms)), 0);
  const wandered = range(drawPath(moving, wide, zeros, randomStream(1), terms));
  assert.ok(wandered > 0.03 && wandered < 0.2, `${wandered}`);
  const deviation = dailyDeviation(moving, 24 * hour, 48 * hour);
  assert.ok(Math.abs(deviation - Math.log(1.03) * Math.sqrt(24)) < 1e-9, `${deviation}`);
});
