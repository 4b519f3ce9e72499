import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDecimal } from "../../../quantity/decimal.ts";
import { exp, integerSqrt, ln, pow, sqrt } from "./fixed18-functions.ts";
import {
  div,
  fixed18FromDecimal,
  fixed18FromNumber,
  fixed18ToNumber,
  formatFixed18,
  mul,
  one,
} from "./fixed18.ts";

const fixed = (text: string): bigint => fixed18FromDecimal(parseDecimal(text));

test("products and quotients truncate toward zero", () => {
  assert.equal(mul(1n, one - 1n), 0n);
  assert.equal(mul(-1n, one - 1n), 0n);
  assert.equal(mul(-3n, one / 2n), -1n);
  assert.equal(div(-1n, 3n * one), 0n);
  assert.equal(div(2n * one, -3n * one), -666_666_666_666_666_666n);
});

const texts: readonly (readonly [string, bigint])[] = [
  ["0", 0n],
  ["1.5", 1_500_000_000_000_000_000n],
  ["-0.05", -50_000_000_000_000_000n],
  ["0.000000000000000001", 1n],
  ["-12345", -12_345n * one],
];
for (const [text, value] of texts) {
  test(`${text} is read and written exactly`, () => {
    assert.equal(fixed(text), value);
    assert.equal(formatFixed18(value), text);
  });
}

test("digits beyond the 18th are cut", () => {
  assert.equal(fixed("0.0000000000000000019"), 1n);
  assert.equal(fixed("-0.0000000000000000019"), -1n);
});

test("float64 goes there and back", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e12, max: 1e12 }), (x) => {
      const back = fixed18ToNumber(fixed18FromNumber(x));
      return Math.abs(back - x) <= Math.max(1e-18, Math.abs(x) * 2 ** -52);
    }),
  );
});

// To 18 decimals rounded down: Abramowitz & Stegun's constants, and 40-digit arithmetic for the rest.
const values: readonly (readonly [string, bigint, string])[] = [
  ["e^1", exp(one), "2.718281828459045235"],
  ["e^-1", exp(-one), "0.367879441171442321"],
  ["e^-41", exp(-41n * one), "0.000000000000000001"],
  ["e^-42", exp(-42n * one), "0"],
  ["e^-1e-18", exp(-1n), "0.999999999999999999"],
  ["e^20", exp(20n * one), "485165195.409790277969106830"],
  ["ln 2", ln(2n * one), "0.693147180559945309"],
  ["ln 0.5", ln(one / 2n), "-0.69314718055994531"],
  ["ln 1", ln(one), "0"],
  ["ln (1 + 1e-18)", ln(one + 1n), "0"],
  ["ln (1 - 1e-18)", ln(one - 1n), "-0.000000000000000002"],
  ["ln 10", ln(10n * one), "2.302585092994045684"],
  ["ln 1e-18", ln(1n), "-41.446531673892822313"],
  ["√2", sqrt(2n * one), "1.414213562373095048"],
  ["√1e-18", sqrt(1n), "0.000000001"],
  // The logarithm is cut to 18 decimals on the way: one unit below √2.
  ["2^0.5", pow(2n * one, one / 2n), "1.414213562373095047"],
];
for (const [name, got, expected] of values) {
  test(`${name} = ${expected}`, () => {
    assert.equal(formatFixed18(got), formatFixed18(fixed(expected)));
  });
}

test("the integer square root is the largest whose square does not exceed", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 80n }), (n) => {
      const root = integerSqrt(n);
      return root * root <= n && (root + 1n) * (root + 1n) > n;
    }),
  );
});

test("ln undoes exp", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -20n * one, max: 60n * one }), (x) => {
      const there = exp(x);
      const back = ln(there);
      // A unit of the result's last decimal is worth this much in the argument.
      const slack = 2n + one / there;
      return back <= x && x - back <= slack;
    }),
  );
});

test("total where the functions have no value", () => {
  assert.equal(ln(0n), ln(1n));
  assert.equal(ln(-one), ln(1n));
  assert.equal(exp(1_000n * one), exp(200n * one));
  assert.equal(exp(-1_000n * one), 0n);
});
