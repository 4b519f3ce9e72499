import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { exp, expm1, expWithTail, log, log1p, pow } from "./exp-log.ts";
import { ulp } from "./float-bits.ts";

// Accuracy against high-precision references: test/accuracy. Here: special values, identities, order.

const table = (
  name: string,
  f: (x: number) => number,
  rows: readonly (readonly [number, number])[],
): void => {
  test(`${name}: special values`, () => {
    for (const [x, expected] of rows) assert.ok(Object.is(f(x), expected), `${name}(${x}) = ${f(x)}`);
  });
};

table("exp", exp, [
  [0, 1],
  [-0, 1],
  [NaN, NaN],
  [Infinity, Infinity],
  [-Infinity, 0],
  [709.7827128933841, Infinity],
  [1e308, Infinity],
  [-745.1332191019411, 5e-324],
  [-745.14, 0],
  [-1e308, 0],
  [1e-320, 1],
]);
table("expm1", expm1, [
  [0, 0],
  [-0, -0],
  [NaN, NaN],
  [Infinity, Infinity],
  [-Infinity, -1],
  [-800, -1],
  [710, Infinity],
  [5e-324, 5e-324],
  [1e-20, 1e-20],
]);
table("log", log, [
  [1, 0],
  [0, -Infinity],
  [-0, -Infinity],
  [-1, NaN],
  [-Infinity, NaN],
  [NaN, NaN],
  [Infinity, Infinity],
  [2, Math.LN2],
  [5e-324, -744.4400719213812],
]);
table("log1p", log1p, [
  [0, 0],
  [-0, -0],
  [-1, -Infinity],
  [-1.0000000000000002, NaN],
  [-Infinity, NaN],
  [NaN, NaN],
  [Infinity, Infinity],
  [5e-324, 5e-324],
  [-1e-17, -1e-17],
]);

test("pow: special values", () => {
  const rows: readonly (readonly [number, number, number])[] = [
    [NaN, 0, 1],
    [1, NaN, 1],
    [1, Infinity, 1],
    [0, 0, 1],
    [0, 2, 0],
    [0, -2, Infinity],
    [-0, 3, 0],
    [-2, 2, NaN],
    [-2, 0, 1],
    [NaN, 1, NaN],
    [2, NaN, NaN],
    [2, Infinity, Infinity],
    [2, -Infinity, 0],
    [0.5, Infinity, 0],
    [0.5, -Infinity, Infinity],
    [Infinity, 2, Infinity],
    [Infinity, -2, 0],
    [2, 1024, Infinity],
    [2, -1074, 5e-324],
    [2, -1080, 0],
    [2, 1023, 8.98846567431158e307],
    [5e-324, 1, 5e-324],
  ];
  for (const [base, exponent, expected] of rows) {
    assert.ok(Object.is(pow(base, exponent), expected), `pow(${base}, ${exponent}) = ${pow(base, exponent)}`);
  }
});

test("pow of small integers is exact where the result is an integer below 2^53", () => {
  for (let base = 2n; base <= 40n; base++) {
    for (let exponent = 1n; base ** exponent < 2n ** 53n; exponent++) {
      assert.equal(pow(Number(base), Number(exponent)), Number(base ** exponent));
    }
  }
});

test("log undoes exp, expm1 and log1p each other", () => {
  fc.assert(
    fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
      // e^x rounds by half a unit, which is that much of the logarithm in absolute terms
      assert.ok(Math.abs(log(exp(x)) - x) <= 3e-16 + 2 * ulp(x));
    }),
  );
  fc.assert(
    fc.property(fc.double({ min: -0.5, max: 1, noNaN: true }), (x) => {
      assert.ok(Math.abs(log1p(expm1(x)) - x) <= 4 * ulp(x));
    }),
  );
});

test("exp and log never turn back", () => {
  const anyStep = fc.integer({ min: 1, max: 1000 });
  fc.assert(
    fc.property(fc.double({ min: -745, max: 709, noNaN: true }), anyStep, (x, steps) => {
      assert.ok(exp(x + steps * ulp(x) * 4) >= exp(x));
    }),
  );
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), anyStep, (x, steps) => {
      assert.ok(log(x + steps * ulp(x) * 4) >= log(x));
    }),
  );
});

test("expWithTail adds the tail to the argument", () => {
  assert.equal(expWithTail(1, 0), Math.E);
  for (const [x, tail] of [
    [100, 1e-6],
    [-30, -1e-9],
    [0.1, 1e-18],
  ] as const) {
    const product = exp(x) * exp(tail);
    assert.ok(Math.abs(expWithTail(x, tail) - product) <= 2 * ulp(product));
  }
  assert.equal(expWithTail(Infinity, 0), Infinity);
  assert.equal(expWithTail(-Infinity, 0), 0);
  assert.ok(Number.isNaN(expWithTail(NaN, 0)));
});
