import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDecimal } from "./decimal.ts";
import { InvariantError, PlimsollError } from "./error.ts";
import {
  formatUsdMicros,
  mulDivCeil,
  mulDivFloor,
  parseUsdMicros,
  usdFromMicros,
  usdMicrosCeil,
  usdMicrosFloor,
  usdMicrosFromDecimalCeil,
  usdMicrosFromDecimalFloor,
  type UsdMicros,
} from "./money.ts";

test("division rounds toward −∞ and +∞, also below zero", () => {
  const rows: readonly (readonly [bigint, bigint, bigint, bigint, bigint])[] = [
    [7n, 1n, 2n, 3n, 4n],
    [-7n, 1n, 2n, -4n, -3n],
    [7n, -1n, 2n, -4n, -3n],
    [-7n, -1n, 2n, 3n, 4n],
    [6n, 1n, 2n, 3n, 3n],
    [-6n, 1n, 2n, -3n, -3n],
    [0n, 5n, 3n, 0n, 0n],
    [1n, 1n, 10n ** 30n, 0n, 1n],
    [-1n, 1n, 10n ** 30n, -1n, 0n],
    [2n ** 200n, 3n, 2n ** 199n, 6n, 6n],
  ];
  for (const [a, b, d, floor, ceil] of rows) {
    assert.equal(mulDivFloor(a, b, d), floor, `⌊${a}·${b}/${d}⌋`);
    assert.equal(mulDivCeil(a, b, d), ceil, `⌈${a}·${b}/${d}⌉`);
  }
  for (const d of [0n, -3n]) {
    assert.throws(() => mulDivFloor(1n, 1n, d), InvariantError);
    assert.throws(() => mulDivCeil(1n, 1n, d), InvariantError);
  }
});

test("floor and ceiling enclose the exact quotient by less than one unit", () => {
  const any = fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n });
  fc.assert(
    fc.property(any, any, fc.bigInt({ min: 1n, max: 2n ** 100n }), (a, b, d) => {
      const [floor, ceil] = [mulDivFloor(a, b, d), mulDivCeil(a, b, d)];
      assert.ok(floor * d <= a * b && a * b <= ceil * d);
      assert.equal(ceil - floor, (a * b) % d === 0n ? 0n : 1n);
    }),
  );
});

test("dollars to micro-dollars, by direction", () => {
  const rows: readonly (readonly [number, bigint, bigint])[] = [
    [0, 0n, 0n],
    [-0, 0n, 0n],
    [1.5, 1_500_000n, 1_500_000n],
    [-1.5, -1_500_000n, -1_500_000n],
    [1e-7, 0n, 1n],
    [-1e-7, -1n, 0n],
    [5e-324, 0n, 1n],
    [-5e-324, -1n, 0n],
    // float64's 0.1 lies above a tenth, its 0.3 below three tenths
    [0.1, 100_000n, 100_001n],
    [0.3, 299_999n, 300_000n],
    [-0.1, -100_001n, -100_000n],
    [1e15, 10n ** 21n, 10n ** 21n],
    [-1e15, -(10n ** 21n), -(10n ** 21n)],
    [9_007_199_254.740993, 9_007_199_254_740_993n, 9_007_199_254_740_994n],
  ];
  for (const [usd, floor, ceil] of rows) {
    assert.equal(usdMicrosFloor(usd), floor, `⌊${usd}⌋`);
    assert.equal(usdMicrosCeil(usd), ceil, `⌈${usd}⌉`);
  }
});

test("the rounded amount is on its side of the exact float64, by less than a micro-dollar", () => {
  // the float64 as an exact fraction over 2^1074
  const exact = (x: number): bigint => {
    let [numerator, shift] = [x, 1074];
    while (!Number.isInteger(numerator)) {
      numerator *= 2;
      shift -= 1;
    }
    return BigInt(numerator) << BigInt(shift);
  };
  const unit = 1n << 1074n;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.double({ min: -1e15, max: 1e15, noNaN: true }),
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.integer({ min: -(10 ** 9), max: 10 ** 9 }).map((n) => n / 1e6),
      ),
      (usd) => {
        const value = exact(usd) * 1_000_000n;
        const [floor, ceil] = [usdMicrosFloor(usd) * unit, usdMicrosCeil(usd) * unit];
        assert.ok(floor <= value && value - floor < unit);
        assert.ok(ceil >= value && ceil - value < unit);
      },
    ),
    { numRuns: 500 },
  );
});

test("amounts without a micro-dollar are refused", () => {
  for (const f of [usdMicrosFloor, usdMicrosCeil]) {
    for (const [usd, code] of [
      [NaN, "PLM_DOMAIN"],
      [Infinity, "PLM_DOMAIN"],
      [-Infinity, "PLM_DOMAIN"],
      [1e15 + 0.125, "PLM_OVERFLOW"],
      [-1e300, "PLM_OVERFLOW"],
    ] as const) {
      assert.throws(
        () => f(usd, "requirement"),
        (error: unknown) =>
          error instanceof PlimsollError && error.code === code && error.field === "requirement",
      );
    }
  }
  for (const f of [usdMicrosFromDecimalFloor, usdMicrosFromDecimalCeil]) {
    assert.equal(f(parseDecimal("1e15")), 10n ** 21n);
    assert.throws(() => f(parseDecimal("1000000000000000.000001")), { code: "PLM_OVERFLOW" });
    assert.throws(() => f(parseDecimal("-1e40")), { code: "PLM_OVERFLOW" });
  }
});

test("decimals to micro-dollars, by direction", () => {
  const rows: readonly (readonly [string, bigint, bigint])[] = [
    ["0.1", 100_000n, 100_000n],
    ["-0.1", -100_000n, -100_000n],
    ["0.0000001", 0n, 1n],
    ["-0.0000001", -1n, 0n],
    ["1234.5678904", 1_234_567_890n, 1_234_567_891n],
  ];
  for (const [text, floor, ceil] of rows) {
    assert.equal(usdMicrosFromDecimalFloor(parseDecimal(text)), floor, text);
    assert.equal(usdMicrosFromDecimalCeil(parseDecimal(text)), ceil, text);
  }
});

test("text and micro-dollars undo each other", () => {
  const rows: readonly (readonly [string, bigint])[] = [
    ["0.000000", 0n],
    ["0.000001", 1n],
    ["-0.000001", -1n],
    ["-1234.500000", -1_234_500_000n],
    ["1000000000000000.000000", 10n ** 21n],
  ];
  for (const [text, micros] of rows) {
    assert.equal(formatUsdMicros(micros as UsdMicros), text);
    assert.equal(parseUsdMicros(text), micros);
  }
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n }), (micros) => {
      assert.equal(parseUsdMicros(formatUsdMicros(micros as UsdMicros)), micros);
    }),
  );
  assert.throws(() => parseUsdMicros("0.0000001"), { code: "PLM_DOMAIN" });
  assert.throws(() => parseUsdMicros("1e16", "deposit"), { code: "PLM_OVERFLOW", field: "deposit" });
  assert.throws(() => parseUsdMicros("ten"), { code: "PLM_DOMAIN" });
});

test("micro-dollars as a float64 are the nearest one", () => {
  assert.equal(usdFromMicros(100_000n as UsdMicros), 0.1);
  assert.equal(usdFromMicros(-1n as UsdMicros), -1e-6);
  // 2^53 + 1 micro-dollars: rounding the integer first would lose the last one
  assert.equal(usdFromMicros(9_007_199_254_740_993n as UsdMicros), Number("9007199254.740993"));
});
