import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDecimal } from "../../../quantity/index.ts";
import { type AaveReserve, aaveSummary } from "./account-summary.ts";
import { compoundGrowth, linearGrowth, ray } from "./accrual.ts";

const reserve = (parts: Partial<AaveReserve>): AaveReserve => ({
  decimals: 18,
  price: 100_000_000n,
  ltvBps: 8_000n,
  ltBps: 8_500n,
  liquidityIndex: ray,
  liquidityRate: 0n,
  variableBorrowIndex: ray,
  variableBorrowRate: 0n,
  lastUpdateSeconds: 0n,
  emodeCollateral: false,
  scaledSupply: 0n,
  scaledDebt: 0n,
  useAsCollateral: true,
  ...parts,
});

const tokens = (count: number): bigint => BigInt(count) * 10n ** 18n;

test("growth: a year of a deposit is 1 + rate; a debt's first seconds have one, two and three terms", () => {
  const rate = ray / 10n;
  assert.equal(linearGrowth(rate, 31_536_000n), ray + rate);
  assert.equal(linearGrowth(rate, 0n), ray);
  const perSecond = rate / 31_536_000n;
  assert.equal(compoundGrowth(rate, 0n), ray);
  assert.equal(compoundGrowth(rate, 1n), ray + perSecond);
  const square = (perSecond * perSecond + ray / 2n) / ray;
  assert.equal(compoundGrowth(rate, 2n), ray + 2n * perSecond + square);
  const year = Number(compoundGrowth(rate, 31_536_000n)) / 1e27;
  assert.ok(Math.abs(year - Math.E ** 0.1) < 1e-5);
});

test("no reserves, no debt, no collateral", () => {
  const empty = aaveSummary({ nowSeconds: 0n, reserves: [] });
  assert.deepEqual([empty.healthFactor, empty.currentLtv, empty.currentLiquidationThreshold], [null, 0, 0]);
  const owing = aaveSummary({ nowSeconds: 0n, reserves: [reserve({ scaledDebt: tokens(1) })] });
  assert.equal(owing.healthFactor, 0);
  assert.equal(formatDecimal(owing.availableBorrowsUsd), "0.000000000000000000000000000000");
});

test("e-mode at its own limit: 98 owed against 100 at a threshold of 98 %", () => {
  const summary = aaveSummary({
    nowSeconds: 0n,
    emode: { ltvBps: 9_800n, ltBps: 9_800n },
    reserves: [
      reserve({ scaledSupply: tokens(100), emodeCollateral: true }),
      reserve({ scaledDebt: tokens(98), useAsCollateral: false }),
    ],
  });
  assert.equal(summary.healthFactor, 1);
  assert.equal(summary.availableBorrowsUsd.coefficient, 0n);
});

test("a threshold of 0 keeps a reserve from being collateral, unless the e-mode takes it", () => {
  const only = reserve({ scaledSupply: tokens(1), ltvBps: 0n, ltBps: 0n, emodeCollateral: true });
  assert.equal(aaveSummary({ nowSeconds: 0n, reserves: [only] }).totalCollateralUsd.coefficient, 0n);
  const emode = { ltvBps: 9_000n, ltBps: 9_300n };
  assert.equal(aaveSummary({ nowSeconds: 0n, emode, reserves: [only] }).currentLtv, 0.9);
});

test("repaying r with a bonus b moves the health factor by r (HF − LT (1 + b)) / (B − r)", () => {
  const summaryOf = (collateral: bigint, debt: bigint): number =>
    aaveSummary({
      nowSeconds: 0n,
      reserves: [
        reserve({ scaledSupply: collateral }),
        reserve({ scaledDebt: debt, useAsCollateral: false }),
      ],
    }).healthFactor ?? Number.NaN;
  const before = summaryOf(tokens(1_000), tokens(900));
  const after = summaryOf(tokens(1_000 - 105), tokens(800));
  assert.ok(Math.abs(after - before - (100 * (before - 0.85 * 1.05)) / 800) < 1e-15);
});
