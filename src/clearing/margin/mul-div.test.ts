import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clampMoney, largestMoney, mulDivCeil, mulDivFloor } from "./mul-div.ts";

const floorOf = (a: bigint, b: bigint, d: bigint): bigint => {
  const quotient = (a * b) / d;
  return (a * b) % d < 0n ? quotient - 1n : quotient;
};

/** Integers of every size, and products that are multiples of the divisor or one beside them. */
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.integer({ min: -1_000, max: 1_000 }),
  fc.constantFrom(0, 1, -1, largestMoney, -largestMoney, 2 ** 52, 1e15, 1e6),
);
const divisor = fc.oneof(
  fc.constantFrom(1, 10, 1e6, 1e8, 1e9, 3, 7, largestMoney),
  fc.integer({ min: 1, max: 2 ** 31 - 1 }),
);

test("mulDivFloor and mulDivCeil are exact wherever the result is a safe integer", () => {
  const check = (a: number, b: number, d: number): void => {
    const exact = floorOf(BigInt(a), BigInt(b), BigInt(d));
    const floor = mulDivFloor(a, b, d);
    const ceil = mulDivCeil(-a, b, d);
    if (exact > BigInt(largestMoney)) assert.equal(floor, largestMoney);
    else if (exact >= -BigInt(largestMoney)) assert.equal(BigInt(floor), exact);
    else assert.ok(floor < -largestMoney && Math.abs(floor / Number(exact) - 1) < 1e-15);
    assert.equal(ceil, 0 - floor);
    assert.ok(!Object.is(floor, -0) && !Object.is(ceil, -0));
  };
  fc.assert(fc.property(integer, integer, divisor, check), { seed: 1, numRuns: 20_000 });
  // Quotients one product away from an integer, where a float64 quotient is that integer.
  const close = fc.tuple(
    fc.integer({ min: 1, max: 2 ** 43 }),
    fc.integer({ min: 1, max: 1e9 }),
    fc.integer(),
  );
  fc.assert(
    fc.property(close, fc.integer({ min: -1, max: 1 }), ([result, d, b], off) => {
      const factor = Math.abs(b) + 1;
      const product = BigInt(result) * BigInt(d) + BigInt(off);
      const a = product / BigInt(factor);
      if (a <= BigInt(largestMoney)) check(Number(a), factor, d);
    }),
    { seed: 2, numRuns: 20_000 },
  );
});

test("quotients one unit of the product beside an integer, up to the largest product, are floored exactly", () => {
  const beside = fc.tuple(
    fc.integer({ min: 1, max: 2 ** 40 }),
    fc.integer({ min: -1, max: 1 }),
    fc.boolean(),
  );
  fc.assert(
    fc.property(beside, ([d, off, isNegative]) => {
      const multiple = Math.floor(largestMoney / d) * d;
      const product = Math.min(largestMoney, multiple + off);
      const a = isNegative ? -product : product;
      assert.equal(BigInt(mulDivFloor(a, 1, d)), floorOf(BigInt(a), 1n, BigInt(d)));
    }),
    { seed: 3, numRuns: 20_000 },
  );
});

test("clampMoney keeps safe integers and never makes −0", () => {
  assert.equal(clampMoney(1e300), largestMoney);
  assert.equal(clampMoney(-Infinity), -largestMoney);
  assert.ok(Object.is(clampMoney(-0), 0));
  assert.equal(clampMoney(5), 5);
});
