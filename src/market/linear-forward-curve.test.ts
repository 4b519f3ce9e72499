import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PlimsollError } from "../quantity/error.ts";
import { msPerYear } from "./instrument.ts";
import { linearForwardCurve } from "./linear-forward-curve.ts";

const asOfMs = 1_700_000_000_000;
const years = (count: number): number => asOfMs + count * msPerYear;
const curve = linearForwardCurve({
  asOfMs,
  spot: 100,
  points: [
    { expiryMs: years(1), forward: 110 },
    { expiryMs: years(0.5), forward: 102 },
  ],
});

test("points and spot come back to the last bit, unflagged", () => {
  assert.deepEqual(curve.forwardAt(asOfMs), { value: 100, extrapolated: false });
  assert.deepEqual(curve.forwardAt(0), { value: 100, extrapolated: false });
  assert.deepEqual(curve.forwardAt(years(0.5)), { value: 102, extrapolated: false });
  assert.deepEqual(curve.forwardAt(years(1)), { value: 110, extrapolated: false });
});

test("log-forward is linear between points", () => {
  const cases = [
    [0.25, Math.sqrt(100 * 102)],
    [0.75, Math.sqrt(102 * 110)],
  ] as const;
  for (const [at, expected] of cases) {
    const { value, extrapolated } = curve.forwardAt(years(at));
    assert.ok(Math.abs(value - expected) < 1e-12 * expected);
    assert.equal(extrapolated, false);
  }
});

test("beyond the last point the annualised basis is held, flagged", () => {
  const { value, extrapolated } = curve.forwardAt(years(2));
  assert.ok(Math.abs(value - 121) < 1e-10);
  assert.equal(extrapolated, true);
});

test("a basis of minutes is no yearly rate", () => {
  const minutes = linearForwardCurve({
    asOfMs,
    spot: 100,
    points: [{ expiryMs: asOfMs + 300_000, forward: 100.1 }],
  });
  const { value } = minutes.forwardAt(years(1));
  assert.ok(value > 100 && value < 100.1 * 1.65, `${value}`);
});

test("without points the spot stands, flagged", () => {
  const spot = linearForwardCurve({ asOfMs, spot: 7, points: [] });
  assert.deepEqual(spot.forwardAt(years(1)), { value: 7, extrapolated: true });
});

test("every instant has a positive finite forward", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
      fc.array(
        fc.record({
          expiryMs: fc.integer({ min: asOfMs + 1, max: asOfMs + 1e12 }),
          forward: fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
        }),
        { maxLength: 5 },
      ),
      fc.integer({ min: 0, max: 8.64e15 }),
      (spot, points, instant) => {
        const unique = [...new Map(points.map((point) => [point.expiryMs, point])).values()];
        const { value } = linearForwardCurve({ asOfMs, spot, points: unique }).forwardAt(instant);
        assert.ok(Number.isFinite(value) && value > 0);
      },
    ),
  );
});

test("bad points are refused by name", () => {
  const refused = [
    [{ spot: 0, points: [] }, "PLM_DOMAIN", "spot"],
    [{ spot: NaN, points: [] }, "PLM_DOMAIN", "spot"],
    [{ spot: 1, points: [{ expiryMs: asOfMs, forward: 1 }] }, "PLM_DOMAIN", "points[0].expiryMs"],
    [{ spot: 1, points: [{ expiryMs: years(1), forward: -1 }] }, "PLM_DOMAIN", "points[0].forward"],
    [
      {
        spot: 1,
        points: [
          { expiryMs: years(1), forward: 1 },
          { expiryMs: years(1), forward: 2 },
        ],
      },
      "PLM_DUPLICATE",
      "points[1].expiryMs",
    ],
  ] as const;
  for (const [input, code, field] of refused) {
    assert.throws(
      () => linearForwardCurve({ asOfMs, ...input }),
      (error) => error instanceof PlimsollError && error.code === code && error.field === field,
    );
  }
});
