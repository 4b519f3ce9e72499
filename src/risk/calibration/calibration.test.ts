import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { factorKey, type FactorSeries, type History } from "../../market/index.ts";
import { exp } from "../../numerics/exp-log.ts";
import { randomStream } from "../../numerics/random.ts";
import { parseMarginParameters } from "../parameters/index.ts";
import {
  calibrate,
  calibratePeg,
  calibrateSmile,
  calibrateSpot,
  calibrateVolLevel,
  quantile,
  scoreHalfLives,
  slopeThroughOrigin,
  type SmileObservation,
  thirtyDayVol,
  upperTailMean,
} from "./index.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const near = (got: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not within ${tolerance} of ${expected}`);

function history(paths: Readonly<Record<string, Float64Array>>): History {
  const series = new Map<string, FactorSeries>();
  let length = 0;
  for (const [of, values] of Object.entries(paths)) {
    series.set(factorKey("spot", of), { factor: "spot", of, values });
    length = values.length;
  }
  return {
    source: "test",
    synthetic: true,
    startMs: Date.UTC(2020, 0, 1),
    intervalMs: hourMs,
    length,
    series,
  };
}

test("tail mean counts the boundary in part; quantile interpolates; slope goes through the origin", () => {
  assert.equal(upperTailMean([1, 2, 3, 4], 0.5), 3.5);
  near(upperTailMean([1, 2, 3, 4], 0.375), (4 + 0.5 * 3) / 1.5, 1e-15);
  assert.equal(upperTailMean([], 0.5), 0);
  assert.equal(upperTailMean([7], 0.005), 7);
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([0, 1], 0.25), 0.25);
  assert.equal(slopeThroughOrigin([1, 2], [2, 4]), 2);
  assert.equal(slopeThroughOrigin([0], [1]), 0);
});

test("beta and residual of a constructed pair come back", () => {
  const random = randomStream(7);
  const count = 20_000;
  const a = new Float64Array(count);
  const b = new Float64Array(count);
  let [x, y] = [0, 0];
  for (let at = 0; at < count; at++) {
    const common = 0.01 * random.nextNormal();
    x += common;
    y += 0.5 * common + 0.001 * random.nextNormal();
    a[at] = exp(x);
    b[at] = exp(y);
  }
  const [market, other] = calibrateSpot({
    history: history({ BTC: a, ETH: b }),
    symbols: ["BTC", "ETH"],
    market: "BTC",
    horizonSteps: 4,
  });
  assert.deepEqual([market!.beta, market!.residual], [1, 0]);
  // Shares of own ranges: the beta of returns is scaled by the ratio of the ranges.
  near((other!.beta * other!.range) / market!.range, 0.5, 0.03);
  assert.ok(other!.residual < 0.25, `residual ${other!.residual}`);
  assert.ok(market!.range > 0.05 && market!.range < 0.08);
});

test("a gap is never bridged by a move", () => {
  const values = Float64Array.from({ length: 1000 }, (_, at) => (at < 500 ? 1 : at < 505 ? Number.NaN : 100));
  const [estimate] = calibrateSpot({
    history: history({ BTC: values }),
    symbols: ["BTC"],
    market: "BTC",
    horizonSteps: 24,
  });
  assert.equal(estimate!.range, 0);
});

test("volatility's answer to spot is measured on clear moves, and its tails on all", () => {
  const observations = Array.from({ length: 400 }, (_, at) => {
    const spotUsd = at % 2 === 0 ? 100 : 90;
    return { timeMs: at * dayMs, spotUsd, vol30: at % 2 === 0 ? 0.5 : 0.6 };
  });
  const estimate = calibrateVolLevel([observations]);
  const change = Math.log(0.6 / 0.5);
  near(estimate.up, change, 1e-12);
  near(estimate.down, change, 1e-12);
  near(estimate.spotBetaDown, change / Math.log(0.9), 1e-12);
  near(estimate.spotTail, 1 / 0.9 - 1, 1e-12);
});

test("the tenor exponent of a constructed surface comes back; so do skew, wings and basis", () => {
  const tenorsDays = [3, 7, 14, 21, 28, 45, 90, 180, 365];
  const random = randomStream(3);
  const smiles: SmileObservation[] = [];
  let level = 0;
  for (let day = 0; day < 120; day++) {
    level = 0.2 * random.nextNormal();
    for (const [index, tenor] of tenorsDays.entries()) {
      const atmVol = 0.6 * exp(level * Math.pow(30 / tenor, tenor < 30 ? 0.4 : 0.2));
      const tilt = day % 2 === 0 ? 0.05 : -0.05;
      smiles.push({
        timeMs: day * dayMs,
        underlying: "BTC",
        // Constant maturities, so that the exponent is exact; an expiry of its own per tenor.
        expiryMs: index,
        expiryYears: tenor / 365,
        indexUsd: 100,
        forward: 100 * exp((day % 2 === 0 ? 0.02 : 0.03) * (tenor / 365)),
        atmVol,
        put25Vol: 1.1 * atmVol * exp(tilt / 2),
        call25Vol: 1.1 * atmVol * exp(-tilt / 2),
      });
    }
  }
  const estimate = calibrateSmile(smiles);
  near(estimate.powerShort, 0.4, 0.05);
  near(estimate.powerLong, 0.2, 0.05);
  near(estimate.skew, 0.1, 1e-9);
  near(estimate.smile, 0, 1e-9);
  near(estimate.basis, 0.01, 1e-9);
});

test("30-day volatility is interpolated in total variance, and absent outside the expiries", () => {
  const at = (days: number, atmVol: number): SmileObservation => ({
    timeMs: 0,
    underlying: "BTC",
    expiryMs: days,
    expiryYears: days / 365,
    indexUsd: 1,
    forward: 1,
    atmVol,
    put25Vol: atmVol,
    call25Vol: atmVol,
  });
  near(thirtyDayVol([at(20, 0.5), at(40, 0.6)])!, Math.sqrt((0.25 * 20 + 0.36 * 40) / 2 / 30), 1e-12);
  assert.equal(thirtyDayVol([at(40, 0.5), at(60, 0.6)]), undefined);
});

test("a peg's lone print drops out, a lasting fall counts", () => {
  const calm = Array.from({ length: 50 }, () => 1);
  assert.equal(calibratePeg("X", [...calm, 0.5, ...calm], 30).fall, 0);
  near(calibratePeg("X", [...calm, 0.9, 0.9, ...calm], 30).fall, 0.1, 1e-12);
});

test("the half-life that made the volatility scores best", () => {
  const random = randomStream(11);
  let [variance, price] = [1e-4, 0];
  const values = Float64Array.from({ length: 40_000 }, () => {
    const move = Math.sqrt(variance) * random.nextNormal();
    const keep = exp(-Math.LN2 / 72);
    variance = keep * variance + (1 - keep) * move * move;
    variance = Math.max(variance, 1e-6);
    price += move;
    return exp(price);
  });
  const scores = scoreHalfLives(history({ BTC: values }), ["BTC"], [8, 72, 720]);
  const best = scores.toSorted((a, b) => a.qlike - b.qlike)[0]!;
  assert.equal(best.halfLifeHours, 72);
});

test("what no data tells stays as it is, with its source", () => {
  const base = parseMarginParameters(
    readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
  );
  const random = randomStream(3);
  let x = 0;
  const path = Float64Array.from({ length: 2000 }, () => exp((x += 0.01 * random.nextNormal())));
  const spanText = { prices: "a", chains: "b", pegs: "c", liquidity: "d" };
  const data = { dailyVols: [], smiles: [], pegs: [], liquidity: [], spanText };
  const { parameters } = calibrate(base, { ...data, spots: history({ BTC: path }) }, "prices only");
  const [before, after] = [base, parameters].map(({ classes }) => classes["btc"]!);
  assert.notEqual(after!.spotRange, before!.spotRange);
  const { spotRange, marketBeta, spotResidual, extremes } = after!;
  assert.deepEqual(after, { ...before, spotRange, marketBeta, spotResidual, extremes });
  assert.deepEqual(parameters.classes["eth"], base.classes["eth"]);
  const sourceOf = (of: typeof base, name: string): string | undefined =>
    of.sources.find(({ parameter }) => parameter === name)?.fittedFrom;
  for (const key of ["volUp", "skewShock", "basisShock"]) {
    assert.equal(sourceOf(parameters, `classes.btc.${key}`), sourceOf(base, `classes.btc.${key}`));
  }
  assert.match(sourceOf(parameters, "classes.btc.spotRange")!, /; a$/);
});

test("a history too short for its tails is refused", () => {
  const base = parseMarginParameters(
    readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
  );
  const spanText = { prices: "a", chains: "b", pegs: "c", liquidity: "d" };
  const path = Float64Array.from({ length: 200 }, (_, at) => 100 + (at % 7));
  const data = {
    spots: history({ BTC: path }),
    dailyVols: [],
    smiles: [],
    pegs: [],
    liquidity: [],
    spanText,
  };
  assert.throws(() => calibrate(base, data, "too short"), { code: "PLM_DATA_GAP" });
});
