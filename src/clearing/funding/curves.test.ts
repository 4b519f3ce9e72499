import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  averagePremiumPpb,
  dampedRate,
  fundingOwedCeil,
  fundingRatePerHour,
  fundingRatePpb,
  fundingScale,
  type FundingTerms,
  inverseFundingPerLot,
  linearFundingPerLot,
  nextPremiumWindow,
  observePremium,
  openPremiumWindow,
  premiumPpb,
  type PremiumWindow,
} from "./curves.ts";

const hour = 3_600_000;
const terms: FundingTerms = {
  intervalMs: hour,
  premiumPeriodMs: 8 * hour,
  interestPpb: 12_500,
  dampingPpb: 62_500,
  capPpb: 5_000_000,
  premiumLifeMs: hour,
};

test("premium: what the index lies below the impact bid or above the impact ask", () => {
  const rows: readonly (readonly [number, number, number, number])[] = [
    [100_000_000, 101_000_000, 101_500_000, 10_000_000],
    [100_000_000, 98_000_000, 98_500_000, -15_000_000],
    [100_000_000, 99_000_000, 101_000_000, 0],
    [100_000_000, 0, 0, 0],
    [100_000_000, 0, 90_000_000, -100_000_000],
    [3, 4, 5, 333_333_333],
    [3, 1, 2, -333_333_333],
    [1, 1_000_000, 1_000_001, 1_000_000_000],
  ];
  for (const [index, bid, ask, premium] of rows) assert.equal(premiumPpb(index, bid, ask), premium);
  assert.ok(Object.is(premiumPpb(10, 10, 10), 0));
});

test("an hour's rate: an eighth of the premium, pulled toward interest, capped", () => {
  const rows: readonly (readonly [number, number])[] = [
    [0, 12_500],
    [100_000, 12_500],
    // 1 % over 8 hours is 1,250,000 an hour; interest pulls by the damping at most
    [10_000_000, 1_187_500],
    [-10_000_000, -1_187_500],
    [1_000_000_000, 5_000_000],
    [-1_000_000_000, -5_000_000],
  ];
  for (const [premium, rate] of rows) assert.equal(fundingRatePpb(premium, terms), rate);
  assert.ok(Object.is(fundingRatePpb(-1_000, { ...terms, capPpb: 0 }), 0));
  assert.equal(fundingRatePpb(800, { ...terms, dampingPpb: 0 }), 100);
  assert.equal(fundingRatePerHour(100_000, 8 * hour), 0.0000125);
});

test("a damped rate is the interest within the damping, else the premium less the damping", () => {
  fc.assert(
    fc.property(
      fc.bigInt(),
      fc.bigInt(),
      fc.bigInt({ min: 0n, max: 10n ** 40n }),
      (premium, interest, damping) => {
        const rate = dampedRate(premium, interest, damping);
        const near = premium - interest <= damping && interest - premium <= damping;
        assert.equal(rate, near ? interest : premium > interest ? premium - damping : premium + damping);
      },
    ),
    { numRuns: 300, seed: 1 },
  );
});

/** Observations at ascending times, ms from the start. */
const observations = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: -1_000, max: 1_000 })), {
    maxLength: 12,
  })
  .map((all) => all.sort(([a], [b]) => a - b));
const short: FundingTerms = { ...terms, premiumLifeMs: 150 };

const observed = (window: PremiumWindow, all: readonly (readonly [number, number])[]): PremiumWindow =>
  all.reduce((state, [at, premium]) => observePremium(state, at, premium, short), window);

/** Sum of the premium over each millisecond in [from, to), looked up anew each time. */
function slowIntegral(all: readonly (readonly [number, number])[], from: number, to: number): number {
  let sum = 0;
  for (let ms = from; ms < to; ms++) {
    const last = all.findLast(([at]) => at <= ms);
    if (last && ms - last[0] < short.premiumLifeMs) sum += last[1];
  }
  return sum;
}

test("the average is that of every millisecond", () => {
  fc.assert(
    fc.property(observations, fc.integer({ min: 400, max: 700 }), (all, end) => {
      const window = observed(openPremiumWindow(0), all);
      const average = averagePremiumPpb(window, end, short);
      assert.equal(average, Math.trunc(slowIntegral(all, 0, end) / end) + 0);
    }),
    { numRuns: 300, seed: 2 },
  );
});

test("windows that follow each other count every millisecond once", () => {
  fc.assert(
    fc.property(observations, observations, fc.integer({ min: 401, max: 600 }), (first, second, cut) => {
      const later = second.map(([at, premium]) => [at + cut, premium] as const);
      const window = observed(openPremiumWindow(0), first);
      const next = observed(nextPremiumWindow(window, cut, short), later);
      const end = cut + 700;
      const slow = slowIntegral([...first, ...later], cut, end);
      assert.equal(averagePremiumPpb(next, end, short), Math.trunc(slow / 700) + 0);
    }),
    { numRuns: 300, seed: 3 },
  );
});

test("what is shown at the last moment does not move the average, and for a moment hardly", () => {
  const window = observePremium(openPremiumWindow(0, 1_000), hour, 1_000_000_000, terms);
  assert.equal(averagePremiumPpb(window, hour, terms), 1_000);
  const late = observePremium(openPremiumWindow(0, 0), hour - 1, 1_000_000_000, terms);
  assert.equal(averagePremiumPpb(late, hour, terms), 277);
  assert.equal(averagePremiumPpb(openPremiumWindow(5, 9), 5, terms), 0, "an empty window");
});

test("a premium that nobody renews stops counting after its life", () => {
  const window = openPremiumWindow(0, 8_000);
  assert.equal(averagePremiumPpb(window, hour, terms), 8_000);
  assert.equal(averagePremiumPpb(window, 8 * hour, terms), 1_000);
});

test("what a lot pays: linear by its value at the index, inverse in coin", () => {
  // 0.001 at 60,000 is 60 USD; 0.01 % of it is 0.006 USD = 6,000 units.
  const accrual = {
    ratePpb: 100_000,
    intervalMs: 8 * hour,
    elapsedMs: 8 * hour,
    indexMicros: 60_000_000_000,
  };
  assert.equal(linearFundingPerLot(accrual, 1_000_000), 6_000n * fundingScale);
  // Half the interval, half of it.
  assert.equal(linearFundingPerLot({ ...accrual, elapsedMs: 4 * hour }, 1_000_000), 3_000n * fundingScale);
  // 100 USD at 60,000 is 166,666.6… satoshi; 0.01 % of it is 16.6….
  assert.equal(inverseFundingPerLot(accrual, 100_000_000, 100_000_000), 16_666_666_666_666n);
  assert.equal(
    inverseFundingPerLot({ ...accrual, ratePpb: -100_000 }, 100_000_000, 100_000_000),
    -16_666_666_666_666n,
  );
});

test("payers pay the ceiling, receivers get the floor: the house never adds, and keeps less than a unit each", () => {
  const bigs = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -10_000, max: 10_000 }), { minLength: 1, maxLength: 8 }),
      bigs,
      bigs,
      (lots, from, to) => {
        const all = [...lots, 0 - lots.reduce((sum, size) => sum + size, 0)];
        const owed = all.map((size) => fundingOwedCeil(size, from, to));
        const kept = owed.reduce((sum, units) => sum + units, 0);
        assert.ok(kept >= 0 && kept < all.length, `${kept}`);
        for (const [i, units] of owed.entries()) {
          const exact = BigInt(all[i]!) * (to - from);
          assert.ok(BigInt(units) * fundingScale >= exact && BigInt(units - 1) * fundingScale < exact);
          assert.ok(!Object.is(units, -0));
        }
      },
    ),
    { numRuns: 500, seed: 4 },
  );
});

test("settled often or once, a position pays the same to a unit each time", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -10_000, max: 10_000 }),
      fc.array(fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }), { minLength: 1, maxLength: 10 }),
      (lots, steps) => {
        let total = 0n;
        let paid = 0;
        for (const step of steps) {
          paid += fundingOwedCeil(lots, total, total + step);
          total += step;
        }
        const once = fundingOwedCeil(lots, 0n, total);
        assert.ok(paid >= once && paid < once + steps.length);
      },
    ),
    { numRuns: 300, seed: 5 },
  );
});
