import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bootstrapRatio } from "./block-bootstrap.ts";
import { automaticBlockLength } from "./block-length.ts";
import { cellVerdict } from "./cell-verdict.ts";
import { blockScale, weightedScale } from "./conformal-scale.ts";
import { dieboldMariano } from "./diebold-mariano.ts";
import { dynamicQuantileTest } from "./dynamic-quantile.ts";
import { equalSafetyScale } from "./equal-safety.ts";
import { longRunVariance } from "./long-run-variance.ts";
import { lossGivenBreach } from "./loss-given-breach.ts";
import { procyclicality } from "./procyclicality.ts";

/** What R, statsmodels, arch, scipy and exact fractions give: scripts/references/backtest.py. */
interface References {
  readonly series: Record<string, number[]>;
  readonly blockLengths: readonly { readonly series: string; readonly length: number }[];
  readonly stationaryErrors: readonly {
    readonly series: string;
    readonly blockLength: number;
    readonly standardError: number;
    readonly low: number;
    readonly high: number;
  }[];
  readonly longRunVariances: readonly {
    readonly series: string;
    readonly lags: number | "automatic";
    readonly used?: number;
    readonly variance: number;
  }[];
  readonly dieboldMariano: readonly {
    readonly first: string;
    readonly second: string;
    readonly horizon: number;
    readonly statistic: number;
    readonly pValue: number;
  }[];
  readonly dynamicQuantile: readonly {
    readonly level: number;
    readonly lags: number;
    readonly withForecast: boolean;
    readonly statistic: number;
    readonly pValue: number;
  }[];
  readonly cells: readonly {
    readonly windows: number;
    readonly exceptions: number;
    readonly target: number;
    readonly exceedanceP: number;
    readonly low: number;
    readonly high: number;
    readonly upperLimit: number;
  }[];
  readonly scales: readonly {
    readonly promise: "realised" | "exchangeable" | "confidence" | "blocks" | "weights";
    readonly target: number;
    readonly confidence?: number;
    readonly length?: number;
    readonly decay?: number;
    /** Null: none. */
    readonly scale: number | null;
  }[];
  readonly procyclicality: {
    readonly peakToTrough: number;
    readonly largestRises: readonly {
      readonly periods: number;
      readonly rise: number;
      readonly riseWithin: number;
    }[];
    readonly logChangeDeviation: number;
  };
  readonly lossGivenBreach: {
    readonly breaches: number;
    readonly meanExcess: number;
    readonly worstExcess: number;
    readonly worstWindow: number;
    readonly meanShare: number;
    readonly worstShare: number;
  };
}

const file = new URL("../../../test/vectors/backtest/statistics.json", import.meta.url);
const references = JSON.parse(readFileSync(file, "utf8")) as References;
const series = (name: string): Float64Array => Float64Array.from(references.series[name]!);
const losses = series("losses");
const requirements = series("forecasts");

const within = (got: number | null | undefined, expected: number, relative: number): void =>
  assert.ok(
    got === expected || Math.abs(got! - expected) <= relative * Math.abs(expected),
    `${got}, expected ${expected}`,
  );

test("block lengths", () => {
  for (const { series: name, length } of references.blockLengths) {
    within(automaticBlockLength(series(name)), length, 1e-11);
  }
});

test("stationary bootstrap: the exact standard error, another program's quantiles", () => {
  for (const { series: name, blockLength, standardError, low, high } of references.stationaryErrors) {
    const numerators = series(name);
    const got = bootstrapRatio({
      numerators,
      denominators: new Float64Array(numerators.length).fill(1),
      blockLength,
      draws: 20_000,
      confidence: 0.9,
    });
    within(got.standardError, standardError, 0.02);
    assert.ok(Math.abs(got.interval!.low - low) < 0.05 * standardError, `${got.interval!.low}, ${low}`);
    assert.ok(Math.abs(got.interval!.high - high) < 0.05 * standardError, `${got.interval!.high}, ${high}`);
  }
});

test("long-run variances", () => {
  for (const { series: name, lags, used, variance } of references.longRunVariances) {
    const got = longRunVariance(series(name), lags);
    within(got.variance, variance, 1e-12);
    assert.equal(got.lags, used ?? lags);
  }
});

test("Diebold–Mariano, with the small-sample correction", () => {
  for (const { first, second, horizon, statistic, pValue } of references.dieboldMariano) {
    const got = dieboldMariano({
      first: series(first).map((value) => Math.abs(value)),
      second: series(second).map((value) => Math.abs(value)),
      horizon,
    });
    within(got.statistic, statistic, 1e-11);
    within(got.pValue, pValue, 1e-9);
  }
});

test("dynamic quantile", () => {
  for (const { statistic, pValue, ...options } of references.dynamicQuantile) {
    const got = dynamicQuantileTest({ losses, forecasts: requirements, ...options });
    within(got.statistic, statistic, 1e-11);
    within(got.pValue, pValue, 1e-10);
  }
});

test("cells: exact tails and limits", () => {
  for (const { windows, exceptions, target, exceedanceP, low, high, upperLimit } of references.cells) {
    const got = cellVerdict({ windows, exceptions, target });
    if (exceptions < windows) within(got.exceedanceP, exceedanceP, 1e-11);
    else assert.ok(got.exceedanceP < 1e-300);
    within(got.interval.low, low, 1e-11);
    within(got.interval.high, high, 1e-11);
    within(got.upperLimit, upperLimit, 1e-11);
  }
});

test("scales: exact fractions", () => {
  const types = [{ name: "", losses, requirements }];
  for (const { promise, target, scale, confidence = 0, length = 1, decay = 1 } of references.scales) {
    const weights = Float64Array.from(losses, (_, index) => decay ** (losses.length - 1 - index));
    const blocks = Int32Array.from(losses, (_, index) => Math.floor(index / length));
    const got =
      promise === "blocks"
        ? blockScale({ losses: { losses, requirements, blocks }, target })
        : promise === "weights"
          ? weightedScale({ losses: { losses, requirements }, weights, target })
          : equalSafetyScale({ types, target, promise: { kind: promise, confidence } });
    within(got.scale, scale ?? Infinity, 3e-16);
  }
});

test("procyclicality", () => {
  const { peakToTrough, largestRises, logChangeDeviation } = references.procyclicality;
  const got = procyclicality({ requirements, horizons: largestRises.map(({ periods }) => periods) });
  within(got.peakToTrough, peakToTrough, 1e-15);
  within(got.logChangeDeviation, logChangeDeviation, 1e-12);
  for (const [index, { rise, riseWithin }] of largestRises.entries()) {
    within(got.largestRises[index]?.rise, rise, 1e-14);
    within(got.largestRises[index]?.riseWithin, riseWithin, 1e-14);
  }
});

test("loss given breach", () => {
  const expected = references.lossGivenBreach;
  const got = lossGivenBreach({ losses, requirements });
  assert.equal(got.breaches, expected.breaches);
  assert.equal(got.worstWindow, expected.worstWindow);
  within(got.meanExcess, expected.meanExcess, 1e-13);
  within(got.worstExcess, expected.worstExcess, 1e-14);
  within(got.shareOfRequirement?.mean, expected.meanShare, 1e-13);
  within(got.shareOfRequirement?.worst, expected.worstShare, 1e-14);
});
