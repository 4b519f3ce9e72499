import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { millsBounded, millsRatio } from "./mills.ts";
import { normalCdf, normalInverse, normalPdf } from "./normal.ts";
import { ulp } from "./float-bits.ts";

test("special values", () => {
  const rows: readonly (readonly [string, number, number])[] = [
    ["cdf(0)", normalCdf(0), 0.5],
    ["cdf(-0)", normalCdf(-0), 0.5],
    ["cdf(∞)", normalCdf(Infinity), 1],
    ["cdf(−∞)", normalCdf(-Infinity), 0],
    ["cdf(NaN)", normalCdf(NaN), NaN],
    ["cdf(40.5)", normalCdf(40.5), 1],
    ["pdf(0)", normalPdf(0), 0.3989422804014327],
    ["pdf(±∞)", normalPdf(-Infinity), 0],
    ["pdf(NaN)", normalPdf(NaN), NaN],
    ["inverse(½)", normalInverse(0.5), 0],
    ["inverse(0)", normalInverse(0), -Infinity],
    ["inverse(1)", normalInverse(1), Infinity],
    ["inverse(−0.1)", normalInverse(-0.1), NaN],
    ["inverse(1.1)", normalInverse(1.1), NaN],
    ["inverse(NaN)", normalInverse(NaN), NaN],
    ["mills(0)", millsRatio(0), 1.2533141373155001],
    ["mills(∞)", millsRatio(Infinity), 0],
    ["mills(−∞)", millsRatio(-Infinity), Infinity],
    ["mills(NaN)", millsRatio(NaN), NaN],
  ];
  for (const [name, got, expected] of rows) assert.ok(Object.is(got, expected), `${name} = ${got}`);
});

test("published tail values", () => {
  // Abramowitz and Stegun, table 26.2: Q(5) and Q(10); far tails from test/vectors/numerics/normalCdf.json
  assert.ok(Math.abs(normalCdf(-5) / 2.866515719e-7 - 1) < 1e-9);
  assert.ok(Math.abs(normalCdf(-10) / 7.61985302416e-24 - 1) < 1e-11);
  assert.equal(normalCdf(-38.5), 0);
  assert.ok(normalCdf(-38.44) > 0);
});

test("inverse and distribution undo each other, in the lower tail to full relative precision", () => {
  fc.assert(
    fc.property(fc.double({ min: -37, max: 0, noNaN: true }), (x) => {
      assert.ok(Math.abs(normalInverse(normalCdf(x)) - x) <= 1e-15 + 8 * ulp(x));
    }),
  );
});

test("symmetry: N(x) + N(−x) = 1, and the inverse is odd about ½", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 40, noNaN: true }), (x) => {
      assert.equal(normalCdf(x) + normalCdf(-x), 1);
      assert.equal(normalPdf(x), normalPdf(-x));
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 30 - 1 }), (n) => {
      const p = n / 2 ** 31;
      assert.equal(normalInverse(1 - p), -normalInverse(p));
    }),
  );
});

test("the inverse is continuous and rising where its pieces meet", () => {
  for (const p of [0.075, 1.388794386496402e-11]) {
    const [below, above] = [normalInverse(p * (1 - 1e-13)), normalInverse(p * (1 + 1e-13))];
    assert.ok(below <= above && above - below < 1e-12);
  }
});

test("Mills ratio falls, between its classical bounds", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 300, noNaN: true }), (x) => {
      const r = millsRatio(x);
      // Gordon (1941): x/(x² + 1) < R(x) < 1/x
      assert.ok(r * x <= 1 + 1e-15 && r >= (x / (x * x + 1)) * (1 - 1e-15));
      assert.ok(millsRatio(x * 1.000001) < r);
    }),
  );
  assert.ok(Math.abs(millsRatio(40.000000001) / millsBounded(40) - 1) < 1e-10);
});
