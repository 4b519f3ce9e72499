import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Accounts, houseAccount, openAccounts } from "../accounts/index.ts";
import { type LendingTerms } from "../lending/index.ts";
import { ByteReader, ByteWriter } from "../state/bytes.ts";
import { type StateSection } from "../state/section.ts";
import { accrualStepMs, Interest } from "./interest.ts";
import { largestBalance, Ledger } from "./ledger.ts";

const terms: LendingTerms = {
  rateAtZeroPpm: 10_000,
  rateAtOptimumPpm: 80_000,
  rateAtFullPpm: 1_500_000,
  optimalUsePpm: 800_000,
  reserveSharePpm: 100_000,
};

interface Stores {
  readonly accounts: Accounts;
  readonly interest: Interest;
  readonly ledger: Ledger;
  readonly paid: [account: number, asset: number, units: number][];
}

function storesOf(owners: number): Stores {
  const accounts = openAccounts();
  for (let i = 0; i < owners; i++) accounts.open(`0x${i}`, "cross");
  const paid: [number, number, number][] = [];
  const interest = new Interest();
  return { accounts, interest, ledger: new Ledger(accounts, interest, (...args) => paid.push(args)), paid };
}

function leavesOf(section: StateSection): Uint8Array[] {
  const out = new ByteWriter();
  return Array.from({ length: section.leafCount }, (_, leaf) => {
    out.clear();
    section.encodeLeaf(leaf, out);
    return out.copy();
  });
}

function restore(into: StateSection, leaves: readonly Uint8Array[]): void {
  for (const [leaf, bytes] of leaves.entries())
    if (bytes.length > 0) into.decodeLeaf(leaf, new ByteReader(bytes));
}

const first = 5;

describe("ledger", () => {
  test("moves value between accounts and keeps the sum of each asset 0", () => {
    const { ledger } = storesOf(3);
    for (let asset = 0; asset < 11; asset++) ledger.addAsset(asset % 2 === 0 ? terms : undefined);
    const step = fc.record({
      from: fc.nat(7),
      by: fc.integer({ min: 1, max: 7 }),
      asset: fc.nat(10),
      units: fc.integer({ min: 1, max: 1e9 }),
    });
    const balances = new Map<string, bigint>();
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50, size: "max" }), (steps) => {
        for (const { from, by, asset, units } of steps) {
          const to = (from + by) % 8;
          ledger.transfer(from, to, asset, units);
          for (const [account, change] of [
            [from, -units],
            [to, units],
          ] as const) {
            const key = `${account}/${asset}`;
            balances.set(key, (balances.get(key) ?? 0n) + BigInt(change));
          }
        }
        for (const [key, balance] of balances) {
          const [account, asset] = key.split("/").map(Number) as [number, number];
          assert.equal(BigInt(ledger.balance(account, asset)), balance);
        }
        for (let asset = 0; asset < 11; asset++) assert.equal(ledger.total(asset), 0n);
      }),
      { numRuns: 100, seed: 21 },
    );
  });

  test("refuses what would make or lose value", () => {
    const { ledger } = storesOf(2);
    ledger.addAsset();
    assert.throws(() => ledger.transfer(0, first, 0, 0), /positive/);
    assert.throws(() => ledger.transfer(0, first, 0, -1), /positive/);
    assert.throws(() => ledger.transfer(0, first, 0, NaN), /positive/);
    assert.throws(() => ledger.transfer(first, first, 0, 1), /two accounts/);
    assert.throws(() => ledger.transfer(0, first, 1, 1), /listed asset/);
    assert.throws(() => ledger.transfer(0, first + 2, 0, 1), /open accounts/);
    ledger.transfer(0, first, 0, largestBalance);
    assert.equal(ledger.canCredit(first, 0, 1), false);
    assert.equal(ledger.canDebit(0, 0, 1), false);
    assert.throws(() => ledger.transfer(1, first, 0, 1), /safe integers/);
    assert.equal(ledger.balance(1, 0), 0);
  });

  test("holds and takes in two phases", () => {
    const { ledger } = storesOf(2);
    ledger.addAsset();
    ledger.transfer(0, first, 0, 100);
    ledger.hold(first, 0, 60);
    assert.equal(ledger.available(first, 0), 40);
    assert.equal(ledger.balance(first, 0), 100);
    ledger.release(first, 0, 20);
    ledger.takeHeld(first, 0, 0, 40);
    assert.equal(ledger.held(first, 0), 0);
    assert.deepEqual([...ledger.balancesOf(first)], [{ asset: 0, units: 60, heldUnits: 0 }]);
    assert.throws(() => ledger.release(first, 0, 1), /exactly/);
  });
});

describe("interest", () => {
  const owners = 4;
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant("transfer" as const),
        from: fc.nat(owners - 1),
        by: fc.integer({ min: 1, max: owners - 1 }),
        units: fc.integer({ min: 1, max: 4e6 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant("deposit" as const),
        to: fc.nat(owners - 1),
        units: fc.integer({ min: 1, max: 4e6 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 4e9 }) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("restore" as const) }) },
  );

  test("what debtors owe and have paid covers what lenders are due and have got, to the unit, restored or not", () => {
    let settled = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 80, size: "max" }), (steps) => {
        let stores = storesOf(owners);
        stores.ledger.addAsset(terms);
        let now = 1_700_000_000_000;
        stores.interest.advance(now, () => {});
        for (const next of steps) {
          const { accounts, ledger, interest } = stores;
          const before = Array.from({ length: owners }, (_, i) => ledger.balance(first + i, 0));
          if (next.type === "deposit") ledger.transfer(houseAccount.vault, first + next.to, 0, next.units);
          else if (next.type === "transfer") {
            const to = (next.from + next.by) % owners;
            ledger.transfer(first + next.from, first + to, 0, next.units);
            for (let i = 0; i < owners; i++) {
              const change: number = i === next.from ? -next.units : i === to ? next.units : 0;
              assert.equal(ledger.balance(first + i, 0), before[i]! + change, "only what was moved moves");
            }
          } else if (next.type === "advance") {
            now += next.ms;
            interest.advance(now, () => {});
          } else {
            const again = new Interest();
            const ledgerAgain = new Ledger(accounts, again, (...args) => stores.paid.push(args));
            restore(again, leavesOf(interest));
            restore(ledgerAgain, leavesOf(ledger));
            again.finishRestore(interest.leafCount);
            ledgerAgain.finishRestore(ledger.leafCount);
            assert.deepEqual(leavesOf(ledgerAgain), leavesOf(ledger));
            assert.deepEqual(leavesOf(again), leavesOf(interest));
            for (let i = 0; i < owners; i++) assert.equal(ledgerAgain.balance(first + i, 0), before[i]);
            stores = { ...stores, interest: again, ledger: ledgerAgain };
          }
          let due = 0;
          let lent = 0;
          let owed = 0;
          for (let i = 0; i < owners; i++) {
            const units = stores.ledger.balance(first + i, 0);
            lent += Math.max(0, units);
            owed += Math.max(0, -units);
            due += units;
          }
          // Everything settled, the house account holds minus all others.
          const deposited = -stores.ledger.balance(houseAccount.vault, 0);
          assert.ok(deposited - due >= 0, "the interest account never ends below 0");
          const pool = stores.interest.pool(0);
          assert.ok(pool.suppliedUnits >= lent, "the pool is good for all lenders");
          assert.ok(pool.borrowedUnits <= owed, "the pool counts on no more than is owed");
          assert.equal(stores.ledger.total(0), 0n);
        }
        settled += stores.paid.length;
      }),
      { numRuns: 150, seed: 22 },
    );
    assert.ok(settled > 1000, "interest was paid");
  });

  test("accrues at whole steps, at the rate that stood at the step before", () => {
    const { ledger, interest, paid } = storesOf(2);
    ledger.addAsset(terms);
    const start = accrualStepMs * 1000;
    const rates: bigint[] = [];
    const advance = (ms: number): void => interest.advance(start + ms, (_, borrow) => rates.push(borrow));
    advance(0);
    ledger.transfer(houseAccount.vault, first, 0, 1e15);
    ledger.transfer(first + 1, first, 0, 5e14);
    advance(accrualStepMs - 1);
    assert.equal(ledger.balance(first + 1, 0), -5e14);
    // Nothing was lent at the step before: the rate at zero applies.
    advance(accrualStepMs);
    const owed = -ledger.balance(first + 1, 0) - 5e14;
    const yearly = (5e14 * terms.rateAtZeroPpm) / 1e6;
    assert.ok(Math.abs(owed / ((yearly * accrualStepMs) / 31_536_000_000) - 1) < 1e-6, `${owed}`);
    assert.equal(rates.length, 1);
    assert.ok(rates[0]! > 10n ** 16n);
    assert.equal(paid.length, 0);
    ledger.transfer(houseAccount.vault, first + 1, 0, 1);
    assert.deepEqual(paid, [[first + 1, 0, -owed]]);
    assert.equal(ledger.balance(houseAccount.interest, 0), owed);
  });

  test("goes on when a debt has grown beyond 64 bits of its index", () => {
    const dear = {
      ...terms,
      rateAtZeroPpm: 10_000_000,
      rateAtOptimumPpm: 10_000_000,
      rateAtFullPpm: 10_000_000,
    };
    const { accounts, ledger, interest } = storesOf(2);
    ledger.addAsset(dear);
    ledger.transfer(houseAccount.vault, first, 0, 1e9);
    ledger.transfer(first + 1, first, 0, 1_000);
    let now = accrualStepMs;
    // A thousand percent a year, compounded daily for half of one: e^5 is 148.
    for (let day = 0; day <= 182; day++, now += 86_400_000) interest.advance(now, () => {});
    ledger.settleInterest(first + 1, 0);
    assert.ok(interest.pool(0).borrowIndex > 2n ** 64n);
    const owed = -ledger.balance(first + 1, 0);
    assert.ok(owed > 140_000 && owed < 149_000, `${owed}`);
    const again = new Interest();
    const restored = new Ledger(accounts, again, () => {});
    restore(again, leavesOf(interest));
    restore(restored, leavesOf(ledger));
    for (const market of [interest, again]) market.advance(now, () => {});
    assert.equal(restored.balance(first + 1, 0), ledger.balance(first + 1, 0));
    assert.ok(-restored.balance(first + 1, 0) > owed);
  });
});
