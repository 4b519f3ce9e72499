import assert from "node:assert/strict";
import { test } from "node:test";
import { exp, log, randomStream } from "../../numerics/index.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { shapeNames } from "./simulated-surface.ts";
import {
  type CloseSeries,
  type CoinTraining,
  fitSurfaceModel,
  lnRealised,
  type ObservedSurface,
  simulateSurfaces,
} from "./surface-model.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = Date.UTC(2024, 0, 1);
const days = 160;
const hourlyVol = 0.6 / Math.sqrt(24 * 365);

/** Hourly closes of a random walk with 60 % volatility. */
function walk(seed: number): CloseSeries {
  const draw = randomStream(seed);
  const closes = new Float64Array(days * 24 + 1);
  closes[0] = 50_000;
  for (let hour = 1; hour < closes.length; hour++)
    closes[hour] = closes[hour - 1]! * exp(hourlyVol * draw.nextNormal());
  return { startMs, closes };
}

const slope = 0.4;
const fade = 0.7;
const answer = -0.5;

/** Surfaces whose first place keeps 0.7 of its deviation a day and falls by half of what spot gains; the rest stay still. */
function training(symbol: string, seed: number): CoinTraining {
  const draw = randomStream(seed + 100);
  const spot = walk(seed);
  const surfaces: ObservedSurface[] = [];
  const index = new Map<number, number>();
  let level = log(0.6);
  let deviation = 0;
  for (let day = 31; day < days; day++) {
    const timeMs = startMs + day * dayMs;
    const indexUsd = spot.closes[day * 24]!;
    const before = surfaces.at(-1);
    const spotReturn = before ? log(indexUsd / before.indexUsd) : 0;
    level = 0.9 * level + 0.1 * log(0.6) + 0.02 * draw.nextNormal();
    deviation = fade * deviation + answer * spotReturn + 0.001 * draw.nextNormal();
    const shape = shapeNames.map((_, place) => (place === 0 ? 0.1 + slope * level + deviation : 0));
    surfaces.push({ timeMs, indexUsd, state: { level, shape } });
    index.set(timeMs, level + 0.05);
  }
  return { symbol, surfaces, index, levelUntilMs: Infinity, spot };
}

const coins = [training("BTC", 1), training("ETH", 2)];
const model = fitSurfaceModel(coins);

const walked = (from: number, to: number, lnIndex?: number) =>
  Array.from({ length: to - from }, (_, at) => {
    const timeMs = startMs + (from + at) * dayMs;
    return {
      timeMs,
      coins: coins.map(({ spot }) => ({ spot, spotUsd: spot.closes[(from + at) * 24]!, lnIndex })),
    };
  });

test("realised volatility is that of the hours before, and of nothing else", () => {
  const { spot } = coins[0]!;
  const timeMs = startMs + 60 * dayMs;
  assert.ok(Math.abs(lnRealised(spot, timeMs, 30) - log(0.6)) < 0.1);
  const changed = { ...spot, closes: spot.closes.map((close, hour) => (hour > 60 * 24 ? close * 2 : close)) };
  assert.equal(lnRealised(changed, timeMs, 30), lnRealised(spot, timeMs, 30));
  const gap = { ...spot, closes: spot.closes.map((close, hour) => (hour % 5 === 0 ? Number.NaN : close)) };
  assert.ok(Number.isNaN(lnRealised(gap, timeMs, 30)));
  assert.ok(Number.isNaN(lnRealised(spot, startMs + dayMs, 30)));
});

test("the fit finds how a surface moves", () => {
  const [coin] = model.coins;
  assert.ok(coin);
  assert.ok(Math.abs(coin.indexGap - 0.05) < 1e-9);
  assert.ok(Math.abs(coin.means[0]![1]! - slope) < 0.15);
  assert.ok(Math.abs(coin.steps[0]![0]! - fade) < 0.1);
  assert.ok(Math.abs(coin.steps[0]![1]! - answer) < 0.05);
  assert.equal(model.shapeShocks[0]?.length, 2 * shapeNames.length);
});

test("the same seed gives the same surfaces, whatever comes after; another seed gives others", () => {
  const long = simulateSurfaces(model, walked(40, 120), 7);
  const short = simulateSurfaces(model, walked(40, 80), 7);
  assert.deepEqual(long.slice(0, 40), short);
  assert.notDeepEqual(simulateSurfaces(model, walked(40, 80), 8), short);
});

test("a recorded level is taken as it is, less the gap of the index; without one it follows past volatility", () => {
  for (const { states, recorded } of simulateSurfaces(model, walked(40, 60, log(0.9)), 1)) {
    assert.ok(Math.abs(states.get("BTC")!.level - (log(0.9) - 0.05)) < 1e-9);
    assert.ok(recorded.has("BTC"));
  }
  const simulated = simulateSurfaces(model, walked(40, 150), 1);
  const mean = simulated.reduce((sum, { states }) => sum + states.get("BTC")!.level, 0) / simulated.length;
  assert.ok(Math.abs(mean - log(0.6)) < 0.15);
  assert.ok(simulated.every(({ recorded }) => recorded.size === 0));
});

test("deviations answer to spot: a crash lifts what a gain lowers", () => {
  const first = (day: (typeof flat)[number], share: number): (typeof flat)[number] => ({
    ...day,
    coins: day.coins.map((coin) => ({ ...coin, spotUsd: coin.spotUsd * share })),
  });
  const flat = walked(40, 42, log(0.6));
  const shapeAfter = (share: number): number =>
    simulateSurfaces(model, [flat[0]!, first(flat[1]!, share)], 3)[1]!.states.get("BTC")!.shape[0]!;
  const difference = shapeAfter(0.9) - shapeAfter(1);
  assert.ok(Math.abs(difference - answer * log(0.9)) < 0.01);
});

test("too few days are refused by name", () => {
  const [coin] = coins;
  assert.ok(coin);
  const few = { ...coin, surfaces: coin.surfaces.slice(0, 10) };
  assert.throws(
    () => fitSurfaceModel([few]),
    (error) => error instanceof PlimsollError && error.code === "PLM_DATA_GAP",
  );
});
