import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { restoringShareCeil, restoringShareFloor, shareOfBalanceFloor, shareOfLotsUp } from "./share.ts";

const one = 1_000_000n;
const big = (min: bigint, max: bigint) => fc.bigInt({ min, max });

test("a share lies between its roundings, from nothing to the whole", () => {
  fc.assert(
    fc.property(big(-10n, 10n ** 12n), big(-(10n ** 12n), 10n ** 12n), (shortfall, released) => {
      const [floor, ceil] = [
        restoringShareFloor(shortfall, released, one),
        restoringShareCeil(shortfall, released, one),
      ];
      if (shortfall <= 0n) return assert.deepEqual([floor, ceil], [0n, 0n]);
      if (released <= 0n) return assert.deepEqual([floor, ceil], [one, one]);
      const whole = shortfall + released;
      assert.ok(floor * whole <= shortfall * one && ceil * whole >= shortfall * one);
      assert.ok(ceil - floor <= 1n && ceil <= one);
    }),
    { numRuns: 500, seed: 1 },
  );
});

test("what stays of balances and positions is never worse than its part for who stays", () => {
  const amount = big(-(10n ** 15n), 10n ** 15n);
  fc.assert(
    fc.property(amount, big(0n, one), (amount, share) => {
      const bought = shareOfBalanceFloor(amount, share, one);
      assert.ok((amount - bought) * one >= amount * (one - share));
      const lots = shareOfLotsUp(amount, share, one);
      const left = amount - lots;
      const size = (x: bigint): bigint => (x < 0n ? -x : x);
      assert.ok(size(left) * one <= size(amount) * (one - share));
      assert.ok(left === 0n || left > 0n === amount > 0n);
      assert.deepEqual(
        [shareOfBalanceFloor(amount, one, one), shareOfLotsUp(amount, one, one)],
        [amount, amount],
      );
      assert.deepEqual([shareOfBalanceFloor(amount, 0n, one), shareOfLotsUp(amount, 0n, one)], [0n, 0n]);
    }),
    { numRuns: 500, seed: 1 },
  );
});
