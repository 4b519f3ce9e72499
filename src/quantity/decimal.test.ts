import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decimalToNumber, formatDecimal, maxDigits, maxScale, parseDecimal } from "./decimal.ts";
import { PlimsollError } from "./error.ts";

test("reads decimals exactly, in canonical form", () => {
  const rows: readonly (readonly [string | number, bigint, number])[] = [
    ["0", 0n, 0],
    ["-0.00", 0n, 0],
    ["12.50", 125n, 1],
    ["-12.50", -125n, 1],
    ["+7", 7n, 0],
    ["007.070", 707n, 2],
    ["1e-8", 1n, 8],
    ["1.5E3", 1500n, 0],
    ["1.25e+1", 125n, 1],
    ["100", 100n, 0],
    ["0e99", 0n, 0],
    [0.1, 1n, 1],
    [1e21, 10n ** 21n, 0],
    [-2.5e-7, -25n, 8],
    [2 ** 53 + 2, 9007199254740994n, 0],
    [`0.${"0".repeat(maxScale - 1)}1`, 1n, maxScale],
    ["9".repeat(maxDigits), BigInt("9".repeat(maxDigits)), 0],
  ];
  for (const [value, coefficient, scale] of rows) {
    assert.deepEqual(parseDecimal(value), { coefficient, scale }, String(value));
  }
});

test("refuses what is not a decimal, or is too long, by name", () => {
  const rows: readonly (readonly [string | number, string])[] = [
    ["", "PLM_DOMAIN"],
    [".5", "PLM_DOMAIN"],
    ["5.", "PLM_DOMAIN"],
    ["1,000", "PLM_DOMAIN"],
    ["0x10", "PLM_DOMAIN"],
    [" 1", "PLM_DOMAIN"],
    ["1e", "PLM_DOMAIN"],
    ["--1", "PLM_DOMAIN"],
    ["٣", "PLM_DOMAIN"],
    ["NaN", "PLM_DOMAIN"],
    [NaN, "PLM_DOMAIN"],
    [Infinity, "PLM_DOMAIN"],
    ["1e9999", "PLM_DOMAIN"],
    ["1e-37", "PLM_LIMIT"],
    [5e-324, "PLM_LIMIT"],
    ["1e78", "PLM_LIMIT"],
    ["1e999", "PLM_LIMIT"],
    ["1e-999", "PLM_LIMIT"],
    ["9".repeat(maxDigits + 1), "PLM_LIMIT"],
    ["9".repeat(1_000_000), "PLM_LIMIT"],
  ];
  for (const [value, code] of rows) {
    assert.throws(
      () => parseDecimal(value, "positions[2].size"),
      (error: unknown) =>
        error instanceof PlimsollError && error.code === code && error.field === "positions[2].size",
      String(value).slice(0, 40),
    );
  }
});

const anyDecimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: maxScale }))
  .map(([coefficient, scale]) => ({ coefficient, scale }));

test("format and parse undo each other", () => {
  fc.assert(
    fc.property(anyDecimal, (decimal) => {
      const canonical = parseDecimal(formatDecimal(decimal));
      assert.equal(
        canonical.coefficient * 10n ** BigInt(decimal.scale - canonical.scale),
        decimal.coefficient,
      );
      assert.deepEqual(parseDecimal(formatDecimal(canonical)), canonical);
    }),
  );
});

test("numbers pass by their shortest decimal form and come back the same", () => {
  fc.assert(
    fc.property(fc.double({ min: -1e18, max: 1e18, noNaN: true }), (x) => {
      if (x !== 0 && Math.abs(x) < 1e-18) return;
      assert.equal(decimalToNumber(parseDecimal(x)), x === 0 ? 0 : x);
    }),
  );
});

test("equal numbers have equal parts however they are written", () => {
  fc.assert(
    fc.property(anyDecimal, fc.integer({ min: 0, max: 5 }), (decimal, zeros) => {
      const text = formatDecimal(decimal);
      const padded = text.includes(".") ? text + "0".repeat(zeros) : text;
      assert.deepEqual(parseDecimal(padded), parseDecimal(text));
    }),
  );
});
