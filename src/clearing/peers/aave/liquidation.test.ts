import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareFractions, fractionPpm, whole } from "../../liquidation/fraction.ts";
import { belowTargetHealth } from "../../liquidation/health.ts";
import {
  aaveV3CloseFactor,
  aaveV3Repayable,
  aaveV4Bonus,
  aaveV4Repay,
  type AaveV4Terms,
} from "./liquidation.ts";

const usd = 1_000_000n;

test("v3.3: half, all of what is very unhealthy or small, and never less than 1000 USD left", () => {
  assert.deepEqual(aaveV3CloseFactor(fractionPpm(960_000), 9_000n * usd, usd), {
    numerator: 50n,
    denominator: 100n,
  });
  assert.deepEqual(aaveV3CloseFactor(fractionPpm(950_000), 9_000n * usd, usd), whole);
  const position = { collateral: 10_000n * usd, debt: 8_200n * usd, threshold: fractionPpm(800_000) };
  assert.equal(aaveV3Repayable(position, usd), 4_100n * usd);
  assert.equal(aaveV3Repayable({ ...position, debt: 8_500n * usd }, usd), 8_500n * usd);
  const small = { collateral: 2_450n * usd, debt: 1_990n * usd, threshold: fractionPpm(800_000) };
  assert.equal(aaveV3Repayable(small, usd), 1_990n * usd);
});

const terms: AaveV4Terms = {
  maxBonus: fractionPpm(60_000),
  bonusPart: fractionPpm(500_000),
  maxBonusHealth: fractionPpm(900_000),
  targetHealth: fractionPpm(1_050_000),
};

test("v4: the bonus grows from half of 6 % at a health of 1 to all of it at 0.9", () => {
  for (const [health, bonus] of [
    [1_200_000, 30_000],
    [1_000_000, 30_000],
    [950_000, 45_000],
    [900_000, 60_000],
    [500_000, 60_000],
  ] as const) {
    assert.equal(compareFractions(aaveV4Bonus(fractionPpm(health), terms), fractionPpm(bonus)), 0);
  }
});

test("v4: a step ends at the target health or takes what the collateral covers", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 12n }),
      fc.bigInt({ min: 1n, max: 10n ** 12n }),
      (collateral, debt) => {
        const position = { collateral, debt, threshold: fractionPpm(800_000) };
        if (!belowTargetHealth(position)) return;
        const step = aaveV4Repay(position, terms);
        if (step.kind === "routedOnward") return assert.ok(collateral < 2n);
        assert.ok(step.size >= 1n && step.size <= debt);
        const bonus = aaveV4Bonus({ numerator: collateral * 8n, denominator: debt * 10n }, terms);
        const left = {
          threshold: position.threshold,
          collateral: collateral * bonus.denominator - step.size * (bonus.denominator + bonus.numerator),
          debt: (debt - step.size) * bonus.denominator,
        };
        assert.ok(left.collateral >= 0n);
        // Rounded up by a unit of debt, so that the target is met to that unit.
        if (step.kind === "restores") assert.ok(!belowTargetHealth(left, terms.targetHealth));
        else assert.ok(belowTargetHealth(left, terms.targetHealth));
      },
    ),
    { seed: 1, numRuns: 2_000 },
  );
});
