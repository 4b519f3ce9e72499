import assert from "node:assert/strict";
import { test } from "node:test";
import { timeWeighted } from "./amm.ts";
import { type MarketParams, PerpetualV1Market } from "./clearing-house.ts";
import { StepRefused } from "./refused.ts";

const one = 10n ** 18n;
const price = 10n * one;
const oracle = { price, twap: price };

/** 10,000 quote against 1,000 base: 10 each. */
function market(changes: Partial<MarketParams> = {}): PerpetualV1Market {
  return new PerpetualV1Market({
    reserves: { quote: 10_000n * one, base: 1_000n * one },
    fundingPeriod: 3600n,
    tollRatio: 0n,
    spreadRatio: 0n,
    initMarginRatio: one / 10n,
    maintenanceMarginRatio: one / 16n,
    liquidationFeeRatio: one / 80n,
    partialLiquidationRatio: one / 4n,
    startSeconds: 0n,
    ...changes,
  });
}

const refused = (reason: string) => (error: unknown) =>
  error instanceof StepRefused && error.reason === reason;

test("a long opened and closed at once gets its margin back, to the units of rounding", () => {
  const house = market();
  house.advance(15n, oracle);
  const opened = house.open("a", "buy", 100n * one, 10n * one);
  // 1,000 − 10,000,000 / 11,000 = 90.909…
  assert.equal(opened.sizeAfter, 90_909090909090909090n);
  assert.equal(house.vault, 100n * one);
  const closed = house.close("a");
  assert.equal(closed.sizeAfter, 0n);
  assert.ok(closed.realizedPnl <= 0n && closed.realizedPnl > -100n);
  assert.equal(house.vault, -closed.realizedPnl);
  assert.equal(house.insuranceFund, 0n);
});

test("a payout beyond the vault is advanced by the fund, and later bad debt is set against it", () => {
  const house = market({ maintenanceMarginRatio: 0n });
  house.advance(15n, oracle);
  house.open("winner", "buy", 100n * one, 5n * one);
  house.open("loser", "buy", 1_000n * one, 10n * one);
  // The winner leaves with more than both paid in; the loser's margin does not cover what is left.
  house.close("winner");
  assert.equal(house.vault, 0n);
  const advanced = -house.insuranceFund;
  assert.ok(advanced > 0n);
  const { badDebt, realizedPnl } = house.close("loser");
  assert.ok(realizedPnl < -1_000n * one);
  // All that was missing is paid once: the advance counts for the bad debt.
  assert.equal(-house.insuranceFund, badDebt > advanced ? badDebt : advanced);
  assert.ok(house.vault < 100n);
});

test("what is refused, by the contracts' reasons, leaves everything as it was", () => {
  const house = market();
  house.advance(15n, oracle);
  const state = (): unknown => [house.reserves, house.vault, house.insuranceFund, house.position("a")];
  const cases: readonly (readonly [() => unknown, string])[] = [
    [() => house.open("a", "buy", 0n, one), "input is 0"],
    [() => house.open("a", "buy", one, 11n * one), "Margin ratio not meet criteria"],
    [() => house.open("a", "sell", 10_000n * one, one), "SafeMath: division by zero"],
    [() => house.open("a", "sell", 10_001n * one, one), "SafeMath: subtraction overflow"],
    [() => house.close("a"), "positionSize is 0"],
    [() => house.liquidate("a"), "positionSize is 0"],
    [() => house.removeMargin("a", one), "margin is not enough"],
    [() => house.addMargin("a", 0n), "input is 0"],
    [() => house.payFunding(), "settle funding too early"],
  ];
  const before = state();
  for (const [step, reason] of cases) {
    assert.throws(step, refused(reason), reason);
    assert.deepEqual(state(), before);
  }
});

test("an oracle far above the mark speaks for a long: a part is liquidated, or nothing when the penalty exceeds the margin", () => {
  const fallen = (liquidationFeeRatio: bigint): PerpetualV1Market => {
    const house = market({ liquidationFeeRatio, maintenanceMarginRatio: one / 2n });
    house.advance(15n, oracle);
    house.open("a", "buy", 100n * one, 10n * one);
    house.open("c", "sell", 200n * one, 10n * one);
    // At the mark, 8.1, nothing is left of the margin; at 14 it is 29 % of the notional.
    house.advance(60n, { price: 14n * one, twap: 14n * one });
    return house;
  };
  const part = fallen(one / 80n).liquidate("a");
  assert.ok(part.changed.sizeAfter > 0n);
  // A quarter of 90.9 sold into 9,000 against 1,111 brings 180.4, of which an eightieth.
  assert.equal(part.changed.liquidationPenalty / 10n ** 16n, 225n);
  assert.equal(part.liquidated.liquidationFee, part.changed.liquidationPenalty / 2n);
  assert.throws(() => fallen(one / 5n).liquidate("a"), refused("SafeMath: subtraction overflow"));
  // Above 29 % the whole position is closed.
  assert.equal(fallen((3n * one) / 10n).liquidate("a").changed.sizeAfter, 0n);
});

test("funding: premium of an hour over a day; the fund pays what longs and shorts don't share", () => {
  const house = market();
  house.advance(15n, oracle);
  house.open("a", "buy", 100n * one, 10n * one);
  house.advance(7_200n, { price, twap: 11n * one });
  const { cumulativePremiumFraction, fundingRate } = house.payFunding();
  // The mark stood at 12.1 for all of the last hour, 1.1 above the index: 1.1 / 24.
  const want = 45_833_333_333_333_333n;
  assert.ok(cumulativePremiumFraction - want < 10n && want - cumulativePremiumFraction < 10n);
  assert.equal(fundingRate, cumulativePremiumFraction / 11n);
  assert.equal(house.insuranceFund, (cumulativePremiumFraction * house.position("a").size) / one);
  assert.throws(() => house.payFunding(), refused("settle funding too early"));
});

test("time-weighted values: pieces up to now, the oldest cut at the window's start", () => {
  const at = (seconds: bigint, quote: bigint) => ({ seconds, reserves: { quote, base: 1n } });
  const value = ({ quote }: { quote: bigint }): bigint => quote;
  const snapshots = [at(0n, 10n), at(80n, 20n), at(95n, 40n)];
  // 60…80 at 10, 80…95 at 20, 95…100 at 40
  assert.equal(timeWeighted(snapshots, 100n, 40n, value), (20n * 10n + 15n * 20n + 5n * 40n) / 40n);
  assert.equal(timeWeighted(snapshots, 200n, 40n, value), 40n);
  assert.equal(timeWeighted(snapshots, 95n, 10n, value), 20n);
  assert.equal(timeWeighted([at(90n, 7n)], 100n, 40n, value), 7n, "younger than the window");
});
