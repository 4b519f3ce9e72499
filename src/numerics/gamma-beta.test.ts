import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  binomialCdf,
  binomialProbability,
  binomialSurvival,
  inverseRegularizedBeta,
  regularizedBeta,
} from "./beta.ts";
import { chiSquareSurvival, deviance, gammaP, gammaQ, logGamma } from "./gamma.ts";
import { log } from "./exp-log.ts";

const close = (got: number, expected: number, relative: number): void =>
  assert.ok(Math.abs(got - expected) <= relative * Math.abs(expected), `${got}, expected ${expected}`);

test("logGamma of integers is the logarithm of a factorial", () => {
  let factorial = 1;
  for (let n = 2; n < 20; n++) {
    assert.ok(Math.abs(logGamma(n) - log(factorial)) < 4e-15 * Math.max(1, log(factorial)));
    factorial *= n;
  }
  assert.equal(logGamma(0), Infinity);
  assert.equal(logGamma(Infinity), Infinity);
  assert.ok(Number.isNaN(logGamma(-1)) && Number.isNaN(logGamma(NaN)));
});

test("chi-square: published critical values", () => {
  // 95 % and 99 % points of 1, 2, 5 and 10 degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.4)
  for (const [degrees, at95, at99] of [
    [1, 3.841, 6.635],
    [2, 5.991, 9.21],
    [5, 11.07, 15.086],
    [10, 18.307, 23.209],
  ] as const) {
    assert.ok(Math.abs(chiSquareSurvival(at95, degrees) - 0.05) < 1e-4);
    assert.ok(Math.abs(chiSquareSurvival(at99, degrees) - 0.01) < 1e-4);
  }
  assert.equal(chiSquareSurvival(0, 1), 1);
  assert.equal(chiSquareSurvival(-1, 3), 1);
  assert.equal(chiSquareSurvival(Infinity, 3), 0);
  assert.ok(Number.isNaN(chiSquareSurvival(NaN, 1)));
  for (const degrees of [1, 2]) close(gammaQ(degrees / 2, 2.5), chiSquareSurvival(5, degrees), 1e-14);
});

test("incomplete gamma: edges, complement, recurrence", () => {
  assert.equal(gammaP(2, 0), 0);
  assert.equal(gammaQ(2, Infinity), 0);
  for (const f of [gammaP, gammaQ]) {
    for (const [a, x] of [
      [0, 1],
      [-1, 1],
      [1, -1],
      [NaN, 1],
      [1, NaN],
    ] as const) {
      assert.ok(Number.isNaN(f(a, x)));
    }
  }
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 1e4, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e4, noNaN: true }),
      (a, x) => {
        assert.ok(Math.abs(gammaP(a, x) + gammaQ(a, x) - 1) < 1e-12);
        assert.ok(gammaQ(a + 1, x) >= gammaQ(a, x) - 1e-15);
      },
    ),
  );
});

test("deviance: zero at equality, never negative, limits", () => {
  assert.equal(deviance(3, 3), 0);
  assert.equal(deviance(0, 3), 3);
  assert.equal(deviance(3, 0), Infinity);
  assert.equal(deviance(0, 0), 0);
  fc.assert(
    fc.property(
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      (x, m) => {
        assert.ok(deviance(x, m) >= 0);
      },
    ),
  );
});

test("binomial: probabilities add up to the distribution", () => {
  for (const [n, p] of [
    [1, 0.3],
    [17, 0.01],
    [250, 0.01],
    [400, 0.75],
  ] as const) {
    let sum = 0;
    for (let k = 0; k <= n; k++) {
      assert.ok(Math.abs(binomialSurvival(k, n, p) - (1 - sum)) < 1e-12);
      sum += binomialProbability(k, n, p);
      assert.ok(Math.abs(binomialCdf(k, n, p) - sum) < 1e-12);
    }
  }
  assert.equal(binomialCdf(-1, 5, 0.5), 0);
  assert.equal(binomialCdf(5, 5, 0.5), 1);
  assert.equal(binomialSurvival(6, 5, 0.5), 0);
  assert.equal(binomialProbability(0, 5, 0), 1);
  assert.equal(binomialProbability(5, 5, 1), 1);
  assert.equal(binomialProbability(1, 5, 0), 0);
  assert.ok(Number.isNaN(binomialProbability(6, 5, 0.5)) && Number.isNaN(binomialCdf(1, 5, 1.5)));
});

test("incomplete beta: edges, symmetry, closed forms, inverse", () => {
  assert.equal(regularizedBeta(0, 2, 3), 0);
  assert.equal(regularizedBeta(1, 2, 3), 1);
  assert.ok(Number.isNaN(regularizedBeta(1.1, 2, 3)) && Number.isNaN(regularizedBeta(0.5, 0, 3)));
  const shape = fc.double({ min: 0.05, max: 2000, noNaN: true });
  const unit = fc.double({ min: 0.001, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(unit, shape, shape, (x, a, b) => {
      assert.ok(Math.abs(regularizedBeta(x, a, b) + regularizedBeta(1 - x, b, a, x) - 1) < 1e-12);
    }),
  );
  fc.assert(
    fc.property(unit, (x) => {
      close(regularizedBeta(x, 1, 1), x, 1e-14);
      close(regularizedBeta(x, 3, 1), x * x * x, 1e-13);
    }),
  );
  fc.assert(
    fc.property(
      unit,
      fc.double({ min: 0.5, max: 2000, noNaN: true }),
      fc.double({ min: 0.5, max: 2000, noNaN: true }),
      (p, a, b) => {
        const x = inverseRegularizedBeta(p, a, b);
        assert.ok(x >= 0 && x <= 1);
        // a step of one unit in x is the finest that the answer can resolve
        const slope =
          x > 0 && x < 1 ? (binomialProbability(a, a + b, x) * a * b) / ((a + b) * x * (1 - x)) : 0;
        assert.ok(Math.abs(regularizedBeta(x, a, b) - p) <= 1e-12 + slope * 4e-16);
      },
    ),
  );
  assert.equal(inverseRegularizedBeta(0, 2, 3), 0);
  assert.equal(inverseRegularizedBeta(1, 2, 3), 1);
  assert.ok(Number.isNaN(inverseRegularizedBeta(-0.1, 2, 3)));
});
