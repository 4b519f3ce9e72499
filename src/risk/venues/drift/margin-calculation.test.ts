import assert from "node:assert/strict";
import { test } from "node:test";
import { PlimsollError } from "../../../quantity/index.ts";
import { type DriftAccount, driftHealth, driftLiquidatable, driftMargin } from "./margin-calculation.ts";
import { type DriftSpotMarket } from "./spot.ts";

const spotMarket = (decimals: number, price: bigint): DriftSpotMarket => ({
  decimals,
  price,
  twap5Min: price,
  initialAssetWeight: 8_000n,
  maintenanceAssetWeight: 9_000n,
  initialLiabilityWeight: 12_000n,
  maintenanceLiabilityWeight: 11_000n,
  imfFactor: 0n,
  cumulativeDepositInterest: 10_000_000_000n,
  cumulativeBorrowInterest: 10_000_000_000n,
  scaleInitialAssetWeightStart: 0n,
  depositBalance: 0n,
});

const quote: DriftSpotMarket = {
  ...spotMarket(6, 1_000_000n),
  initialAssetWeight: 10_000n,
  maintenanceAssetWeight: 10_000n,
  initialLiabilityWeight: 10_000n,
  maintenanceLiabilityWeight: 10_000n,
};

const borrower: DriftAccount = {
  spotMarkets: [quote, spotMarket(9, 100_000_000n)],
  perpMarkets: [],
  spot: [
    {
      market: 0,
      type: "deposit",
      scaledBalance: 1_000_000_000_000n,
      openOrders: 0n,
      openBids: 0n,
      openAsks: 0n,
    },
    { market: 1, type: "borrow", scaledBalance: 1_000_000_000n, openOrders: 0n, openBids: 0n, openAsks: 0n },
  ],
  perp: [],
  maxMarginRatio: 0n,
};

test("a borrow weighs 1.2 to open and 1.1 to keep", () => {
  assert.equal(driftMargin(borrower, "initial").marginRequirement, 120_000_000n);
  const maintenance = driftMargin(borrower, "maintenance");
  assert.equal(maintenance.marginRequirement, 110_000_000n);
  assert.equal(maintenance.freeCollateral, 890_000_000n);
  assert.equal(driftHealth(maintenance), 89);
});

test("the liquidation buffer of a borrow: on its plain value as the program, on its weighted value as the package", () => {
  const at = (bufferOn: "unweighted" | "weighted"): bigint =>
    driftMargin(borrower, "maintenance", { bufferRatio: 200n, bufferOn }).marginRequirementPlusBuffer;
  assert.equal(at("unweighted"), 110_000_000n + 2_000_000n);
  // The weight carries the buffer, 1.12, and the buffer is taken on that again.
  assert.equal(at("weighted"), 112_000_000n + 2_240_000n);
  assert.equal(driftMargin(borrower, "maintenance").marginRequirementPlusBuffer, 0n);
});

test("the user's own cap binds initial margin only", () => {
  const capped = { ...borrower, maxMarginRatio: 5_000n };
  assert.equal(driftMargin(capped, "initial").marginRequirement, 150_000_000n);
  assert.equal(driftMargin(capped, "maintenance").marginRequirement, 110_000_000n);
});

test("an isolated position stands on its own deposit", () => {
  const account: DriftAccount = {
    ...borrower,
    perpMarkets: [
      {
        price: 50_000_000n,
        marginRatioInitial: 1_000n,
        marginRatioMaintenance: 500n,
        imfFactor: 0n,
        unrealizedPnlInitialAssetWeight: 10_000n,
        unrealizedPnlMaintenanceAssetWeight: 10_000n,
        cumulativeFundingRateLong: 0n,
        cumulativeFundingRateShort: 0n,
      },
    ],
    perp: [
      {
        market: 0,
        base: 10_000_000_000n,
        quote: -510_000_000n,
        lastCumulativeFundingRate: 0n,
        openOrders: 0n,
        openBids: 0n,
        openAsks: 0n,
        isolated: true,
        isolatedScaledBalance: 60_000_000_000n,
      },
    ],
  };
  const margin = driftMargin(account, "initial");
  assert.deepEqual(margin.isolated.get(0), { totalCollateral: 50_000_000n, marginRequirement: 50_000_000n });
  assert.equal(margin.marginRequirement, driftMargin(borrower, "initial").marginRequirement);
});

test("health is 100 without requirement, 0 without collateral; an empty account is not liquidatable", () => {
  const empty = driftMargin({ ...borrower, spot: [] }, "maintenance");
  assert.equal(driftHealth(empty), 100);
  assert.equal(driftLiquidatable(empty), false);
  const debt = driftMargin({ ...borrower, spot: borrower.spot.slice(1) }, "maintenance");
  assert.equal(driftHealth(debt), 0);
  assert.equal(driftLiquidatable(debt), true);
});

test("a position in a market that is not given is named", () => {
  const [deposit] = borrower.spot;
  assert.ok(deposit);
  assert.throws(
    () => driftMargin({ ...borrower, spot: [{ ...deposit, market: 7 }] }, "initial"),
    (error) => error instanceof PlimsollError && error.code === "PLM_UNKNOWN" && error.value === 7,
  );
});
