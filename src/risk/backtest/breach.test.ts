import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ulp } from "../../numerics/float-bits.ts";
import { breachScale, countBreaches, requireLosses } from "./breach.ts";

const amount = fc.double({ min: 1e-3, max: 1e12, noNaN: true });

test("the scale of a window is the smallest float64 that covers its loss", () => {
  fc.assert(
    fc.property(amount, amount, (loss, requirement) => {
      const scale = breachScale(loss, requirement);
      assert.ok(!(loss > scale * requirement), "covers");
      const below = scale - ulp(scale);
      assert.ok(loss > below * requirement, "nothing smaller covers");
      assert.ok(Math.abs(scale / (loss / requirement) - 1) < 5e-16);
    }),
    { seed: 1, numRuns: 20_000 },
  );
});

test("a gain never breaches, a loss without a requirement always does", () => {
  assert.equal(breachScale(0, 0), 0);
  assert.equal(breachScale(-5, 0), 0);
  assert.equal(breachScale(-5, 10), 0);
  assert.equal(breachScale(1e-9, 0), Infinity);
  assert.equal(breachScale(1e300, 1e-300), Infinity);
  assert.equal(breachScale(3, 2), 1.5);
  const series = {
    losses: Float64Array.of(-1, 0, 1, 2, 3),
    requirements: Float64Array.of(0, 0, 0, 2, 2),
  };
  assert.equal(countBreaches(series), 2);
  assert.equal(countBreaches(series, 0.5), 3);
  assert.equal(countBreaches(series, 0), 3);
  assert.equal(countBreaches(series, Infinity), 1);
});

test("what is not a series is refused by name", () => {
  const losses = Float64Array.of(1, 2);
  assert.throws(() => requireLosses("s", { losses, requirements: Float64Array.of(1) }), {
    code: "PLM_DOMAIN",
    field: "s.requirements",
  });
  assert.throws(() => requireLosses("s", { losses, requirements: Float64Array.of(1, -1) }), {
    code: "PLM_DOMAIN",
    field: "s.requirements[1]",
  });
  assert.throws(() => requireLosses("s", { losses: Float64Array.of(NaN), requirements: losses }), {
    code: "PLM_DOMAIN",
  });
  assert.throws(
    () => requireLosses("s", { losses: new Float64Array(0), requirements: new Float64Array(0) }),
    { code: "PLM_DATA_GAP", field: "s.losses" },
  );
});
