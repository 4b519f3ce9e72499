import assert from "node:assert/strict";
import { test } from "node:test";
import { lossGivenBreach } from "./loss-given-breach.ts";

const losses = Float64Array.of(5, 12, -3, 30, 4, 0);
const requirements = Float64Array.of(10, 10, 10, 20, 0, 0);
const notionals = Float64Array.of(100, 100, 100, 400, 50, 0);

test("excess over the requirement, by window, requirement and notional", () => {
  assert.deepEqual(lossGivenBreach({ losses, requirements, notionals }), {
    observations: 6,
    breaches: 3,
    meanExcess: 16 / 3,
    worstExcess: 10,
    worstWindow: 3,
    excessPerWindow: 16 / 6,
    shareOfRequirement: { mean: (0.2 + 0.5) / 2, worst: 0.5, breaches: 2 },
    breachesWithoutRequirement: 1,
    shareOfNotional: { mean: (0.02 + 0.025 + 0.08) / 3, worst: 0.08, breaches: 3 },
  });
});

test("a scale multiplies requirements before excess is taken", () => {
  const doubled = lossGivenBreach({ losses, requirements, scale: 1.25 });
  const given = lossGivenBreach({ losses, requirements: requirements.map((value) => 1.25 * value) });
  assert.deepEqual(doubled, given);
  assert.equal(doubled.worstExcess, 5);
  assert.equal(doubled.shareOfNotional, null);
  const none = lossGivenBreach({ losses, requirements, scale: 0 });
  assert.equal(none.breachesWithoutRequirement, none.breaches);
  assert.equal(none.shareOfRequirement, null);
});

test("without a breach nothing is claimed", () => {
  const safe = lossGivenBreach({ losses: Float64Array.of(1, -1), requirements: Float64Array.of(1, 0) });
  assert.deepEqual(safe, {
    observations: 2,
    breaches: 0,
    meanExcess: null,
    worstExcess: null,
    worstWindow: null,
    excessPerWindow: 0,
    shareOfRequirement: null,
    breachesWithoutRequirement: 0,
    shareOfNotional: null,
  });
});

test("refused: numbers out of range", () => {
  assert.throws(() => lossGivenBreach({ losses, requirements, notionals: Float64Array.of(1) }), {
    code: "PLM_DOMAIN",
    field: "notionals",
  });
  assert.throws(() => lossGivenBreach({ losses, requirements, scale: Infinity }), {
    code: "PLM_DOMAIN",
    field: "scale",
  });
});
