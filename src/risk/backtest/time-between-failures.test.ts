import assert from "node:assert/strict";
import { test } from "node:test";
import { chiSquareSurvival } from "../../numerics/gamma.ts";
import { randomStream } from "../../numerics/random.ts";
import { kupiecTest, timeUntilFirstFailureTest } from "./coverage.ts";
import {
  mixedTimeBetweenFailuresTest,
  timeBetweenFailuresTest,
  waitsBetween,
} from "./time-between-failures.ts";

test("waits are counted from the start and from one exception to the next", () => {
  assert.deepEqual(waitsBetween([false, false, true, true, false, true, false]), [3, 1, 2]);
  assert.deepEqual(waitsBetween([true]), [1]);
  assert.deepEqual(waitsBetween([false, false]), []);
});

test("published p-values of its statistics", () => {
  // MathWorks, varbacktest.tbf: 57 failures, LRatioTBFI 88.491 and LRatioTBF 88.952
  assert.ok(Math.abs(chiSquareSurvival(88.491, 57) - 0.0047475) < 5e-7);
  assert.ok(Math.abs(chiSquareSurvival(88.952, 58) - 0.0055565) < 5e-7);
});

test("sums of its parts", () => {
  const [waits, level, observations] = [[3, 1, 40], 0.95, 60] as const;
  const parts = waits.map((firstFailure) => timeUntilFirstFailureTest({ firstFailure, level }).statistic);
  const between = timeBetweenFailuresTest({ waits, level });
  assert.ok(Math.abs(between.statistic - parts.reduce((a, b) => a + b)) < 1e-12);
  assert.equal(between.pValue, chiSquareSurvival(between.statistic, 3));
  const mixed = mixedTimeBetweenFailuresTest({ observations, waits, level });
  const rate = kupiecTest({ observations, exceptions: 3, level });
  assert.ok(Math.abs(mixed.statistic - between.statistic - rate.statistic) < 1e-12);
  assert.equal(mixed.pValue, chiSquareSurvival(mixed.statistic, 4));
  assert.deepEqual(timeBetweenFailuresTest({ waits: [], level }), { statistic: 0, pValue: 1 });
  assert.throws(() => timeBetweenFailuresTest({ waits: [0], level }), { code: "PLM_DOMAIN" });
});

test("exceptions that come in runs a few periods apart are found", () => {
  const stream = randomStream(2);
  // every exception is followed by two more, three periods apart each: adjacent pairs look independent
  const exceptions = Array.from({ length: 2000 }, () => false);
  for (let i = 0; i < 1990; i++) {
    if (stream.nextFloat() < 0.01) for (const lag of [0, 3, 6]) exceptions[i + lag] = true;
  }
  assert.ok(timeBetweenFailuresTest({ waits: waitsBetween(exceptions), level: 0.97 }).pValue < 0.001);
});
