import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addFractions,
  compareFractions,
  fractionPpm,
  multiplyFractions,
  nothing,
  partCeil,
  partFloor,
  whole,
} from "./fraction.ts";
import { belowTargetHealth, healthOf, transferLowersHealth, weightedCollateralFloor } from "./health.ts";

test("collaterals count for their thresholds, each rounded down", () => {
  const assets = [
    { value: 99n, threshold: fractionPpm(500_000) },
    { value: 10n, threshold: fractionPpm(850_000) },
    { value: 7n, threshold: nothing },
  ];
  assert.equal(weightedCollateralFloor(assets), 49n + 8n);
  assert.deepEqual(healthOf(57n, 50n), { numerator: 57n, denominator: 50n });
  assert.equal(healthOf(57n, 0n), undefined);
});

test("at the threshold an account is healthy; a unit of debt more and it is not", () => {
  const position = { collateral: 1_000n, debt: 800n, threshold: fractionPpm(800_000) };
  assert.equal(belowTargetHealth(position), false);
  assert.equal(belowTargetHealth({ ...position, debt: 801n }), true);
  assert.equal(belowTargetHealth(position, fractionPpm(1_000_001)), true);
});

test("collateral of exactly the debt and its bonus cannot be helped by that bonus", () => {
  assert.equal(transferLowersHealth({ collateral: 105n, debt: 100n }, fractionPpm(50_000)), true);
  assert.equal(transferLowersHealth({ collateral: 106n, debt: 100n }, fractionPpm(50_000)), false);
});

test("fractions: parts round as named, sums, products and comparisons are exact", () => {
  const third = { numerator: 1n, denominator: 3n };
  assert.deepEqual([partFloor(10n, third), partCeil(10n, third), partFloor(-10n, third)], [3n, 4n, -4n]);
  assert.equal(compareFractions(addFractions(third, { numerator: 2n, denominator: 3n }), whole), 0);
  assert.equal(compareFractions(multiplyFractions(third, whole), fractionPpm(333_333)), 1);
  assert.equal(compareFractions(nothing, third), -1);
});
