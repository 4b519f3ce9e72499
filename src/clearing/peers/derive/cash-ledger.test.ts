import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DeriveCashLedger } from "./cash-ledger.ts";
import { deriveExp } from "./exp.ts";
import { interestFactor } from "./interest-model.ts";
import { fundingRate } from "./perpetual.ts";
import { StepReverted } from "./reverted.ts";

const one = 10n ** 18n;
const model = {
  minRate: (2n * one) / 100n,
  slopeToOptimum: (8n * one) / 100n,
  slopeAbove: (9n * one) / 10n,
  optimalUtilisation: (85n * one) / 100n,
};

interface Report {
  readonly totalSupply: bigint;
  readonly totalBorrow: bigint;
  readonly netSettledCash: bigint;
  readonly accruedSmFees: bigint;
  readonly stableHeld: bigint;
  readonly exchangeRate: bigint;
  readonly withdrawFeeEnabled: boolean;
  readonly smFeeFraction: bigint;
  readonly storedBalances: readonly bigint[];
  readonly balancesWithInterest: readonly bigint[];
}

const report = (ledger: DeriveCashLedger, seconds: bigint): Report =>
  ledger.report(seconds) as unknown as Report;

const operation = fc.record({
  kind: fc.constantFrom("deposit", "withdraw", "transfer", "settle", "accrue", "claim", "touch", "loss"),
  account: fc.nat(2),
  to: fc.nat(2),
  amount: fc.bigInt({ min: 1n, max: 10n ** 12n }),
  wait: fc.bigInt({ min: 0n, max: 10_000_000n }),
});

test("stable coin held equals all cash, less what losses minted beyond the fees they wiped", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
      const ledger = new DeriveCashLedger(model, 3, 3, one / 5n);
      let now = 0n;
      let minted = 0n;
      for (const { kind, account, to, amount, wait } of operations) {
        now += wait;
        const before = report(ledger, now);
        try {
          if (kind === "deposit") ledger.deposit(now, account, amount);
          else if (kind === "withdraw") ledger.withdraw(now, account, amount);
          else if (kind === "transfer") ledger.transfer(now, account, to, amount * 10n ** 11n);
          else if (kind === "settle") ledger.settle(now, account, amount * (to === 0 ? -1n : 1n));
          else if (kind === "accrue") ledger.accrue(now);
          else if (kind === "claim") ledger.claimSmFees(now);
          else if (kind === "touch") ledger.settleInterest(now, account);
          else {
            ledger.socializeLoss(now, account, amount);
            minted += amount > before.accruedSmFees ? amount - before.accruedSmFees : 0n;
          }
        } catch (error) {
          assert.ok(error instanceof StepReverted);
          // Nothing has changed; time stands where it was for interest.
          assert.deepEqual(report(ledger, now), before);
          continue;
        }
        const after = report(ledger, now);
        if (after.withdrawFeeEnabled) return;
        const cash = after.totalSupply + after.accruedSmFees - after.totalBorrow - after.netSettledCash;
        assert.equal(after.stableHeld * 10n ** 12n, cash - minted);
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

test("a loss beyond the fees turns all interest into fees and burns more cash per coin withdrawn", () => {
  const ledger = new DeriveCashLedger(model, 2, 2, one / 5n);
  ledger.deposit(0n, 0, 300_000_000n);
  ledger.socializeLoss(0n, 1, 100n * one);
  const lost = report(ledger, 0n);
  assert.equal(lost.exchangeRate, (3n * one) / 4n);
  assert.equal(lost.smFeeFraction, one);
  ledger.withdraw(0n, 0, 75_000_000n);
  assert.equal(report(ledger, 0n).storedBalances[0], 200n * one);
  ledger.disableWithdrawFee();
  assert.equal(report(ledger, 0n).withdrawFeeEnabled, true);
  assert.throws(
    () => ledger.withdraw(0n, 0, 300_000_000n),
    (error: unknown) => error instanceof StepReverted && error.error === "InsufficientStableBacking",
  );
});

test("the exponential: a unit short of 1 at 0, which an interest of nothing would show", () => {
  assert.equal(deriveExp(0n), one - 1n);
  assert.equal(deriveExp(one), 2_718281828459045235n);
  assert.equal(deriveExp(-50n * one), 0n);
  assert.equal(interestFactor(one / 10n, 0n), -1n);
});

test("the funding rate spreads the premium, half a unit away from 0, and is clamped", () => {
  const terms = {
    staticInterestRatePerHour: 10n,
    maxAbsRatePerHour: 1_000n * 10n ** 12n,
    convergencePeriodHours: 8n * one,
  };
  const rate = (impactBid: bigint, impactAsk: bigint): bigint =>
    fundingRate(terms, { index: one, perp: one, impactBid, impactAsk });
  assert.equal(rate(one, one), 10n);
  assert.equal(rate(one + 4n, one + 4n), 11n);
  assert.equal(rate(one - 4n, one - 4n), 9n);
  assert.equal(rate(one + 3n, one + 3n), 10n);
  assert.equal(rate(2n * one, 2n * one), terms.maxAbsRatePerHour);
  assert.equal(rate(0n, one / 2n), -terms.maxAbsRatePerHour);
});
