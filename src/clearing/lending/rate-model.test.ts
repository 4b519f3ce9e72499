import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type AdaptiveCurve, adaptiveRate } from "./adaptive-rate.ts";
import { compoundGrowthCeil, compoundGrowthFloor } from "./growth.ts";
import { kinkedModel, kinkedRate, utilisation, interestScale } from "./rate-model.ts";

test("utilisation is the borrowed share, at most all, 0 of nothing", () => {
  assert.equal(utilisation(3n, 1n), interestScale / 3n);
  assert.equal(utilisation(1n, 3n), interestScale);
  assert.equal(utilisation(0n, 3n), 0n);
  assert.equal(utilisation(3n, 0n), 0n);
});

test("a kinked model meets its three points and rises between them", () => {
  const ppm = fc.integer({ min: 0, max: 5_000_000 });
  fc.assert(
    fc.property(ppm, ppm, ppm, fc.integer({ min: 0, max: 1_000_000 }), (a, b, c, optimalUsePpm) => {
      const [rateAtZeroPpm, rateAtOptimumPpm, rateAtFullPpm] = [a, b, c].sort((x, y) => x - y) as [
        number,
        number,
        number,
      ];
      const model = kinkedModel({ rateAtZeroPpm, rateAtOptimumPpm, rateAtFullPpm, optimalUsePpm });
      const at = (use: bigint): bigint => kinkedRate(use, model);
      const near = (got: bigint, wantPpm: number): void => {
        const want = BigInt(wantPpm) * 1_000_000_000_000n;
        assert.ok(got <= want && got >= want - 4n, `${got} for ${want}`);
      };
      near(at(BigInt(optimalUsePpm) * 1_000_000_000_000n), rateAtOptimumPpm);
      if (optimalUsePpm > 0) near(at(0n), rateAtZeroPpm);
      if (optimalUsePpm < 1_000_000) near(at(interestScale), rateAtFullPpm);
      let before = -1n;
      for (let i = 0n; i <= 20n; i++) {
        const rate = at((interestScale * i) / 20n);
        assert.ok(rate >= before);
        before = rate;
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

test("growth lies between its roundings, and below e^x − 1 by the fourth term", () => {
  for (const x of [0, 1e-9, 0.01, 0.08, 0.5, 1]) {
    const fixed = BigInt(Math.round(x * 1e18));
    const floor = Number(compoundGrowthFloor(fixed, interestScale)) / 1e18;
    const ceil = Number(compoundGrowthCeil(fixed, interestScale)) / 1e18;
    assert.ok(floor <= ceil && ceil - floor < 1e-15);
    const missing = Math.expm1(x) - floor;
    assert.ok(missing > -1e-15 && missing <= (x ** 4 / 24) * Math.exp(x) + 1e-15, `${missing}`);
  }
});

const curve: AdaptiveCurve = {
  one: interestScale,
  targetUtilisation: (9n * interestScale) / 10n,
  steepness: 4n * interestScale,
  adjustmentSpeed: 1_000_000_000n,
  minRateAtTarget: 1_000n,
  maxRateAtTarget: 1_000_000_000n,
  initialRateAtTarget: 5_000_000n,
  exp: (x) => BigInt(Math.round(Math.exp(Number(x) / 1e18) * 1e18)),
};

test("an adaptive curve: four times the target's rate at full use, a quarter at none", () => {
  const now = (use: bigint): bigint => adaptiveRate(curve, use, 1_000_000n, 0n).endBorrowRate;
  assert.equal(now(interestScale), 4_000_000n);
  assert.equal(now(0n), 250_000n);
  assert.equal(now(curve.targetUtilisation), 1_000_000n);
});

test("an adaptive curve moves up above target, down below, keeps still at it, and stays in its bounds", () => {
  const after = (use: bigint, elapsed: bigint): bigint =>
    adaptiveRate(curve, use, 1_000_000n, elapsed).endRateAtTarget;
  const day = 86_400n;
  // e^(1e-9 × 86,400) at full distance
  assert.equal(after(interestScale, day), 1_000_086n);
  assert.equal(after(0n, day), 999_913n);
  assert.equal(after(curve.targetUtilisation, day), 1_000_000n);
  assert.equal(after(interestScale, 10n ** 11n), curve.maxRateAtTarget);
  assert.equal(after(0n, 10n ** 11n), curve.minRateAtTarget);
  assert.equal(adaptiveRate(curve, interestScale, 0n, day).endRateAtTarget, curve.initialRateAtTarget);
  const { averageBorrowRate, endBorrowRate } = adaptiveRate(curve, interestScale, 1_000_000n, 10n ** 9n);
  assert.ok(averageBorrowRate > 4_000_000n && averageBorrowRate < endBorrowRate);
});
