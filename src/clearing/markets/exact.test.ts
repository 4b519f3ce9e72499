import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mulDiv } from "./exact.ts";

test("mulDiv is exact toward zero", () => {
  const factor = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -1_000_000, max: 1_000_000 }));
  fc.assert(
    fc.property(
      factor,
      factor,
      fc.oneof(
        fc.integer({ min: 1, max: 1_000_000_000 }),
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      ),
      (a, b, d) => {
        const exact = (BigInt(a) * BigInt(b)) / BigInt(d);
        if (!Number.isSafeInteger(Number(exact))) return;
        const quotient = mulDiv(a, b, d);
        assert.equal(BigInt(quotient), exact);
        assert.ok(!Object.is(quotient, -0));
      },
    ),
    { numRuns: 3_000, seed: 1 },
  );
});
