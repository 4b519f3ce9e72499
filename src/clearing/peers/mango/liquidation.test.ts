import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fractionPpm } from "../../liquidation/fraction.ts";
import { mangoTokenTransfer } from "./liquidation.ts";

const anyTransfer = fc.record({
  health: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 9n }),
  initLiabWeight: fc.integer({ min: 1_000_000, max: 1_500_000 }).map(fractionPpm),
  initAssetWeight: fc.integer({ min: 0, max: 1_000_000 }).map(fractionPpm),
  liabEndPrice: fc.bigInt({ min: 1n, max: 10n ** 6n }),
  assetEndPrice: fc.bigInt({ min: 1n, max: 10n ** 6n }),
  liabOraclePrice: fc.bigInt({ min: 1n, max: 10n ** 6n }),
  assetOraclePrice: fc.bigInt({ min: 1n, max: 10n ** 6n }),
  liabFee: fc.integer({ min: 0, max: 100_000 }).map(fractionPpm),
  assetFee: fc.integer({ min: 0, max: 100_000 }).map(fractionPpm),
  available: fc.bigInt({ min: 0n, max: 10n ** 12n }),
});

test("a debt of weight 1.2 for a deposit of weight 0.8, each at 1 with 2.5 % of fees each", () => {
  const step = mangoTokenTransfer({
    health: -1_000n,
    initLiabWeight: fractionPpm(1_200_000),
    initAssetWeight: fractionPpm(800_000),
    liabEndPrice: 1n,
    assetEndPrice: 1n,
    liabOraclePrice: 1n,
    assetOraclePrice: 1n,
    liabFee: fractionPpm(25_000),
    assetFee: fractionPpm(25_000),
    available: 10_000n,
  });
  // 1000 ÷ (1.2 − 0.8 × 1.025²) = 2781.6
  assert.deepEqual(step, { kind: "restores", size: 2_782n });
});

test("the least debt after which health is at 0 or above", () => {
  const million = 1_000_000n;
  fc.assert(
    fc.property(anyTransfer, (transfer) => {
      const step = mangoTokenTransfer(transfer);
      if (step.kind === "routedOnward") return;
      // Health × 10^24 × the deposit's price, so that nothing is rounded.
      const fees = (million + transfer.liabFee.numerator) * (million + transfer.assetFee.numerator);
      const weighed =
        transfer.initLiabWeight.numerator * transfer.liabEndPrice * transfer.assetOraclePrice * million ** 3n;
      const cost =
        transfer.initAssetWeight.numerator *
        transfer.assetEndPrice *
        transfer.liabOraclePrice *
        fees *
        million;
      const after = (size: bigint): bigint =>
        transfer.health * million ** 4n * transfer.assetOraclePrice + size * (weighed - cost);
      if (step.kind === "exhausts") return assert.ok(after(step.size) < 0n);
      assert.ok(after(step.size) >= 0n);
      if (step.size > 0n) assert.ok(after(step.size - 1n) < 0n);
    }),
    { seed: 1, numRuns: 2_000 },
  );
});
