import assert from "node:assert/strict";
import { test } from "node:test";
import {
  initialMargin,
  type LiquidityTier,
  maintenanceMargin,
  maintenanceMarginPpm,
} from "./liquidity-tier.ts";

const tier = (
  initialMarginPpm: bigint,
  maintenanceFractionPpm: bigint,
  lower = 0n,
  upper = 0n,
): LiquidityTier => ({
  initialMarginPpm,
  maintenanceFractionPpm,
  openInterestLower: lower,
  openInterestUpper: upper,
});

test("maintenance fractions of the chain's own tier tests", () => {
  // github.com/dydxprotocol/v4-chain, x/perpetuals liquidity tier tests
  assert.equal(maintenanceMarginPpm(tier(1_000_000n, 0n)), 0n);
  assert.equal(maintenanceMarginPpm(tier(150_000n, 800_000n)), 120_000n);
  assert.equal(maintenanceMarginPpm(tier(637_239n, 289_284n)), 184_343n);
});

test("requirements round up to the micro-dollar", () => {
  assert.equal(initialMargin(1n, tier(20_000n, 600_000n), 0n), 1n);
  assert.equal(maintenanceMargin(1n, tier(20_000n, 600_000n)), 1n);
  assert.equal(initialMargin(0n, tier(20_000n, 600_000n), 0n), 0n);
});

test("open interest raises the initial fraction from its own to 1, linearly between the bounds", () => {
  const scaled = tier(100_000n, 500_000n, 20_000_000n, 50_000_000n);
  const at = (openInterest: bigint): bigint => initialMargin(1_000_000n, scaled, openInterest);
  assert.deepEqual([0n, 20_000_000n, 35_000_000n, 50_000_000n, 10n ** 18n].map(at), [
    100_000n,
    100_000n,
    550_000n,
    1_000_000n,
    1_000_000n,
  ]);
  assert.equal(maintenanceMargin(1_000_000n, scaled), 50_000n);
});

test("an account's own fraction binds when it is the larger", () => {
  const large = tier(20_000n, 600_000n);
  assert.equal(initialMargin(1_000_000n, large, 0n, 10_000n), 20_000n);
  assert.equal(initialMargin(1_000_000n, large, 0n, 100_000n), 100_000n);
});
