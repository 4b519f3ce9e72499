import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  accrue,
  balanceChanged,
  emptyPool,
  houseEarnedFloor,
  type InterestIndices,
  interestFloor,
  type LendingPool,
  type LendingTerms,
  poolRates,
} from "./pool.ts";
import { interestScale } from "./rate-model.ts";

const day = 86_400_000;
const terms: LendingTerms = {
  rateAtZeroPpm: 20_000,
  rateAtOptimumPpm: 80_000,
  rateAtFullPpm: 500_000,
  optimalUsePpm: 800_000,
  reserveSharePpm: 100_000,
};

test("a year at the optimum: borrowers owe e^0.08, lenders get their share, the house the rest", () => {
  const lent = balanceChanged(emptyPool, 0, 1_000_000_000_000);
  const used = balanceChanged(lent, 0, -800_000_000_000);
  assert.deepEqual(poolRates(used, terms), {
    utilisation: (8n * interestScale) / 10n,
    borrowRate: (8n * interestScale) / 100n,
    supplyRate: (576n * interestScale) / 10_000n,
  });
  const later = accrue(used, 365 * day, terms);
  // By the series' first three terms 800,000 × 0.08328533… = 66,628.266666…
  assert.equal(interestFloor(-800_000_000_000, used, later), -66_628_266_667);
  assert.equal(interestFloor(1_000_000_000_000, used, later), 59_965_440_000);
  assert.equal(later.borrowedUnits, 866_628_266_666);
  assert.equal(later.suppliedUnits, 1_059_965_440_000);
  assert.equal(houseEarnedFloor(later), 6_662_826_666);
});

test("a pool that nobody borrows from, and a time of nothing, change nothing", () => {
  const lent = balanceChanged(emptyPool, 0, 1_000);
  assert.equal(accrue(lent, day, terms), lent);
  const used = balanceChanged(lent, 0, -500);
  assert.equal(accrue(used, 0, terms), used);
});

test("a loan beyond what lenders gave is the house's, and so is its interest", () => {
  const used = balanceChanged(balanceChanged(emptyPool, 0, 1_000_000_000), 0, -4_000_000_000);
  const free = { ...terms, reserveSharePpm: 0 };
  assert.equal(poolRates(used, free).utilisation, interestScale);
  const later = accrue(used, 365 * day, free);
  const charged = -interestFloor(-4_000_000_000, used, later);
  const credited = interestFloor(1_000_000_000, used, later);
  assert.equal(credited, Math.floor(charged / 4));
  const ownOnly = accrue(balanceChanged(emptyPool, 0, -1_000_000), day, terms);
  assert.equal(ownOnly.suppliedUnits, 0);
  assert.ok(ownOnly.borrowIndex > interestScale && ownOnly.supplyIndex === interestScale);
});

test("small pools lend too: fractions of a unit add up", () => {
  // A dollar at 8 % earns 0.15 units a minute.
  let pool = balanceChanged(balanceChanged(emptyPool, 0, 1_000_000), 0, -800_000);
  const start = pool;
  for (let minute = 0; minute < 1_440; minute++) pool = accrue(pool, 60_000, terms);
  assert.equal(interestFloor(-800_000, start, pool), -176);
  assert.equal(interestFloor(1_000_000, start, pool), 157);
});

test("the last debtor's rounding never makes a total negative", () => {
  const used = balanceChanged(balanceChanged(emptyPool, 0, 10), 0, -7);
  const later = accrue(used, 60_000, terms);
  const owed = -7 + interestFloor(-7, used, later);
  assert.equal(owed, -8);
  const repaid = balanceChanged(later, owed, 0);
  assert.deepEqual([repaid.borrowedUnits, repaid.borrowedNanos], [0, 0]);
  assert.throws(() => balanceChanged(emptyPool, 5, 0), /lenders are due no more than was supplied/);
});

interface Holder {
  units: number;
  from: InterestIndices;
}

/** Accounts with lazily settled balances around one pool, and the house's account that interest passes through. */
class Bank {
  pool: LendingPool = emptyPool;
  readonly holders: Holder[];
  house = 0;

  constructor(count: number) {
    this.holders = Array.from({ length: count }, () => ({ units: 0, from: emptyPool }));
  }

  settle(holder: Holder): void {
    const interest = interestFloor(holder.units, holder.from, this.pool);
    holder.units += interest;
    this.house -= interest;
    holder.from = this.pool;
  }

  move(account: number, units: number): void {
    const holder = this.holders[account]!;
    this.settle(holder);
    this.pool = balanceChanged(this.pool, holder.units, holder.units + units);
    holder.units += units;
  }

  /** All dues as exact fractions over a common denominator: Σ of positive ones, Σ of negative ones, in 1e-9 units. */
  check(): void {
    const { pool } = this;
    // balance × index / index at its settling, exactly, compared in rationals
    const sum = (sign: 1 | -1, of: "supplyIndex" | "borrowIndex"): { n: bigint; d: bigint } =>
      this.holders
        .filter(({ units }) => units * sign > 0)
        .reduce(
          (total, { units, from }) => ({
            n: total.n * from[of] + BigInt(units * sign) * pool[of] * total.d,
            d: total.d * from[of],
          }),
          { n: 0n, d: 1n },
        );
    const claims = sum(1, "supplyIndex");
    const debts = sum(-1, "borrowIndex");
    const supplied = BigInt(pool.suppliedUnits) * 1_000_000_000n + BigInt(pool.suppliedNanos);
    const borrowed = BigInt(pool.borrowedUnits) * 1_000_000_000n + BigInt(pool.borrowedNanos);
    assert.ok(claims.n * 1_000_000_000n <= supplied * claims.d, "supplied ≥ what lenders are due");
    assert.ok(debts.n * 1_000_000_000n >= borrowed * debts.d, "borrowed ≤ what borrowers owe");
  }
}

const operation = fc.oneof(
  fc.record({ account: fc.nat(4), units: fc.integer({ min: -2_000_000, max: 2_000_000 }) }),
  fc.record({ account: fc.nat(4), units: fc.integer({ min: -9, max: 9 }) }),
  fc.record({ waitMs: fc.oneof(fc.constant(60_000), fc.integer({ min: 0, max: 400 * day })) }),
  fc.record({ settle: fc.nat(4) }),
);

test("whatever is lent, borrowed and settled when: the house loses nothing, and has what its total says", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), fc.nat(1_000_000), (operations, reserveSharePpm) => {
      const bank = new Bank(5);
      for (const each of operations) {
        if ("units" in each) bank.move(each.account, each.units);
        else if ("settle" in each) bank.settle(bank.holders[each.settle]!);
        else bank.pool = accrue(bank.pool, each.waitMs, { ...terms, reserveSharePpm });
        bank.check();
      }
      for (const holder of bank.holders) bank.settle(holder);
      bank.check();
      assert.ok(bank.house >= houseEarnedFloor(bank.pool), `${bank.house} < ${houseEarnedFloor(bank.pool)}`);
      assert.ok(houseEarnedFloor(bank.pool) >= 0);
      // All leave: the totals may keep dust, never less than nothing.
      for (const [i, { units }] of bank.holders.entries()) bank.move(i, -units);
      assert.ok(bank.pool.suppliedUnits >= 0 && bank.pool.borrowedUnits >= 0);
    }),
    { numRuns: 400, seed: 1 },
  );
});

test("lenders are not starved: what is credited is what was charged less the reserve, to a millionth", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000_000_000, max: 1_000_000_000_000 }),
      fc.integer({ min: 10_000, max: 990_000 }),
      (supplied, usePpm) => {
        const borrowed = Math.floor(supplied * (usePpm / 1e6));
        const start = balanceChanged(balanceChanged(emptyPool, 0, supplied), 0, -borrowed);
        let pool = start;
        for (let minute = 0; minute < 60; minute++) pool = accrue(pool, 60_000, terms);
        const charged = -interestFloor(-borrowed, start, pool);
        const credited = interestFloor(supplied, start, pool);
        assert.ok(credited <= charged * 0.9 && credited > charged * 0.9 * (1 - 1e-6) - 2);
      },
    ),
    { numRuns: 100, seed: 2 },
  );
});

test("each accrual rounds against the one it touches: debts up, credits down, to the last of 18 decimals", () => {
  const nanosOf = (units: number, nanos: number): bigint => BigInt(units) * 1_000_000_000n + BigInt(nanos);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: 1_500_000 }),
      fc.array(fc.integer({ min: 1, max: day }), { minLength: 1, maxLength: 10 }),
      fc.constantFrom(0, 100_000, 333_333),
      (supplied, borrowed, waits, reserveSharePpm) => {
        const all = { ...terms, reserveSharePpm };
        let pool = balanceChanged(balanceChanged(emptyPool, 0, supplied), 0, -borrowed);
        for (const waitMs of waits) {
          const { borrowRate } = poolRates(pool, all);
          const next = accrue(pool, waitMs, all);
          // At least 1 + x + x²/2 + x³/6, exactly, and no more than a hair above the exponential.
          const y = 31_536_000_000n * interestScale;
          const a = borrowRate * BigInt(waitMs);
          const series = 6n * y ** 3n + 6n * y ** 2n * a + 3n * y * a ** 2n + a ** 3n;
          assert.ok(next.borrowIndex * 6n * y ** 3n >= pool.borrowIndex * series);
          const x = (Number(borrowRate) / 1e18) * (waitMs / 31_536_000_000);
          assert.ok(Number(next.borrowIndex) / Number(pool.borrowIndex) <= Math.exp(x) * (1 + 1e-12));
          const before = nanosOf(pool.borrowedUnits, pool.borrowedNanos);
          const lent = nanosOf(pool.suppliedUnits, pool.suppliedNanos);
          const charged = nanosOf(next.borrowedUnits, next.borrowedNanos) - before;
          const credited = nanosOf(next.suppliedUnits, next.suppliedNanos) - lent;
          assert.ok(charged * pool.borrowIndex <= before * (next.borrowIndex - pool.borrowIndex));
          const part = lent < before ? lent : before;
          assert.ok(credited * before * 1_000_000n <= charged * part * BigInt(1_000_000 - reserveSharePpm));
          // What lenders are due never grows by more than what was credited for it.
          assert.ok(lent * (next.supplyIndex - pool.supplyIndex) <= credited * pool.supplyIndex);
          assert.equal(next.houseNanos - pool.houseNanos, charged - credited);
          pool = next;
        }
      },
    ),
    { numRuns: 300, seed: 3 },
  );
});

test("a debt paid to the unit leaves the billionths that the total still counts", () => {
  const used = balanceChanged(balanceChanged(emptyPool, 0, 2_000_000), 0, -1_000_000);
  const later = accrue(used, 60_000, terms);
  assert.ok(later.borrowedNanos > 0);
  const repaid = balanceChanged(later, -1_000_000, 0);
  assert.deepEqual([repaid.borrowedUnits, repaid.borrowedNanos], [0, later.borrowedNanos]);
});

test("accrued by the minute or at once: the borrowing rate differs only by the moves of utilisation", () => {
  const start = balanceChanged(balanceChanged(emptyPool, 0, 1e12), 0, -5e11);
  const flat = { ...terms, rateAtZeroPpm: 80_000, rateAtFullPpm: 80_000 };
  let pool = start;
  for (let hour = 0; hour < 24 * 30; hour++) pool = accrue(pool, 3_600_000, flat);
  const once = accrue(start, 30 * day, flat);
  const difference = Number(pool.borrowIndex - once.borrowIndex) / 1e18;
  assert.ok(Math.abs(difference) < 1e-9, `${difference}`);
});
