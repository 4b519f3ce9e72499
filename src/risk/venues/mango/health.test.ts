import assert from "node:assert/strict";
import { test } from "node:test";
import { PlimsollError } from "../../../quantity/index.ts";
import {
  type MangoAccount,
  mangoHealth,
  type MangoPerp,
  type MangoToken,
  perpMaxSettle,
  perpResult,
} from "./health.ts";
import { one } from "./i80f48.ts";

const raw = (x: number): bigint => BigInt(Math.round(x * 2 ** 48));

const token = (index: number, price: number, balance: number, spread = 0): MangoToken => ({
  index,
  maintAssetWeight: raw(1 - spread),
  initAssetWeight: raw(1 - 2 * spread),
  initScaledAssetWeight: raw(1 - 2 * spread),
  maintLiabWeight: raw(1 + spread),
  initLiabWeight: raw(1 + 2 * spread),
  initScaledLiabWeight: raw(1 + 2 * spread),
  oraclePrice: raw(price),
  stablePrice: raw(price),
  balance: BigInt(balance) * one,
});

const perp = (baseLots: bigint, quote: number, orders: Partial<MangoPerp> = {}): MangoPerp => ({
  settleToken: 0,
  maintBaseAssetWeight: raw(0.95),
  initBaseAssetWeight: raw(0.9),
  maintBaseLiabWeight: raw(1.05),
  initBaseLiabWeight: raw(1.1),
  maintOverallAssetWeight: raw(1),
  initOverallAssetWeight: raw(0.5),
  baseLotSize: 1n,
  baseLots,
  bidsBaseLots: 0n,
  asksBaseLots: 0n,
  quote: BigInt(quote) * one,
  oraclePrice: raw(2),
  stablePrice: raw(2),
  ...orders,
});

const near = (got: bigint, want: number): void =>
  assert.ok(Math.abs(Number(got) / 2 ** 48 - want) < 1e-6, `${Number(got) / 2 ** 48} instead of ${want}`);

test("an empty account has no health, no ratio and nothing to settle", () => {
  const empty: MangoAccount = { tokens: [token(0, 1, 0)], perps: [], spotMarkets: [] };
  assert.deepEqual(mangoHealth(empty, "init"), { health: 0n, assets: 0n, liabs: 0n, ratioPct: null });
  assert.equal(perpMaxSettle(empty, 0), 0n);
});

test("assets weigh less and debts more, twice as much to open", () => {
  const account: MangoAccount = {
    tokens: [token(0, 1, -1_000), token(3, 10, 200, 0.1)],
    perps: [],
    spotMarkets: [],
  };
  near(mangoHealth(account, "maint").health, 800);
  near(mangoHealth(account, "init").health, 600);
  near(mangoHealth(account, "maint").ratioPct ?? 0n, 80);
});

test("the slow price guards the opening of risk only", () => {
  const spiked = { ...token(1, 30, 100), stablePrice: raw(10) };
  const account: MangoAccount = { tokens: [spiked], perps: [], spotMarkets: [] };
  near(mangoHealth(account, "init").health, 1_000);
  near(mangoHealth(account, "maint").health, 3_000);
  near(mangoHealth(account, "liquidationEnd").health, 3_000);
});

test("a perpetual counts at its worse fill, and a gain by its overall weight", () => {
  near(perpResult(perp(100n, -150), "maint"), 100 * 2 * 0.95 - 150);
  near(perpResult(perp(100n, -150), "init"), (100 * 2 * 0.9 - 150) * 0.5);
  near(perpResult(perp(-100n, 150), "init"), -100 * 2 * 1.1 + 150);
  // 300 to sell leave a short of 200: 200 × 2 × 1.1 owed, 600 received.
  near(perpResult(perp(100n, -150, { asksBaseLots: 300n }), "init"), (-200 * 2 * 1.1 + 600 - 150) * 0.5);
});

test("what can be settled ends where maintenance health does", () => {
  const account: MangoAccount = {
    tokens: [token(0, 1, 100), token(1, 2, -20, 0.1)],
    perps: [],
    spotMarkets: [],
  };
  const most = perpMaxSettle(account, 0);
  const after = (taken: bigint): bigint => {
    const [settled, ...others] = account.tokens;
    assert.ok(settled);
    const tokens = [{ ...settled, balance: settled.balance - taken }, ...others];
    return mangoHealth({ ...account, tokens }, "maint").health;
  };
  assert.ok(after(most) >= 0n);
  assert.ok(after(most + one / 1_000n) < 0n);
});

test("a market of a token that the account does not list is named", () => {
  const account: MangoAccount = { tokens: [token(1, 1, 0)], perps: [perp(1n, 0)], spotMarkets: [] };
  assert.throws(
    () => mangoHealth(account, "init"),
    (error) =>
      error instanceof PlimsollError && error.code === "PLM_UNKNOWN" && error.field === "settleToken",
  );
});
