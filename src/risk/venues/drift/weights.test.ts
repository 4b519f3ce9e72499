import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { integerRoot, withSizeDiscount, withSizePremium } from "./weights.ts";

const units = (size: number): bigint => BigInt(size) * 1_000_000_000n;

test("the size premium and discount of the protocol's own unit tests", () => {
  // github.com/drift-labs/protocol-v2, margin unit tests
  assert.equal(withSizePremium(11_000n, units(1_000), 0n), 11_000n);
  assert.equal(withSizePremium(11_000n, units(1_000), 10_000n), 11_962n);
  assert.equal(withSizeDiscount(9_000n, units(1_000), 100_000n), 2_642n);
  assert.equal(withSizeDiscount(9_000n, units(1_000_000_000), 10n), 8_357n);
  assert.equal(withSizeDiscount(9_000n, units(1_000), 0n), 9_000n);
});

test("the integer root is the largest whose square fits", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 60n }), (n) => {
      const root = integerRoot(n);
      return root * root <= n && (root + 1n) * (root + 1n) > n;
    }),
  );
});

test("a larger size never lowers a liability weight or raises an asset weight; the sign of the size is ignored", () => {
  const size = fc.bigInt({ min: 0n, max: 10n ** 22n });
  const weight = fc.bigInt({ min: 0n, max: 20_000n });
  fc.assert(
    fc.property(size, size, weight, fc.bigInt({ min: 0n, max: 100_000n }), (a, b, w, imf) => {
      const [small, large] = a < b ? [a, b] : [b, a];
      assert.ok(withSizePremium(w, small, imf) <= withSizePremium(w, large, imf));
      assert.ok(withSizeDiscount(w, small, imf) >= withSizeDiscount(w, large, imf));
      assert.ok(withSizePremium(w, small, imf) >= w && withSizeDiscount(w, small, imf) <= w);
      assert.equal(withSizePremium(w, -a, imf), withSizePremium(w, a, imf));
    }),
  );
});
