import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseMarginParameters } from "../parameters/parameters-document.ts";
import { atSafetyLevel, withLevelSource } from "./safety-level.ts";

const shipped = parseMarginParameters(
  readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);
const base = {
  ...shipped,
  shortfall: { ...shipped.shortfall, initialMultiplier: 1, maintenanceMultiplier: 0.9 },
  stress: {
    ...shipped.stress,
    measured: {
      fullDays: 365,
      spotShare: 0.5,
      volUpShare: 0.9,
      volDownShare: 0.3333,
      skewShare: 1,
      basisShare: 0,
      pegShare: 0.25,
    },
  },
};

test("a level multiplies factors and shares, rounded up to three decimals, shares to at most 1", () => {
  const low = atSafetyLevel(base, 0.7777);
  assert.deepEqual([low.shortfall.initialMultiplier, low.shortfall.maintenanceMultiplier], [0.778, 0.7]);
  assert.deepEqual(low.stress.measured, {
    fullDays: 365,
    spotShare: 0.389,
    volUpShare: 0.7,
    volDownShare: 0.26,
    skewShare: 0.778,
    basisShare: 0,
    pegShare: 0.195,
  });
  const high = atSafetyLevel(base, 1.5);
  assert.deepEqual([high.shortfall.initialMultiplier, high.shortfall.maintenanceMultiplier], [1.5, 1.35]);
  assert.equal(high.stress.measured?.volUpShare, 1);
  assert.equal(high.stress.measured?.spotShare, 0.75);
  // all else is as it was, and the document is one
  assert.deepEqual(low.classes, base.classes);
  parseMarginParameters(JSON.stringify(low));
  parseMarginParameters(JSON.stringify(high));
});

test("without shares only the factors move", () => {
  const { measured: _measured, ...stress } = base.stress;
  assert.deepEqual(atSafetyLevel({ ...base, stress }, 0.5).stress, stress);
});

test("a level's source takes the place of the one before", () => {
  const sources = withLevelSource(withLevelSource(base, "first"), "second").sources;
  for (const name of ["shortfall.initialMultiplier", "shortfall.maintenanceMultiplier", "stress.measured"]) {
    assert.deepEqual(
      sources.filter(({ parameter }) => parameter === name).map(({ fittedFrom }) => fittedFrom),
      ["second"],
    );
  }
  assert.equal(sources.length, withLevelSource(base, "first").sources.length);
});
