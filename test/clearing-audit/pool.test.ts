import assert from "node:assert/strict";
import { test } from "node:test";
import { type VammSpec } from "../../src/clearing/index.ts";
import { spotPriceFloor } from "../../src/clearing/vamm/index.ts";
import { checkInvariants } from "../properties/clearing-invariants.ts";
import {
  codeOf,
  equityOf,
  officer,
  order,
  ownerOf,
  perpetual,
  type TestVenue,
  usd,
  venueOf,
} from "./world.ts";

const spec: VammSpec = {
  depthLotsPerPercent: 100,
  maxDeviationPpm: 50_000,
  feePpm: 0,
  minPricePpm: 700_000,
  maxPricePpm: 1_300_000,
  initialShareUnits: 1_000,
};

/** A pool that costs no fees with two million of a first liquidity provider in it. */
function withPool(change: Partial<VammSpec> = {}): {
  venue: TestVenue;
  shares: (account: number) => number;
  enter: (n: number, account: number, units: number) => string | undefined;
  leave: (n: number, account: number, shares?: number) => string | undefined;
  swap: (n: number, account: number, side: "buy" | "sell", lots: number) => void;
} {
  const venue = venueOf([perpetual({ makerFeePpm: 0, takerFeePpm: 0, initialMarginPpm: 100_000 })]);
  venue.must(officer, { type: "createPool", instrument: 0, pool: { ...spec, ...change } });
  const { ledger, pools } = venue.engine.stores;
  const shares = (account: number): number => ledger.balance(account, pools.find(0)!.shareAsset);
  const enter = (n: number, account: number, units: number): string | undefined =>
    codeOf(venue.send(ownerOf(n), { type: "addLiquidity", account, instrument: 0, units }));
  const leave = (n: number, account: number, count = shares(account)): string | undefined =>
    codeOf(venue.send(ownerOf(n), { type: "removeLiquidity", account, instrument: 0, shares: count }));
  const swap = (n: number, account: number, side: "buy" | "sell", lots: number): void => {
    const priceTicks = side === "buy" ? 105_000 : 95_000;
    venue.send(ownerOf(n), order({ account, side, priceTicks, lots, timeInForce: "ioc", route: "best" }));
  };
  const first = venue.account(ownerOf(0), usd(2_000_000));
  assert.equal(enter(0, first, usd(2_000_000)), undefined);
  return { venue, shares, enter, leave, swap };
}

test("whoever swaps against a pool and provides its liquidity too takes nothing from the others", () => {
  for (const [direction, back] of [
    ["buy", "sell"],
    ["sell", "buy"],
  ] as const) {
    for (const turn of ["leave between", "enter between"] as const) {
      const { venue, enter, leave, swap } = withPool();
      const provider = venue.account(ownerOf(1), usd(1_000_000));
      const trader = venue.account(ownerOf(2), usd(1_000_000));
      const start = equityOf(venue, provider) + equityOf(venue, trader);
      if (turn === "leave between") {
        enter(1, provider, usd(900_000));
        swap(2, trader, direction, 400);
        leave(1, provider);
        swap(2, trader, back, 400);
      } else {
        swap(2, trader, direction, 400);
        enter(1, provider, usd(900_000));
        swap(2, trader, back, 400);
        leave(1, provider);
      }
      assert.equal(venue.engine.stores.positions.lotsOf(trader, 0), 0);
      const gain = equityOf(venue, provider) + equityOf(venue, trader) - start;
      assert.ok(gain <= 0, `${direction}, ${turn}: ${gain}`);
      checkInvariants(venue);
    }
  }
});

test("inflating the first share leaves the second depositor theirs", () => {
  const { venue, enter, leave, shares } = withPool({ initialShareUnits: 1 });
  const [attacker, victim] = [
    venue.account(ownerOf(1), usd(3_000_000)),
    venue.account(ownerOf(2), usd(10_000)),
  ];
  leave(0, 6 + 2);
  enter(1, attacker, 1);
  venue.send(ownerOf(1), { type: "fundPoolBudget", account: attacker, instrument: 0, units: usd(2_000_000) });
  assert.equal(enter(2, victim, usd(9_000)), undefined);
  assert.ok(shares(victim) > 0);
  leave(2, victim);
  assert.ok(venue.engine.stores.ledger.balance(victim, 0) >= usd(10_000) - 2);
  checkInvariants(venue);
});

test("a pool neither sells nor redeems at an index that is stale", () => {
  const { venue, enter, leave, swap } = withPool();
  const trader = venue.account(ownerOf(2), usd(1_000_000));
  venue.timeMs += 86_400_001;
  swap(2, trader, "buy", 10);
  assert.equal(venue.engine.stores.positions.lotsOf(trader, 0), 0);
  assert.equal(enter(2, trader, usd(1_000)), "noPrice");
  assert.equal(leave(0, 8), "noPrice");
});

/** Perpetual Protocol v1: longs and shorts don't meet, and the insurance fund pays the difference. */
test("Perp v1 a one-sided market is paid by the pool's own collateral, never by the house", () => {
  const { venue, swap } = withPool({ maxDeviationPpm: 500_000 });
  const trader = venue.account(ownerOf(2), usd(1_000_000));
  const { pools, ledger } = venue.engine.stores;
  for (let price = 100_000; price <= 130_000; price += 2_000) {
    venue.timeMs += 60_000;
    venue.price(0, price);
    swap(2, trader, "buy", 300);
    const { account } = pools.find(0)!;
    assert.ok(equityOf(venue, account) >= 0, `the pool is worth ${equityOf(venue, account)} at ${price}`);
    checkInvariants(venue);
  }
  swap(2, trader, "sell", 1_000_000);
  assert.equal(ledger.balance(3, 0), 0);
});

test("a re-peg pays from the budget alone, and not for the one who swaps around it", () => {
  const { venue, swap } = withPool();
  const trader = venue.account(ownerOf(2), usd(1_000_000));
  const budgeter = venue.account(ownerOf(3), usd(100_000));
  venue.must(ownerOf(3), { type: "fundPoolBudget", account: budgeter, instrument: 0, units: usd(50_000) });
  const { pools, ledger } = venue.engine.stores;
  const budgetOf = (): number => ledger.balance(pools.find(0)!.budgetAccount, 0);
  swap(2, trader, "buy", 300);
  const before = budgetOf();
  const start = equityOf(venue, trader);
  const peg = {
    type: "adjustPool",
    instrument: 0,
    priceMicros: 101_000_000_000,
    depthPpm: 1_000_000,
  } as const;
  venue.must(officer, peg);
  const paid = before - budgetOf();
  swap(2, trader, "sell", 300);
  const gained = equityOf(venue, trader) - start;
  // Along the unmoved curve the trader would have gained back what the price impact had taken.
  const impact = withoutPeg();
  assert.ok(gained - impact <= paid + 1, `${gained - impact} gained of ${paid} paid`);
  assert.ok(budgetOf() >= 0);
  checkInvariants(venue);
});

test("a pool's depth changes without a new peg", () => {
  const { venue, swap } = withPool();
  const trader = venue.account(ownerOf(2), usd(1_000_000));
  swap(2, trader, "buy", 50);
  const { curve, terms } = venue.engine.stores.pools.find(0)!;
  const before = spotPriceFloor(curve, terms.lotNanos);
  venue.must(officer, { type: "adjustPool", instrument: 0, priceMicros: 0, depthPpm: 900_000 });
  const after = venue.engine.stores.pools.find(0)!.curve;
  assert.ok(Math.abs(spotPriceFloor(after, terms.lotNanos) - before) <= 1);
  assert.equal(after.baseNanos, (curve.baseNanos * 9n) / 10n);
  checkInvariants(venue);
});

function withoutPeg(): number {
  const { venue, swap } = withPool();
  const trader = venue.account(ownerOf(2), usd(1_000_000));
  swap(2, trader, "buy", 300);
  const start = equityOf(venue, trader);
  swap(2, trader, "sell", 300);
  return equityOf(venue, trader) - start;
}
