import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as r from "./rational.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 });

test("every float64 comes back from its exact decimal", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => r.toNumber(r.rational(x)) === x),
  );
});

test("arithmetic is exact: the field laws hold without tolerance", () => {
  fc.assert(
    fc.property(finite, finite, finite, (x, y, z) => {
      const [a, b, c] = [r.rational(x), r.rational(y), r.rational(z)];
      assert.equal(r.compare(r.multiply(a, r.add(b, c)), r.add(r.multiply(a, b), r.multiply(a, c))), 0);
      if (y !== 0) assert.equal(r.compare(r.multiply(r.divide(a, b), b), a), 0);
    }),
  );
});

test("a root squared is the number to 39 digits", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: 1e-12, max: 1e18 }), (x) => {
      const a = r.rational(x);
      const root = r.squareRoot(a);
      const error = r.magnitude(r.subtract(r.multiply(root, root), a));
      assert.ok(r.compare(error, r.multiply(a, r.rational("1e-33"))) <= 0);
    }),
  );
});

for (const [text, floor] of [
  ["184343.9", 184343n],
  ["-0.5", -1n],
  ["-2", -2n],
  ["7", 7n],
] as const) {
  test(`floor of ${text} is ${floor}`, () => {
    assert.equal(r.floorOf(r.rational(text)).numerator, floor);
  });
}

test("what is not a decimal is refused by name", () => {
  for (const bad of ["", ".", "1e", "NaN", "0x10", "1,5"]) {
    assert.throws(() => r.rational(bad, "size"), /PLM_DOMAIN: size/);
  }
  assert.throws(() => r.divide(r.one, r.zero), /PLM_DOMAIN/);
});
