import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PlimsollError } from "../../quantity/error.ts";
import { coin, inversePerpetual, perpetual } from "../../../test/properties/clearing-venue.ts";
import { Asset, Instrument, microsOf, ppmOf } from "./instrument.ts";

const linear = new Instrument(7, perpetual({ name: "BTC-PERP", tickMicros: 500_000, lotNanos: 1_000_000 }));
const tiny = new Instrument(8, perpetual({ name: "PEPE-PERP", tickMicros: 1, lotNanos: 1_000_000_000_000 }));
const inverse = new Instrument(9, inversePerpetual({ name: "BTC-USD-PERP", lotUsdMicros: 10_000_000 }));
const bitcoin = new Asset(1, { ...coin("BTC"), decimals: 8 });

test("decimals become ticks, lots and units exactly, and come back", () => {
  const rows: readonly (readonly [number, string | number, number, string])[] = [
    [linear.ticksOf("65000.5"), "price", 130_001, linear.priceOf(130_001)],
    [linear.ticksOf(65000.5), "price", 130_001, "65000.5"],
    [linear.ticksOf("0.50"), "price", 1, "0.5"],
    [linear.ticksOf("1e3"), "price", 2_000, "1000"],
    [linear.ticksOf("0"), "price", 0, "0"],
    [linear.lotsOf("0.01"), "size", 10, linear.sizeOf(10)],
    [linear.lotsOf("-0.003"), "size", -3, linear.sizeOf(-3)],
    [linear.lotsOf(1e-3), "size", 1, "0.001"],
    [tiny.ticksOf("0.000001"), "price", 1, "0.000001"],
    [tiny.lotsOf("5000"), "size", 5, "5000"],
    [inverse.lotsOf("1230"), "size", 123, inverse.sizeOf(123)],
    [bitcoin.unitsOf("0.00000001"), "amount", 1, "0.00000001"],
    [
      bitcoin.unitsOf("20999999.9769"),
      "amount",
      2_099_999_997_690_000,
      bitcoin.amountOf(2_099_999_997_690_000),
    ],
    [microsOf("1.25", "x"), "micros", 1_250_000, "1.25"],
    [ppmOf("0.5", "x"), "ppm", 500_000, "0.5"],
  ];
  for (const [got, what, expected] of rows) assert.equal(got, expected, String(what));
  assert.equal(linear.priceOf(130_001), "65000.5");
  assert.equal(linear.sizeOf(-3), "-0.003");
  assert.equal(inverse.sizeOf(123), "1230");
  assert.equal(bitcoin.amountOf(2_099_999_997_690_000), "20999999.9769");
  assert.deepEqual([linear.tickSize, linear.lotSize, inverse.lotSize], ["0.5", "0.001", "10"]);
});

test("what is no multiple is refused, with the field, the step and its neighbours", () => {
  const rows: readonly (readonly [() => number, string, string, string])[] = [
    [() => linear.ticksOf("65000.3"), "price", "tick of BTC-PERP, 0.5", "65000 and 65000.5"],
    [() => linear.ticksOf("-0.1"), "price", "tick of BTC-PERP, 0.5", "-0.5 and 0"],
    [
      () => linear.lotsOf("0.0105", "legs[1].size"),
      "legs[1].size",
      "lot of BTC-PERP, 0.001",
      "0.01 and 0.011",
    ],
    [() => linear.lotsOf(0.1 + 0.2), "size", "lot of BTC-PERP, 0.001", "0.3 and 0.301"],
    [() => inverse.lotsOf("15"), "size", "lot of BTC-USD-PERP, 10", "10 and 20"],
    [() => bitcoin.unitsOf("0.000000001"), "amount", "unit of BTC, 0.00000001", "0 and 0.00000001"],
    [() => linear.ticksOf("1e30"), "price", "below 2^53", "1000000000000000000000000000000"],
  ];
  for (const [make, field, limit, remedy] of rows) {
    assert.throws(make, (error) => {
      assert.ok(error instanceof PlimsollError);
      assert.deepEqual([error.code, error.field], ["PLM_DOMAIN", field]);
      assert.ok(error.limit.includes(limit), error.limit);
      assert.ok(error.remedy.includes(remedy), error.remedy);
      return true;
    });
  }
  for (const wrong of ["", "1,5", "0x10", "NaN", "1.", " 1", "∞"]) {
    assert.throws(() => linear.ticksOf(wrong), { code: "PLM_DOMAIN", field: "price" }, wrong);
  }
});

test("rounding to the grid goes where it is told", () => {
  const rows = [
    ["65000.3", "down", "65000"],
    ["65000.3", "up", "65000.5"],
    ["65000.3", "nearest", "65000.5"],
    ["65000.25", "nearest", "65000.5"],
    ["65000.24", "nearest", "65000"],
    ["-0.1", "down", "-0.5"],
    ["65000.5", "up", "65000.5"],
  ] as const;
  for (const [price, rounding, expected] of rows) assert.equal(linear.roundPrice(price, rounding), expected);
  assert.equal(linear.roundSize("0.0109", "down"), "0.01");
});

test("every price and size that is text of a tick or lot is taken as that", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
      fc.constantFrom(linear, tiny, inverse),
      (steps, instrument) => {
        assert.equal(instrument.ticksOf(instrument.priceOf(steps)), steps);
        assert.equal(instrument.lotsOf(instrument.sizeOf(steps)), steps);
      },
    ),
    { numRuns: 500, seed: 1 },
  );
});
