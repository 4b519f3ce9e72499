import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { apportion, apportionWithin } from "./apportion.ts";

test("parts are floors, and the rest goes to the largest remainders", () => {
  const free = [100n, 100n, 100n];
  assert.deepEqual(apportion(10n, [1n, 1n, 1n], free), [4n, 3n, 3n]);
  assert.deepEqual(apportion(10n, [1n, 2n, 2n], free), [2n, 4n, 4n]);
  assert.deepEqual(apportion(1n, [1n, 3n, 2n], free), [0n, 1n, 0n]);
  assert.deepEqual(apportion(10n, [5n, 0n, 5n], [2n, 9n, 9n]), [2n, 0n, 8n]);
  assert.deepEqual(apportion(10n, [5n, 0n, 5n], [2n, 9n, 3n]), [2n, 0n, 3n]);
});

test("the parts are the amount, to the unit, within their caps and a unit of their share", () => {
  const weight = fc.bigInt({ min: 0n, max: 1n << 60n });
  const party = fc.tuple(weight, fc.bigInt({ min: 0n, max: 1n << 50n }));
  fc.assert(
    fc.property(
      fc.array(party, { maxLength: 12 }),
      fc.bigInt({ min: 0n, max: 1n << 54n }),
      (parties, amount) => {
        const weights = parties.map(([w]) => w);
        const caps = parties.map(([, cap]) => cap);
        const parts = apportion(amount, weights, caps);
        const room = parties.reduce((sum, [w, cap]) => (w > 0n ? sum + cap : sum), 0n);
        const total = parts.reduce((sum, part) => sum + part, 0n);
        assert.equal(total, amount < room ? amount : room);
        for (const [i, part] of parts.entries()) {
          assert.ok(part >= 0n && part <= caps[i]!);
          if (weights[i] === 0n) assert.equal(part, 0n);
        }
        const all = weights.reduce((sum, w) => sum + w, 0n);
        if (all > 0n && caps.every((cap, i) => (amount * weights[i]!) / all + 1n < cap)) {
          for (const [i, part] of parts.entries()) {
            const floor = (amount * weights[i]!) / all;
            assert.ok(part === floor || part === floor + 1n);
          }
        }
      },
    ),
    { numRuns: 500, seed: 7 },
  );
});

test("weights that are their own caps are split as by the general rule, to the unit", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(20), fc.maxSafeNat()), { maxLength: 30 }),
      fc.oneof(fc.nat(100), fc.maxSafeNat()),
      (weights, amount) => {
        const exact = weights.map(BigInt);
        const parts = apportionWithin(amount, Float64Array.from(weights));
        assert.deepEqual([...parts].map(BigInt), apportion(BigInt(amount), exact, exact));
      },
    ),
    { seed: 20_261_124, numRuns: 2_000 },
  );
});
