import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { insolventPayoutFloor, insolventSale } from "./insolvent.ts";

const one = 1_000_000n;
const big = (min: bigint, max: bigint) => fc.bigInt({ min, max });
const auction = fc.record({
  equity: big(-(10n ** 12n), 10n ** 12n),
  requirement: big(0n, 10n ** 12n),
  length: big(0n, 10_000n),
});

test("what the fund pays grows from the account's debt to its requirement, and no further", () => {
  fc.assert(
    fc.property(auction, big(0n, 12_000n), big(0n, 5_000n), (each, t, more) => {
      const { equity, requirement, length } = each;
      const now = insolventPayoutFloor(each, t);
      assert.ok(now <= insolventPayoutFloor(each, t + more));
      const safe = requirement - equity;
      if (safe <= 0n) return assert.equal(now, 0n);
      const debt = equity < 0n ? -equity : 0n;
      assert.ok(now >= debt && now <= safe);
      if (t >= length) assert.equal(now, safe);
      else assert.equal(now, debt + ((safe - debt) * t) / length);
    }),
    { numRuns: 500, seed: 1 },
  );
});

test("the fund pays what it has, the rest is named, and shares never add up to more than the whole", () => {
  fc.assert(
    fc.property(auction, big(0n, 12_000n), big(0n, one), big(0n, 10n ** 12n), (each, t, share, fund) => {
      const whole = insolventPayoutFloor(each, t);
      const { payment, fromFund, shortfall } = insolventSale(each, t, share, one, fund);
      assert.equal(payment, fromFund + shortfall);
      assert.ok(fromFund <= fund && (shortfall === 0n || fromFund === fund));
      assert.ok(payment + insolventSale(each, t, one - share, one, fund).payment <= whole);
      assert.equal(insolventSale(each, t, one, one, fund).payment, whole);
    }),
    { numRuns: 500, seed: 1 },
  );
});
