import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fractionPpm } from "./fraction.ts";
import { collateralForDebtFloor, debtForCollateralCeil, transferUpTo } from "./transfer.ts";

const amount = fc.bigInt({ min: 0n, max: 10n ** 12n });
const anyTerms = fc.record({
  debtPrice: fc.bigInt({ min: 1n, max: 10n ** 9n }),
  collateralPrice: fc.bigInt({ min: 1n, max: 10n ** 9n }),
  incentive: fc.integer({ min: 1_000_000, max: 1_200_000 }).map(fractionPpm),
});

test("a debt of 10 at 100 takes 1050 of collateral at 1 with 5 % on top", () => {
  const terms = { debtPrice: 100n, collateralPrice: 1n, incentive: fractionPpm(1_050_000) };
  assert.equal(collateralForDebtFloor(10n, terms), 1_050n);
  assert.equal(debtForCollateralCeil(1_050n, terms), 10n);
  assert.equal(debtForCollateralCeil(1_051n, terms), 11n);
  assert.deepEqual(transferUpTo(10n, 2_000n, terms), { debtRepaid: 10n, collateralSeized: 1_050n });
  assert.deepEqual(transferUpTo(10n, 500n, terms), { debtRepaid: 5n, collateralSeized: 500n });
});

test("worthless collateral goes for nothing and leaves the debt", () => {
  const terms = { debtPrice: 100n, collateralPrice: 0n, incentive: fractionPpm(1_050_000) };
  assert.deepEqual(transferUpTo(10n, 500n, terms), { debtRepaid: 0n, collateralSeized: 500n });
});

test("no way round gives a liquidator more than the terms: there and back costs, and nothing exceeds what there is", () => {
  fc.assert(
    fc.property(amount, amount, anyTerms, (debt, collateral, terms) => {
      assert.ok(debtForCollateralCeil(collateralForDebtFloor(debt, terms), terms) <= debt);
      assert.ok(collateralForDebtFloor(debtForCollateralCeil(collateral, terms), terms) >= collateral);
      const { debtRepaid, collateralSeized } = transferUpTo(debt, collateral, terms);
      assert.ok(debtRepaid >= 0n && debtRepaid <= debt);
      assert.ok(collateralSeized >= 0n && collateralSeized <= collateral);
      const { numerator, denominator } = terms.incentive;
      assert.ok(
        collateralSeized * terms.collateralPrice * denominator <= debtRepaid * terms.debtPrice * numerator,
      );
    }),
    { seed: 1, numRuns: 2_000 },
  );
});
