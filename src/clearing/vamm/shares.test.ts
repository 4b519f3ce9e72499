import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mintSharesFloor, type PoolShares, redeemUnitsFloor } from "./shares.ts";

const empty: PoolShares = { shares: 0, equityUnits: 0, initialShareUnits: 10 };

test("the first mint is at the initial price, later ones at the pool's worth", () => {
  assert.equal(mintSharesFloor(1_000_000_000, empty), 100_000_000);
  const grown = { ...empty, shares: 100_000_000, equityUnits: 2_000_000_000 };
  // (2,000,000,000 + 10,000,000) / (100,000,000 + 1,000,000) = 19.90… units a share
  assert.equal(mintSharesFloor(1_000_000_000, grown), 50_248_756);
  assert.equal(redeemUnitsFloor(50_000_000, grown), 995_049_504);
});

test("a pool that lost everything mints only at the price of its virtual part, and pays nothing", () => {
  const lost = { ...empty, shares: 100_000_000, equityUnits: -5 };
  assert.equal(redeemUnitsFloor(100_000_000, lost), 0);
  assert.equal(mintSharesFloor(1_000, { ...lost, equityUnits: -10_000_000 }), 0);
  assert.equal(mintSharesFloor(0, empty), 0);
  const full = Number.MAX_SAFE_INTEGER - 5;
  const nearlyFull = { shares: full, equityUnits: full, initialShareUnits: 1 };
  assert.equal(mintSharesFloor(5, nearlyFull), 5);
  assert.equal(mintSharesFloor(6, nearlyFull), 0);
  assert.equal(mintSharesFloor(Number.MAX_SAFE_INTEGER, { ...empty, initialShareUnits: 1, shares: 5 }), 0);
});

test("who mints and redeems at once never gains; nor do all who redeem together get more than there is", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 0, max: 1e12 }),
      fc.integer({ min: 0, max: 1e13 }),
      fc.integer({ min: 1, max: 1e12 }),
      (initialShareUnits, shares, equityUnits, units) => {
        const pool = { shares, equityUnits, initialShareUnits };
        const minted = mintSharesFloor(units, pool);
        const joined = { ...pool, shares: shares + minted, equityUnits: equityUnits + units };
        assert.ok(redeemUnitsFloor(minted, joined) <= units);
        const first = redeemUnitsFloor(minted, joined);
        const rest = { ...joined, shares, equityUnits: joined.equityUnits - first };
        assert.ok(redeemUnitsFloor(shares, rest) + first <= joined.equityUnits);
        // Those who were there lose nothing by it beyond a rounding.
        assert.ok(redeemUnitsFloor(shares, rest) >= redeemUnitsFloor(shares, pool) - 1);
      },
    ),
    { numRuns: 1_000, seed: 21 },
  );
});

test("inflating the first share's price gains no more than the roundings of one share at its first price", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e9 }),
      fc.integer({ min: 0, max: 1e13 }),
      fc.integer({ min: 1, max: 1e13 }),
      (first, donated, second) => {
        const own = mintSharesFloor(first, empty);
        const inflated = { ...empty, shares: own, equityUnits: first + donated };
        const theirs = mintSharesFloor(second, inflated);
        const joined = { ...empty, shares: own + theirs, equityUnits: first + donated + second };
        const gain = redeemUnitsFloor(own, joined) - first - donated;
        assert.ok(gain <= empty.initialShareUnits, `${gain}`);
        // Bought with a real donation, it is a loss.
        if (donated > 1e8) assert.ok(gain < 0, `${gain}`);
      },
    ),
    { numRuns: 1_000, seed: 22 },
  );
});
