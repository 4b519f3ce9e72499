import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type FilteredFactor } from "./factor-history.ts";
import { allowedGrowth, limitedVolatility } from "./rise-limit.ts";

const hourMs = 3_600_000;
const limit = { riseSharePerHour: 0.05, riseSharePerDay: 0.2, newMoveDeviations: 2.5 };
const growth = allowedGrowth(limit);

const factorAt = (timesMs: readonly number[]): FilteredFactor => ({
  kind: "spot",
  symbol: "BTC",
  timesMs: Float64Array.from(timesMs),
  values: new Float64Array(timesMs.length),
  volPerRootHour: new Float64Array(timesMs.length),
  meanSquarePerHour: new Float64Array(timesMs.length),
  spacingMs: hourMs,
  settledMs: 0,
});

/** The limited volatility with what is known at an instant. */
function at(timesMs: readonly number[], volatilities: readonly number[], asOfMs: number) {
  const last = timesMs.findLastIndex((timeMs) => timeMs <= asOfMs);
  return limitedVolatility(factorAt(timesMs), Float64Array.from(volatilities), last, asOfMs, limit);
}

test("growth is that of an hour and of a day, and of two spans at most their product", () => {
  assert.equal(growth[0], 1);
  assert.ok(Math.abs(growth[1]! - 1.05) < 1e-15);
  assert.equal(growth[24], 1.2);
  assert.equal(growth[23], 1.2);
  assert.ok(Math.abs(growth[49]! - 1.44 * 1.05) < 1e-12);
  for (let a = 0; a < 200; a++)
    for (let b = 0; b < 200; b++)
      assert.ok(growth[a + b]! <= growth[a]! * growth[b]! * (1 + 1e-12), `${a} ${b}`);
});

test("a jump is climbed at the allowed speed, a fall is followed at once, slow rises are not touched", () => {
  const times = Array.from({ length: 100 }, (_, hour) => hour * hourMs);
  const jump = times.map((_, hour) => (hour < 10 ? 1 : 3));
  assert.equal(at(times, jump, 9 * hourMs).now, 1);
  assert.ok(Math.abs(at(times, jump, 10 * hourMs).now - 1.05) < 1e-12);
  assert.ok(Math.abs(at(times, jump, 33 * hourMs).now - 1.2) < 1e-12);
  assert.ok(Math.abs(at(times, jump, 34 * hourMs).now - 1.2 * 1.05) < 1e-12);
  const fall = times.map((_, hour) => (hour < 10 ? 3 : 1));
  assert.equal(at(times, fall, 10 * hourMs).now, 1);
  const slow = times.map((_, hour) => 1 + hour / 200);
  for (let hour = 0; hour < 100; hour += 9) assert.equal(at(times, slow, hour * hourMs).now, slow[hour]);
});

test("a daily series climbs by hours, too", () => {
  const times = [0, 24, 48].map((hour) => hour * hourMs);
  const rises = [1, 1, 1.15];
  assert.ok(Math.abs(at(times, rises, 48 * hourMs).now - 1.05) < 1e-12);
  assert.ok(Math.abs(at(times, rises, 49 * hourMs).now - 1.05 * 1.05) < 1e-12);
  assert.ok(Math.abs(at(times, rises, 51 * hourMs).now - 1.15) < 1e-12);
});

test("whatever is observed and whenever, the limited volatility and each bound rise at most so fast", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.double({ min: 0.01, max: 10, noNaN: true })), {
        minLength: 2,
        maxLength: 60,
      }),
      fc.integer({ min: 0, max: 20_000 }),
      fc.integer({ min: 1, max: 3_000 }),
      (observations, fromMinute, minutes) => {
        let minute = 0;
        const times = observations.map(([gap]) => (minute += gap) * 60_000);
        const volatilities = observations.map(([, volatility]) => volatility);
        const fromMs = times[0]! + fromMinute * 60_000;
        const toMs = fromMs + minutes * 60_000;
        const [before, after] = [at(times, volatilities, fromMs), at(times, volatilities, toMs)];
        const most = growth[Math.ceil(minutes / 60)]! * (1 + 1e-12);
        assert.ok(after.now <= before.now * most);
        const last = times.findLastIndex((timeMs) => timeMs <= toMs);
        assert.ok(after.now <= volatilities[last]!);
        for (const timeMs of times) {
          if (timeMs > toMs) continue;
          const bound = after.boundFrom(timeMs);
          assert.ok(bound >= after.now);
          // What has ended since then counts at most what was known before may have grown to.
          assert.ok(bound <= (timeMs > fromMs ? before.now : before.boundFrom(timeMs)) * most);
        }
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});
