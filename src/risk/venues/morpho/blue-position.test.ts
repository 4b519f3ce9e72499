import assert from "node:assert/strict";
import { test } from "node:test";
import {
  liquidationIncentiveFactor,
  morphoHealth,
  oraclePriceScale,
  repaidSharesForSeizedCeil,
  seizableCollateral,
  seizedForRepaidSharesFloor,
  unboundedRatio,
  wad,
} from "./blue-position.ts";

const market = {
  lltv: (wad * 86n) / 100n,
  oraclePrice: 2n * oraclePriceScale,
  totalBorrowAssets: 1_000_000n,
  totalBorrowShares: 1_000_000_000_000n,
};

test("the incentive: 1 at LLTV 1, capped at 1.15", () => {
  assert.equal(liquidationIncentiveFactor(wad), wad);
  assert.equal(liquidationIncentiveFactor(0n), (wad * 115n) / 100n);
  assert.equal(liquidationIncentiveFactor((wad * 86n) / 100n), 1_043_841_336_116_910_229n);
});

test("without debt nothing limits the position", () => {
  assert.deepEqual(morphoHealth({ collateral: 10n, borrowShares: 0n }, market), {
    borrowAssets: 0n,
    maxBorrowAssets: 17n,
    isHealthy: true,
    healthFactor: unboundedRatio,
    ltv: null,
    liquidationPrice: null,
  });
});

test("a debt with nothing behind it", () => {
  const health = morphoHealth({ collateral: 0n, borrowShares: 1n }, market);
  assert.deepEqual(
    [health.isHealthy, health.healthFactor, health.ltv, health.liquidationPrice],
    [false, 0n, unboundedRatio, unboundedRatio],
  );
});

test("healthy to the last unit: the limit is owed exactly, and one share more is not", () => {
  const limit = { collateral: 500_000n, borrowShares: 860_000n * 1_000_000n };
  assert.equal(morphoHealth(limit, market).maxBorrowAssets, 860_000n);
  assert.equal(morphoHealth(limit, market).isHealthy, true);
  assert.equal(seizableCollateral(limit, market), 0n);
  const over = { ...limit, borrowShares: limit.borrowShares + 1n };
  assert.equal(morphoHealth(over, market).isHealthy, false);
  assert.ok(seizableCollateral(over, market) > 0n);
});

test("roundings favour the pool: shares for what shares seize never come out fewer", () => {
  for (const shares of [1n, 999_999n, 10n ** 9n, 123_456_789_012n]) {
    const seized = seizedForRepaidSharesFloor(shares, market);
    assert.ok(repaidSharesForSeizedCeil(seized, market) <= shares);
    assert.ok(repaidSharesForSeizedCeil(seized + 1n, market) > shares - 1n);
  }
});

test("at a price of 0 nothing can be seized", () => {
  const worthless = { ...market, oraclePrice: 0n };
  assert.equal(seizableCollateral({ collateral: 5n, borrowShares: 10n ** 9n }, worthless), 0n);
  assert.equal(seizedForRepaidSharesFloor(10n ** 9n, worthless), 0n);
});
