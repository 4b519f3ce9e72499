import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PlimsollError } from "../quantity/error.ts";
import {
  densityFactor,
  flatSvi,
  requireSvi,
  sviButterflyViolation,
  sviDerivatives,
  sviMinimumVariance,
  type SviParameters,
  sviTotalVariance,
  sviWingSlopes,
} from "./svi.ts";

const smile: SviParameters = { a: 0.02, b: 0.1, rho: -0.3, m: 0.05, sigma: 0.2 };

/** A slice with butterfly arbitrage, due to Axel Vogt; Gatheral and Jacquier (2014), example 3.1. */
const vogt: SviParameters = { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };

const anySvi = fc
  .record({
    level: fc.double({ min: 0, max: 1, noNaN: true }),
    b: fc.double({ min: 0, max: 1, noNaN: true }),
    rho: fc.double({ min: -1, max: 1, noNaN: true }),
    m: fc.double({ min: -1, max: 1, noNaN: true }),
    sigma: fc.double({ min: 1e-3, max: 1, noNaN: true }),
  })
  .map(({ level, ...rest }) => ({
    ...rest,
    a: level - rest.b * rest.sigma * Math.sqrt(1 - rest.rho * rest.rho),
  }));

test("raw SVI total variance is the formula", () => {
  const cases: readonly [SviParameters, number, number][] = [
    [smile, 0.05, 0.02 + 0.1 * 0.2],
    [smile, 0.2, 0.02 + 0.1 * (-0.3 * 0.15 + 0.25)],
    [smile, -0.1, 0.02 + 0.1 * (0.3 * 0.15 + 0.25)],
    [flatSvi(0.04), 3, 0.04],
    [{ a: 0, b: 1, rho: 1, m: 0, sigma: 0 }, -2, 0],
  ];
  for (const [parameters, k, expected] of cases) {
    assert.ok(Math.abs(sviTotalVariance(parameters, k) - expected) < 1e-15, `${k}`);
  }
});

test("total variance is finite at every log-moneyness, read at ±50 beyond", () => {
  for (const k of [1e308, -1e308, Infinity, -Infinity, 50, -50]) {
    assert.equal(sviTotalVariance(smile, k), sviTotalVariance(smile, k > 0 ? 50 : -50));
  }
});

test("derivatives agree with central differences", () => {
  fc.assert(
    fc.property(anySvi, fc.double({ min: -2, max: 2, noNaN: true }), (parameters, k) => {
      const width = 1e-4 * Math.max(parameters.sigma, 1e-2);
      const at = (x: number): number => sviTotalVariance(parameters, x);
      const { value, first, second } = sviDerivatives(parameters, k);
      assert.equal(value, at(k));
      const slope = (at(k + width) - at(k - width)) / (2 * width);
      assert.ok(Math.abs(slope - first) <= 1e-6 + 1e-3 * parameters.b, `${slope} ${first}`);
      assert.ok(second >= 0);
    }),
  );
});

test("the minimum is the least value, the wings approach their slopes", () => {
  fc.assert(
    fc.property(anySvi, fc.double({ min: -3, max: 3, noNaN: true }), (parameters, k) => {
      assert.ok(sviTotalVariance(parameters, k) >= sviMinimumVariance(parameters) - 1e-12);
      const { left, right } = sviWingSlopes(parameters);
      const far = sviTotalVariance(parameters, 50) - sviTotalVariance(parameters, 49);
      assert.ok(Math.abs(far - right) < 1e-2 * (parameters.b + 1e-9));
      assert.ok(
        Math.abs(sviTotalVariance(parameters, -50) - sviTotalVariance(parameters, -49) - left) <
          1e-2 * (parameters.b + 1e-9),
      );
    }),
  );
});

test("a flat slice has the lognormal density", () => {
  for (const k of [-3, 0, 0.7]) assert.equal(densityFactor(k, sviDerivatives(flatSvi(0.3), k)), 1);
  assert.equal(sviButterflyViolation(flatSvi(0.3)), undefined);
});

test("butterfly arbitrage is found where it is: Vogt's slice, and a wing beyond Lee's bound", () => {
  const violation = sviButterflyViolation(vogt);
  assert.equal(violation?.kind, "density");
  assert.ok((violation?.logMoneyness ?? 0) > 0.6 && (violation?.logMoneyness ?? 0) < 1.4);
  assert.ok((violation?.amount ?? 0) < -0.01);
  assert.equal(sviButterflyViolation(smile), undefined);
  const steep = sviButterflyViolation({ a: 0.1, b: 1.5, rho: 0.5, m: 0, sigma: 0.3 });
  assert.deepEqual(steep, { logMoneyness: 50, amount: 2 - 2.25, kind: "wing" });
});

test("a negative density between grid points of a narrow vertex is found", () => {
  const kink: SviParameters = { a: 0.01, b: 0.5, rho: 0, m: 0.4, sigma: 1e-3 };
  assert.equal(sviButterflyViolation(kink)?.kind, "density");
});

test("invalid parameters are refused by name", () => {
  const refused: readonly [Partial<SviParameters>, string][] = [
    [{ b: -0.1 }, "slice.b"],
    [{ rho: 1.01 }, "slice.rho"],
    [{ sigma: -1 }, "slice.sigma"],
    [{ m: NaN }, "slice.m"],
    [{ a: Infinity }, "slice.a"],
    [{ a: -0.5 }, "slice.a"],
  ];
  for (const [change, field] of refused) {
    assert.throws(
      () => requireSvi("slice", { ...smile, ...change }),
      (error) => error instanceof PlimsollError && error.code === "PLM_DOMAIN" && error.field === field,
    );
  }
  assert.equal(requireSvi("slice", vogt), vogt);
});

const bent: SviParameters = {
  ...smile,
  bends: [
    { side: "right", at: 0.5, slope: -0.05, width: 0.2 },
    { side: "left", at: -0.6, slope: 0.02, width: 0.1 },
  ],
};

test("a bend changes its wing's slope and nothing on the near side", () => {
  const near = sviTotalVariance(bent, -0.05) - sviTotalVariance(smile, -0.05);
  assert.ok(Math.abs(near) < 2e-3);
  assert.deepEqual(sviWingSlopes(bent), { left: 0.1 * 1.3 + 0.02, right: 0.1 * 0.7 - 0.05 });
  for (const [k, slope] of [
    [20, 0.1 * 0.7 - 0.05],
    [-20, -(0.1 * 1.3 + 0.02)],
  ] as const) {
    assert.ok(Math.abs(sviDerivatives(bent, k).first - slope) < 1e-4);
  }
});

test("derivatives of a bent slice agree with central differences", () => {
  for (const k of [-2, -0.7, -0.6, -0.3, 0, 0.2, 0.5, 0.6, 1.5]) {
    const { value, first, second } = sviDerivatives(bent, k);
    const at = (x: number): number => sviTotalVariance(bent, x);
    assert.equal(value, at(k));
    assert.ok(Math.abs((at(k + 1e-5) - at(k - 1e-5)) / 2e-5 - first) < 1e-8);
    assert.ok(Math.abs((at(k + 1e-3) - 2 * value + at(k - 1e-3)) / 1e-6 - second) < 1e-4);
  }
});

test("arbitrage at a bend is found, and a bend that takes variance below zero refused", () => {
  const sharp = { ...smile, bends: [{ side: "right", at: 0.5, slope: -0.07, width: 1e-3 }] as const };
  const violation = sviButterflyViolation(sharp);
  assert.ok(Math.abs((violation?.logMoneyness ?? 0) - 0.5) < 0.01);
  assert.equal(sviButterflyViolation(bent), undefined);
  assert.equal(requireSvi("slice", bent), bent);
  for (const [slope, field] of [
    [-0.08, "slice.bends"],
    [NaN, "slice.bends[0].slope"],
  ] as const) {
    assert.throws(
      () => requireSvi("slice", { ...smile, bends: [{ side: "right", at: 0.5, slope, width: 0.1 }] }),
      (error) => error instanceof PlimsollError && error.code === "PLM_DOMAIN" && error.field === field,
    );
  }
});
