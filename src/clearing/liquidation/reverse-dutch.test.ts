import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fractionPpm, whole } from "./fraction.ts";
import { discountFactor, reverseDutchLiquidation } from "./reverse-dutch.ts";

const maxDiscount = fractionPpm(150_000);

test("no discount at the threshold, 5 % at a health of 0.95, 15 % at most", () => {
  assert.deepEqual(discountFactor({ adjustedCollateral: 100n, debt: 100n }, maxDiscount), whole);
  assert.deepEqual(discountFactor({ adjustedCollateral: 95n, debt: 100n }, maxDiscount), {
    numerator: 95n,
    denominator: 100n,
  });
  const furthest = discountFactor({ adjustedCollateral: 20n, debt: 100n }, maxDiscount);
  assert.equal(furthest.numerator * 100n, furthest.denominator * 85n);
});

test("all debt for its collateral, or all collateral and the rest is bad debt", () => {
  const covered = { collateral: 1_200n, adjustedCollateral: 950n, debt: 1_000n };
  const { repaid, seized, badDebt } = reverseDutchLiquidation(covered, maxDiscount);
  assert.deepEqual([repaid, seized, badDebt], [1_000n, 1_052n, 0n]);
  const drowned = reverseDutchLiquidation(
    { collateral: 500n, adjustedCollateral: 450n, debt: 500n },
    fractionPpm(200_000),
  );
  assert.deepEqual([drowned.repaid, drowned.seized, drowned.badDebt], [450n, 500n, 50n]);
  const healthy = reverseDutchLiquidation({ ...covered, debt: 950n }, maxDiscount);
  assert.deepEqual([healthy.repaid, healthy.seized, healthy.badDebt], [0n, 0n, 0n]);
  const worthless = reverseDutchLiquidation(
    { collateral: 0n, adjustedCollateral: 0n, debt: 9n },
    maxDiscount,
  );
  assert.deepEqual([worthless.repaid, worthless.seized, worthless.badDebt], [0n, 0n, 9n]);
});

const anyPosition = fc
  .record({
    collateral: fc.bigInt({ min: 0n, max: 10n ** 12n }),
    threshold: fc.bigInt({ min: 0n, max: 1_000_000n }),
    debt: fc.bigInt({ min: 1n, max: 10n ** 12n }),
  })
  .map(({ collateral, threshold, debt }) => ({
    collateral,
    adjustedCollateral: (collateral * threshold) / 1_000_000n,
    debt,
  }));

test("debt is repaid or bad, collateral is never exceeded, and the discount never beyond its bound", () => {
  fc.assert(
    fc.property(anyPosition, fc.integer({ min: 0, max: 1_000_000 }), (position, ppm) => {
      const bound = fractionPpm(ppm);
      const { factor, repaid, seized, badDebt } = reverseDutchLiquidation(position, bound);
      if (position.adjustedCollateral >= position.debt) return assert.equal(repaid + seized + badDebt, 0n);
      assert.equal(repaid + badDebt, position.debt);
      assert.ok(repaid >= 0n && badDebt >= 0n && seized <= position.collateral);
      assert.ok(badDebt === 0n || seized === position.collateral);
      // What is paid per collateral is at least the factor, which is at least 1 − bound.
      assert.ok(repaid * factor.denominator >= seized * factor.numerator);
      assert.ok(repaid * bound.denominator >= seized * (bound.denominator - bound.numerator));
    }),
    { seed: 1, numRuns: 3_000 },
  );
});

test("the less healthy, the cheaper", () => {
  fc.assert(
    fc.property(anyPosition, fc.bigInt({ min: 0n, max: 10n ** 9n }), (position, loss) => {
      const a = discountFactor(position, maxDiscount);
      const lower = position.adjustedCollateral > loss ? position.adjustedCollateral - loss : 0n;
      const b = discountFactor({ ...position, adjustedCollateral: lower }, maxDiscount);
      assert.ok(b.numerator * a.denominator <= a.numerator * b.denominator);
    }),
    { seed: 2, numRuns: 1_000 },
  );
});
