import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/random.ts";
import { dieboldMariano } from "./diebold-mariano.ts";
import { jointScore } from "./expected-shortfall.ts";
import { quantileScore } from "./quantile-score.ts";

test("the quantile score: its two slopes, lowest at the quantile", () => {
  assert.equal(quantileScore({ loss: 10, valueAtRisk: 8 }, 0.75), 1.5);
  assert.equal(quantileScore({ loss: 4, valueAtRisk: 8 }, 0.75), 1);
  assert.equal(quantileScore({ loss: 8, valueAtRisk: 8 }, 0.75) + 0, 0);
  const losses = Array.from({ length: 100 }, (_, i) => i + 1);
  const score = (valueAtRisk: number): number =>
    losses.reduce((sum, loss) => sum + quantileScore({ loss, valueAtRisk }, 0.905), 0);
  const best = losses.reduce((lowest, at) => (score(at) < score(lowest) ? at : lowest));
  assert.equal(best, 91);
});

test("swapping the forecasts swaps the answer", () => {
  const stream = randomStream(16);
  const first = Float64Array.from({ length: 200 }, () => stream.nextFloat());
  const second = first.map((score) => score + 0.2 * stream.nextFloat());
  const one = dieboldMariano({ first, second });
  const other = dieboldMariano({ first: second, second: first });
  assert.equal(one.verdict, "first");
  assert.equal(other.verdict, "second");
  assert.equal(one.statistic, -other.statistic!);
  assert.equal(one.pValue, other.pValue);
});

test("scores without a difference, or with a constant one, are insufficient", () => {
  const first = Float64Array.from({ length: 100 }, (_, i) => 1 + (i % 7) / 10);
  for (const second of [first, first.map((score) => score + 0.1)]) {
    const got = dieboldMariano({ first, second });
    assert.deepEqual([got.verdict, got.statistic, got.pValue], ["insufficient", null, null]);
  }
  const few = dieboldMariano({ first: first.subarray(0, 29), second: new Float64Array(29) });
  assert.equal(few.verdict, "insufficient");
  assert.ok(few.pValue! < 1e-6);
});

test("simulated size: right where lags see the dependence, wrong where they don't", () => {
  const stream = randomStream(17);
  const rejects = (memory: number, lags: number | "automatic"): number => {
    const rounds = 500;
    let count = 0;
    for (let round = 0; round < rounds; round++) {
      let value = 0;
      const first = Float64Array.from({ length: 500 }, () => (value = memory * value + stream.nextNormal()));
      if (dieboldMariano({ first, second: new Float64Array(500), lags }).verdict !== "undecided") count += 1;
    }
    return count / rounds;
  };
  const plain = rejects(0, 0);
  assert.ok(plain > 0.025 && plain < 0.08, `${plain}`);
  const automatic = rejects(0.5, "automatic");
  assert.ok(automatic > 0.03 && automatic < 0.11, `${automatic}`);
  assert.ok(rejects(0.5, 0) > 0.2);
});

test("simulated power: forecasts that know volatility beat those that don't, by either score", () => {
  const stream = randomStream(18);
  const [level, quantile, shortfall] = [0.975, 1.959963984540054, 2.337802792];
  let byQuantile = 0;
  let byJoint = 0;
  const rounds = 60;
  for (let round = 0; round < rounds; round++) {
    const scores = [0, 1, 2, 3].map(() => new Float64Array(1000));
    for (let day = 0; day < 1000; day++) {
      const volatility = Math.floor(day / 50) % 2 === 0 ? 0.6 : 1.4;
      const loss = volatility * stream.nextNormal();
      for (const [index, known] of [volatility, 1.2].entries()) {
        const forecast = { loss, valueAtRisk: known * quantile, expectedShortfall: known * shortfall };
        scores[index]![day] = quantileScore(forecast, level);
        scores[2 + index]![day] = jointScore(forecast, level);
      }
    }
    if (dieboldMariano({ first: scores[0]!, second: scores[1]!, lags: "automatic" }).verdict === "first")
      byQuantile += 1;
    if (dieboldMariano({ first: scores[2]!, second: scores[3]!, lags: "automatic" }).verdict === "first")
      byJoint += 1;
  }
  assert.ok(byQuantile / rounds > 0.8, `${byQuantile / rounds}`);
  assert.ok(byJoint / rounds > 0.9, `${byJoint / rounds}`);
});

test("refused: lengths, horizons and lags out of range", () => {
  const scores = new Float64Array(40);
  assert.throws(() => dieboldMariano({ first: scores, second: new Float64Array(39) }), { field: "second" });
  assert.throws(() => dieboldMariano({ first: scores, second: scores, horizon: 21 }), { field: "horizon" });
  assert.throws(() => dieboldMariano({ first: scores, second: scores, lags: 40 }), { field: "lags" });
  assert.throws(() => dieboldMariano({ first: Float64Array.of(1, NaN), second: Float64Array.of(1, 1) }), {
    code: "PLM_DOMAIN",
    field: "first[1]",
  });
});
