import assert from "node:assert/strict";
import { test } from "node:test";
import { highWord, powerOfTwo, ulp, withHighWord } from "./float-bits.ts";

test("upper words are those of IEEE 754", () => {
  assert.equal(highWord(1), 0x3ff00000);
  assert.equal(highWord(-0) >>> 0, 0x80000000);
  assert.equal(highWord(-2) >>> 0, 0xc0000000);
  assert.equal(highWord(5e-324), 0);
  assert.equal(withHighWord(3, 0x3ff80000), 1.5);
});

test("powers of two, from the smallest normal to the largest", () => {
  assert.equal(powerOfTwo(-1022), 2.2250738585072014e-308);
  assert.equal(powerOfTwo(0), 1);
  assert.equal(powerOfTwo(1023), 8.98846567431158e307);
});

test("the unit in the last place is the distance to the next number", () => {
  for (const x of [1, 1.5, 3, 1e300, 2 ** -1022, 2 ** -1000, 1e-310, 0, 5e-324]) {
    assert.ok(x + ulp(x) > x);
    assert.equal(x + ulp(x) - x, ulp(x));
    assert.equal(ulp(-x), ulp(x));
  }
  assert.equal(ulp(1), Number.EPSILON);
  assert.equal(ulp(0), Number.MIN_VALUE);
  assert.equal(ulp(Infinity), Infinity);
  assert.ok(Number.isNaN(ulp(NaN)));
});
