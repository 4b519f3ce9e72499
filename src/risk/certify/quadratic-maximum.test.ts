import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Quadratic, quadraticMaximum } from "./quadratic-maximum.ts";

const at = (q: Quadratic, u: number, v: number): number =>
  q.constant + q.uSlope * u + q.vSlope * v + 0.5 * (q.uu * u * u + q.vv * v * v) + q.uv * u * v;

function maximum(q: Quadratic): { value: number; u: number; v: number } {
  const into = { value: 0, u: 0, v: 0 };
  quadraticMaximum(q, into);
  return into;
}

test("corners, edges and insides of known forms", () => {
  const flat = { constant: 1, uSlope: 0, vSlope: 0, uu: 0, uv: 0, vv: 0 };
  assert.equal(maximum(flat).value, 1);
  assert.equal(maximum({ ...flat, uSlope: 2, vSlope: -3 }).value, 6);
  assert.deepEqual(maximum({ ...flat, uSlope: 1, uu: -2, vSlope: 1 }), { value: 2.25, u: 0.5, v: 1 });
  // −(u − ¼)² − (v + ½)² + 2
  const hill = { constant: 2 - 0.0625 - 0.25, uSlope: 0.5, vSlope: -1, uu: -2, uv: 0, vv: -2 };
  assert.deepEqual(maximum(hill), { value: 2, u: 0.25, v: -0.5 });
  assert.equal(maximum({ ...flat, uv: 3 }).value, 4);
});

test("a ridge that is not axis-aligned is followed, exactly singular or nearly so", () => {
  for (const away of [0, 1e-17, -1e-17, 1e-12, -1e-12, 1e-7]) {
    // −½(u − v)² + ½(u + v)·slope, plus a little curvature along the ridge
    const q = { constant: 0, uSlope: 0.5, vSlope: 0.5, uu: -1 - away, uv: 1, vv: -1 - away };
    assert.ok(maximum(q).value >= 1 - Math.max(0, away) - 1e-15);
    assert.ok(maximum(q).value <= 1 + 1e-8);
  }
});

test("no point of the square is higher, and the point given attains the value but for raising", () => {
  const term = fc.double({ min: -10, max: 10, noNaN: true });
  const quadratic = fc.record({ constant: term, uSlope: term, vSlope: term, uu: term, uv: term, vv: term });
  const side = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(quadratic, fc.array(fc.tuple(side, side), { minLength: 30, maxLength: 30 }), (q, points) => {
      const { value, u, v } = maximum(q);
      for (const [pu, pv] of points) assert.ok(at(q, pu, pv) <= value + 1e-12, `${pu} ${pv}`);
      assert.ok(Math.abs(u) <= 1 && Math.abs(v) <= 1);
      assert.ok(Math.abs(at(q, u, v) - value) <= 1e-7);
    }),
    { seed: 1, numRuns: 1000 },
  );
});
