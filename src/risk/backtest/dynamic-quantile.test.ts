import assert from "node:assert/strict";
import { test } from "node:test";
import { exp } from "../../numerics/exp-log.ts";
import { normalInverse } from "../../numerics/normal.ts";
import { randomStream } from "../../numerics/random.ts";
import { dynamicQuantileTest } from "./dynamic-quantile.ts";

/** Losses of a volatility that wanders, and forecasts that know `knowledge` of its logarithm. */
function wandering(count: number, level: number, knowledge: number, seed: number) {
  const stream = randomStream(seed);
  const losses = new Float64Array(count);
  const forecasts = new Float64Array(count);
  let logVolatility = 0;
  for (let day = 0; day < count; day++) {
    logVolatility = 0.97 * logVolatility + 0.12 * stream.nextNormal();
    losses[day] = exp(logVolatility) * stream.nextNormal();
    forecasts[day] = exp(knowledge * logVolatility) * normalInverse(level);
  }
  return { losses, forecasts, level };
}

const shareFailed = (rounds: number, one: (round: number) => boolean): number => {
  let count = 0;
  for (let round = 0; round < rounds; round++) if (one(round)) count += 1;
  return count / rounds;
};

test("simulated size: χ² holds at 5 %, and at 1 % rejects a right model too often, which draws put right", () => {
  const fails =
    (count: number, level: number, draws = 0) =>
    (round: number) =>
      dynamicQuantileTest({ ...wandering(count, level, 1, 100 + round), draws, seed: 9000 + round })
        .verdict === "fail";
  const atFive = shareFailed(400, fails(1000, 0.95));
  assert.ok(atFive > 0.025 && atFive < 0.085, `${atFive}`);
  const atOne = shareFailed(400, fails(1000, 0.99));
  assert.ok(atOne > 0.08 && atOne < 0.17, `${atOne}`);
  const simulated = shareFailed(200, fails(500, 0.99, 99));
  assert.ok(simulated > 0.015 && simulated < 0.09, `${simulated}`);
});

test("simulated power: forecasts that ignore volatility are found, also with draws", () => {
  const power = shareFailed(60, (round) => {
    const series = wandering(1000, 0.95, 0, 300 + round);
    return dynamicQuantileTest({ ...series, withForecast: false, draws: 99 }).verdict === "fail";
  });
  assert.ok(power > 0.9, `${power}`);
  // half-knowing forecasts: too low when high, with the right rate overall
  const half = shareFailed(
    60,
    (round) => dynamicQuantileTest(wandering(2000, 0.95, 0.5, 400 + round)).verdict === "fail",
  );
  assert.ok(half > 0.7, `${half}`);
});

test("what can't be told is insufficient, never a pass", () => {
  const { losses, forecasts } = wandering(400, 0.9, 1, 5);
  const level = 0.9;
  const none = dynamicQuantileTest({ losses, forecasts: forecasts.map((f) => f + 1000), level });
  assert.deepEqual([none.verdict, none.reason, none.pValue], ["insufficient", "no-exceptions", null]);
  const constant = dynamicQuantileTest({ losses, forecasts: new Float64Array(400).fill(0.1), level });
  assert.deepEqual([constant.verdict, constant.reason], ["insufficient", "singular"]);
  const apart = dynamicQuantileTest({
    losses,
    forecasts: new Float64Array(400).fill(0.1),
    level,
    withForecast: false,
  });
  assert.equal(apart.verdict, "fail");
  const short = dynamicQuantileTest({
    losses: losses.subarray(0, 16),
    forecasts: forecasts.subarray(0, 16),
    level,
  });
  assert.deepEqual([short.verdict, short.reason], ["insufficient", "few-observations"]);
  // an exception in the last window only: its lags never occur
  const late = new Float64Array(400);
  late[399] = 5;
  assert.equal(
    dynamicQuantileTest({ losses: late, forecasts: forecasts.map((f) => 0.1 * f), level }).reason,
    "singular",
  );
  // exceptions in pairs of windows: lag 2 is lag 1 moved, and forecasts that are the last window's hit
  const echo = Float64Array.from({ length: 400 }, (_, i) => (i % 9 === 3 ? 5 : 0));
  const asHit = Float64Array.from({ length: 400 }, (_, i) => (i % 9 === 4 ? 2 : 1));
  assert.equal(dynamicQuantileTest({ losses: echo, forecasts: asHit, level }).reason, "singular");
});

test("the unit of losses does not matter, nor a level added to the forecast's regressor", () => {
  const series = wandering(600, 0.95, 0.7, 6);
  const plain = dynamicQuantileTest(series);
  const scaled = dynamicQuantileTest({
    losses: series.losses.map((value) => 1e9 * value),
    forecasts: series.forecasts.map((value) => 1e9 * value),
    level: 0.95,
  });
  assert.ok(Math.abs(plain.statistic! / scaled.statistic! - 1) < 1e-12);
  const moved = dynamicQuantileTest({
    losses: series.losses.map((value) => value + 1e4),
    forecasts: series.forecasts.map((value) => value + 1e4),
    level: 0.95,
  });
  assert.ok(Math.abs(plain.statistic! / moved.statistic! - 1) < 1e-7);
});

test("the seed fixes the simulated p-value; lags of 0 and no forecast leave the test of the rate", () => {
  const series = wandering(300, 0.9, 1, 7);
  const options = { ...series, draws: 50, seed: 3 };
  assert.deepEqual(dynamicQuantileTest(options), dynamicQuantileTest(options));
  const { statistic, exceptions } = dynamicQuantileTest({ ...series, lags: 0, withForecast: false });
  assert.ok(Math.abs(statistic! - ((exceptions - 30) * (exceptions - 30)) / (300 * 0.09)) < 1e-10);
});

test("refused: numbers out of range", () => {
  const { losses, forecasts } = wandering(50, 0.9, 1, 8);
  assert.throws(() => dynamicQuantileTest({ losses, forecasts, level: 1 }), { field: "level" });
  assert.throws(() => dynamicQuantileTest({ losses, forecasts, level: 0.9, lags: 51 }), { field: "lags" });
  assert.throws(() => dynamicQuantileTest({ losses, forecasts: losses.subarray(1), level: 0.9 }), {
    field: "forecasts",
  });
});
