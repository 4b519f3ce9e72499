import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseMarginParameters } from "./parameters-document.ts";
import { wholeShocks } from "./whole-shocks.ts";

const shipped = parseMarginParameters(
  readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);

test("whole shocks keep the days that past moves hang on, and are whole already", () => {
  const whole = wholeShocks(shipped);
  const { fullDays, ...shares } = whole.stress.measured!;
  assert.equal(fullDays, shipped.stress.measured!.fullDays);
  assert.deepEqual(new Set(Object.values(shares)), new Set([1]));
  assert.equal(wholeShocks(shipped), whole);
  assert.equal(wholeShocks(whole), whole);
});

test("without shares every shock is whole", () => {
  const { measured: _, ...stress } = shipped.stress;
  const parameters = { ...shipped, stress };
  assert.equal(wholeShocks(parameters), parameters);
});
