import assert from "node:assert/strict";
import { test } from "node:test";
import { rational } from "../../../risk/venues/shared/rational.ts";
import { dydxBankruptcyQuote, dydxFillablePrice, dydxLiquidatableNotional } from "./liquidation.ts";

test("a tenth of a position, small ones sooner, within what is left of the block", () => {
  const usd = 1_000_000n;
  const notional = (dollars: bigint, liquidated: bigint = 0n): bigint =>
    dydxLiquidatableNotional(dollars * usd, { liquidated: liquidated * usd, usd }) / usd;
  assert.equal(notional(50_000n), 5_000n);
  assert.equal(notional(5_000n), 1_000n);
  assert.equal(notional(700n), 700n);
  assert.equal(notional(5_000_000n), 100_000n);
  assert.equal(notional(50_000n, 98_000n), 2_000n);
  assert.equal(notional(50_000n, 100_000n), 0n);
});

const account = {
  usdc: rational(-4_501),
  positions: [
    {
      asset: "BTC",
      size: rational("0.1"),
      price: rational(50_000),
      maintenanceFraction: rational("0.1"),
    },
  ],
};

test("what the account has none of closes for nothing and has no price", () => {
  const terms = { bankruptcyAdjustment: rational(1), spreadToMaintenance: rational("0.1") };
  assert.equal(dydxFillablePrice(account, "ETH", terms), undefined);
  assert.deepEqual(dydxBankruptcyQuote(account, "ETH", rational(1)), rational(0));
  assert.deepEqual(dydxFillablePrice(account, "BTC", terms), rational(49_999));
});
