import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { incentiveFactorFloor } from "./incentive.ts";

const one = 1_000_000n;
const terms = { one, cursor: 300_000n, maxFactor: 1_150_000n };

test("nothing at a threshold of 1, 4.38 % at 0.86, 15 % at most", () => {
  assert.equal(incentiveFactorFloor(one, terms), one);
  assert.equal(incentiveFactorFloor(860_000n, terms), 1_043_841n);
  assert.equal(incentiveFactorFloor(0n, terms), 1_150_000n);
});

test("falls as the threshold rises, and at the threshold the collateral covers debt and reward", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: one - 1n }),
      fc.bigInt({ min: 0n, max: one }),
      (threshold, cursor) => {
        const own = { ...terms, cursor };
        const factor = incentiveFactorFloor(threshold, own);
        assert.ok(factor >= one && factor <= terms.maxFactor);
        assert.ok(incentiveFactorFloor(threshold + 1n, own) <= factor);
        assert.ok(threshold * factor <= one * one);
      },
    ),
    { seed: 1, numRuns: 1_000 },
  );
});
