import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bankruptcyQuoteCeil, beyondBankruptcy, limitPrice } from "./bankruptcy-price.ts";

test("a long of 5000 with an equity of 499 must bring 4501; one of −10 must bring 5010", () => {
  const closing = { notionalChange: -5_000n, requirementReleased: 500n, requirement: 500n };
  assert.equal(bankruptcyQuoteCeil({ ...closing, equity: 499n }), 4_501n);
  assert.equal(bankruptcyQuoteCeil({ ...closing, equity: -10n }), 5_010n);
  assert.equal(beyondBankruptcy(4_500n, 4_501n), -1n);
  // A short of 5000: it may pay up to its equity more.
  assert.equal(bankruptcyQuoteCeil({ ...closing, notionalChange: 5_000n, equity: 100n }), -5_100n);
});

const anyAccount = fc.record({
  equity: fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }),
  positions: fc.array(
    fc.record({
      notional: fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }),
      requirement: fc.bigInt({ min: 1n, max: 10n ** 8n }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});

test("closed position by position at these quotes an account ends at exactly 0, and never changes its sign before", () => {
  fc.assert(
    fc.property(anyAccount, ({ equity: before, positions }) => {
      let equity = before;
      let requirement = positions.reduce((sum, position) => sum + position.requirement, 0n);
      for (const position of positions) {
        const notionalChange = -position.notional;
        const released = position.requirement;
        const quote = bankruptcyQuoteCeil({
          equity,
          requirement,
          notionalChange,
          requirementReleased: released,
        });
        // The position goes at its notional, the quote comes in.
        equity += quote + notionalChange;
        requirement -= released;
        assert.ok(before >= 0n ? equity >= 0n && equity <= before : equity <= 0n && equity >= before);
      }
      assert.equal(equity, 0n);
    }),
    { seed: 1, numRuns: 1_000 },
  );
});

test("the limit price gives at least the quote, and one price unit worse does not", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
      fc.bigInt({ min: 1n, max: 10n ** 9n }),
      fc.boolean(),
      (quote, lots, selling) => {
        const scale = 1_000n;
        const size = selling ? -lots : lots;
        const price = limitPrice({ quote, size, scale });
        const received = (at: bigint): bigint => -size * at;
        assert.ok(received(price) >= quote * scale);
        assert.ok(received(selling ? price - 1n : price + 1n) < quote * scale);
      },
    ),
    { seed: 2, numRuns: 1_000 },
  );
});
