import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/random.ts";
import { PlimsollError } from "../../quantity/error.ts";
import {
  acerbiSzekely,
  commonZ2Limits,
  jointScore,
  type ShortfallObservation,
} from "./expected-shortfall.ts";
import { backtestReport, type BacktestObservation } from "./report.ts";

// of the standard normal distribution: N⁻¹(0.975) and φ(N⁻¹(0.975))/0.025
const valueAtRisk = 1.959963984540054;
const expectedShortfall = 2.3378027922014;

const normalSeries = (seed: number, count: number, scale: number = 1): readonly ShortfallObservation[] => {
  const stream = randomStream(seed);
  return Array.from({ length: count }, () => ({
    loss: scale * stream.nextNormal(),
    valueAtRisk,
    expectedShortfall,
  }));
};

const lossesOf = (losses: readonly number[]): readonly ShortfallObservation[] =>
  losses.map((loss) => ({ loss, valueAtRisk: 10, expectedShortfall: 20 }));

test("Z1 and Z2 by hand", () => {
  // 20 periods at 90 %: two exceptions expected; losses of 30 and 10.5 exceed 10, one of exactly 10 does not
  const observations = lossesOf([30, 10.5, 10, ...Array.from({ length: 17 }, () => -5)]);
  const { z1, z2 } = acerbiSzekely({ observations, level: 0.9 });
  assert.ok(Math.abs((z1?.statistic ?? NaN) - (1 - (1.5 + 0.525) / 2)) < 1e-14);
  assert.ok(Math.abs(z2.statistic - (1 - (1.5 + 0.525) / (20 * 0.1))) < 1e-14);
  const calm = acerbiSzekely({ observations: lossesOf([1, 2, 3]), level: 0.9 });
  assert.equal(calm.z1, null);
  assert.equal(calm.z2.statistic, 1);
  assert.equal(calm.z2.pValue, 1);
});

test("p-values are uniform when the model is right, under its own distribution", () => {
  const draw = {
    kind: "draw",
    drawLoss: (_: number, s: { nextNormal(): number }) => s.nextNormal(),
  } as const;
  let [below, low] = [0, 0];
  const trials = 200;
  for (let seed = 1; seed <= trials; seed++) {
    const observations = normalSeries(seed, 250);
    const { z2 } = acerbiSzekely({
      observations,
      level: 0.975,
      tail: draw,
      simulations: 200,
      seed: 1000 + seed,
    });
    if (z2.pValue <= 0.5) below += 1;
    if (z2.pValue <= 0.05) low += 1;
  }
  // four standard errors of a binomial count
  assert.ok(Math.abs(below - trials / 2) < 4 * Math.sqrt(trials / 4), String(below));
  assert.ok(Math.abs(low - trials * 0.05) < 4 * Math.sqrt(trials * 0.0475), String(low));
});

test("a model that understates risk is rejected, by sizes and by frequency; one that overstates is not", () => {
  const understated = acerbiSzekely({ observations: normalSeries(3, 1000, 1.6), level: 0.975 });
  assert.ok(understated.z2.statistic < commonZ2Limits.at5Percent && understated.z2.pValue < 0.01);
  assert.ok(understated.z1 && understated.z1.pValue < 0.05);
  const overstated = acerbiSzekely({ observations: normalSeries(3, 1000, 0.7), level: 0.975 });
  assert.ok(overstated.z2.statistic > 0 && overstated.z2.pValue > 0.5);
});

test("the same seed gives the same p-values, another seed nearly the same", () => {
  const observations = normalSeries(8, 500, 1.15);
  const run = (seed: number) => acerbiSzekely({ observations, level: 0.975, seed, simulations: 4000 });
  assert.deepEqual(run(5), run(5));
  assert.ok(Math.abs(run(5).z2.pValue - run(6).z2.pValue) < 0.03);
});

test("heavier assumed tails forgive more", () => {
  const observations = normalSeries(9, 500, 1.3);
  const pValue = (shape: number): number =>
    acerbiSzekely({ observations, level: 0.975, tail: { kind: "pareto", shape }, simulations: 4000 }).z2
      .pValue;
  assert.ok(pValue(0.6) > pValue(0));
  assert.ok(pValue(-0.5) <= pValue(0.3) + 0.01);
});

test("the joint score is lowest for the true pair", () => {
  const observations = normalSeries(11, 40_000);
  const mean = (v: number, e: number): number =>
    observations.reduce(
      (sum, { loss }) => sum + jointScore({ loss, valueAtRisk: v, expectedShortfall: e }, 0.975),
      0,
    ) / observations.length;
  const right = mean(valueAtRisk, expectedShortfall);
  for (const [v, e] of [
    [1.6, 2.0],
    [2.4, 2.8],
    [1.96, 2.9],
    [1.2, 2.34],
  ] as const) {
    assert.ok(right < mean(v, e), `${v}, ${e}`);
  }
});

test("full report of a right model: nothing rejects", () => {
  const report = backtestReport(normalSeries(21, 1000), { level: 0.975 });
  assert.deepEqual(report.rejectedBy, []);
  assert.equal(report.observations, 1000);
  assert.ok(Math.abs(report.expectedExceptions - 25) < 1e-9);
  assert.equal(report.exceptionRate, report.exceptions / 1000);
  assert.ok(report.coverageHolds);
  const { n00, n01, n10, n11 } = report.transitions;
  assert.equal(n00 + n01 + n10 + n11, 999);
  assert.ok(
    Math.abs(report.conditionalCoverage.statistic - report.kupiec.statistic - report.independence.statistic) <
      1e-12,
  );
  assert.ok(report.expectedShortfall !== null && report.timeUntilFirstFailure !== null);
});

test("a right model is rejected by some test about one time in five", () => {
  const series = 200;
  let rejected = 0;
  for (let seed = 1; seed <= series; seed++) {
    const report = backtestReport(normalSeries(seed, 500), { level: 0.975, simulations: 50 });
    if (report.rejectedBy.length > 0) rejected += 1;
  }
  assert.ok(rejected > 0.12 * series && rejected < 0.3 * series, String(rejected));
});

test("full report of a wrong model: every test that should speaks up", () => {
  const report = backtestReport(normalSeries(22, 1000, 1.8), { level: 0.975 });
  for (const name of ["kupiec", "conditional-coverage", "acerbi-szekely-z1", "acerbi-szekely-z2"]) {
    assert.ok(report.rejectedBy.includes(name), name);
  }
  assert.equal(report.coverageHolds, false);
  assert.equal(report.trafficLight.zone, "red");
});

test("full report: losses that never exceed, forecasts without Expected Shortfall", () => {
  const calm: readonly BacktestObservation[] = Array.from({ length: 250 }, () => ({
    loss: -1,
    valueAtRisk: 0,
  }));
  const report = backtestReport(calm, { level: 0.99 });
  assert.equal(report.exceptions, 0);
  assert.equal(report.timeUntilFirstFailure, null);
  assert.equal(report.expectedShortfall, null);
  assert.ok(report.coverageHolds);
  assert.deepEqual(report.independence, { statistic: 0, pValue: 1 });
});

test("series and forecasts out of range are refused by name", () => {
  const refused = (series: readonly BacktestObservation[], field: string): void =>
    assert.throws(
      () => backtestReport(series, { level: 0.99 }),
      (error: unknown) => error instanceof PlimsollError && error.field === field,
    );
  refused([], "series");
  refused([{ loss: NaN, valueAtRisk: 1 }], "series[0].loss");
  refused([{ loss: 1, valueAtRisk: Infinity }], "series[0].valueAtRisk");
  refused([{ loss: 1, valueAtRisk: 2, expectedShortfall: 1 }], "observations[0].expectedShortfall");
  refused([{ loss: 1, valueAtRisk: -2, expectedShortfall: 0 }], "observations[0].expectedShortfall");
  assert.throws(() => backtestReport([{ loss: 0, valueAtRisk: 1 }], { level: 1.5 }), { field: "level" });
  const observations = normalSeries(1, 10);
  assert.throws(() => acerbiSzekely({ observations, level: 0.9, simulations: 0 }), { field: "simulations" });
  assert.throws(() => acerbiSzekely({ observations, level: 0.9, tail: { kind: "pareto", shape: 1 } }), {
    field: "tail.shape",
  });
});
