import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  liquidationIncentiveFactor,
  type MorphoMarket,
  morphoHealth,
  oraclePriceScale,
  seizableCollateral,
  wad,
} from "../../../risk/venues/morpho/blue-position.ts";
import { incentiveFactorFloor } from "../../liquidation/incentive.ts";
import { morphoIncentive, morphoLiquidation } from "./liquidation.ts";

test("the reward is the one that the position's rules use, at every threshold", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: wad }), (lltv) => {
      assert.equal(incentiveFactorFloor(lltv, morphoIncentive), liquidationIncentiveFactor(lltv));
    }),
    { seed: 1, numRuns: 500 },
  );
});

const market: MorphoMarket = {
  lltv: (86n * wad) / 100n,
  oraclePrice: oraclePriceScale,
  totalBorrowAssets: 10n ** 12n,
  totalBorrowShares: 10n ** 18n,
};

test("a healthy position, or more than there is, is refused", () => {
  const healthy = { collateral: 1_000n, borrowShares: 860n * 10n ** 6n };
  assert.equal(morphoLiquidation(healthy, market, { seizedAssets: 1n }), undefined);
  const position = { collateral: 1_000n, borrowShares: 900n * 10n ** 6n };
  assert.equal(morphoLiquidation(position, market, { seizedAssets: 1_001n }), undefined);
  assert.equal(morphoLiquidation(position, market, { repaidShares: 901n * 10n ** 6n }), undefined);
});

test("taking all collateral leaves the rest of the debt to the lenders at once", () => {
  const position = { collateral: 1_000n, borrowShares: 1_500n * 10n ** 6n };
  const done = morphoLiquidation(position, market, { seizedAssets: 1_000n });
  // 1000 ÷ 1.0438 = 958.0 repaid, up in assets and again in shares.
  assert.equal(done?.repaidAssets, 959n);
  assert.equal(done.badDebtAssets, 541n);
  assert.deepEqual(done.position, { collateral: 0n, borrowShares: 0n });
  assert.equal(done.market.totalBorrowShares, market.totalBorrowShares - position.borrowShares);
  assert.equal(done.market.totalBorrowAssets, market.totalBorrowAssets - 959n - 541n);
});

test("while the collateral covers debt and reward every step improves health; shares always add up", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 10n ** 6n, max: 10n ** 11n }),
      fc.bigInt({ min: 861n, max: 955n }),
      fc.bigInt({ min: 1n, max: 1_000n }),
      (collateral, loanPermille, takenPermille) => {
        const position = { collateral, borrowShares: ((collateral * loanPermille) / 1_000n) * 10n ** 6n };
        if (morphoHealth(position, market).isHealthy) return;
        const seizedAssets = (seizableCollateral(position, market) * takenPermille) / 1_000n;
        if (seizedAssets < 10n ** 4n) return;
        const done = morphoLiquidation(position, market, { seizedAssets });
        assert.ok(done);
        assert.equal(done.position.borrowShares + done.repaidShares, position.borrowShares);
        const before = morphoHealth(position, market).healthFactor;
        assert.ok(morphoHealth(done.position, done.market).healthFactor >= before);
      },
    ),
    { seed: 2, numRuns: 500 },
  );
});
