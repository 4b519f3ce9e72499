import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addressOf, officer, order, type TestVenue } from "../../../test/properties/clearing-venue.ts";
import { firstAccount, instruments, wholeVenue } from "../../../test/properties/clearing-whole-venue.ts";
import { type ClearingEvent } from "../protocol/index.ts";
import { poolEquityFloor, poolWorstLoss, sharesOf } from "./pool-worth.ts";

const alice = firstAccount;
const bob = firstAccount + 2;
const carol = firstAccount + 4;
const ownerOf = (account: number): string => addressOf(1 + ((account - firstAccount) >> 1));
const { perpetual } = instruments;

const add = (venue: TestVenue, account: number, units: number): ClearingEvent[] =>
  venue.send(ownerOf(account), { type: "addLiquidity", account, instrument: perpetual, units });
const best = (
  venue: TestVenue,
  account: number,
  side: "buy" | "sell",
  lots: number,
  priceTicks = 0,
): ClearingEvent[] =>
  venue.send(
    ownerOf(account),
    order({ account, instrument: perpetual, side, lots, priceTicks, route: "best" }),
  );
const tradesOf = (events: readonly ClearingEvent[]): string[] =>
  events.flatMap((event) =>
    event.type === "traded" ? [`${event.source} ${event.lots}@${event.priceMicros / 1e6}`] : [],
  );
const codeOf = (events: readonly ClearingEvent[]): string => {
  const refused = events.find((event) => event.type === "rejected");
  return refused ? refused.code : "accepted";
};
const poolOf = (
  venue: TestVenue,
): NonNullable<ReturnType<TestVenue["engine"]["stores"]["pools"]["find"]>> => {
  const pool = venue.engine.stores.pools.find(perpetual);
  assert.ok(pool);
  return pool;
};

describe("liquidity", () => {
  test("buys shares at what the pool is worth, and comes back unharmed", () => {
    const venue = wholeVenue();
    const m = venue.engine.stores;
    const before = m.ledger.balance(alice, 0);
    assert.equal(codeOf(add(venue, alice, 50_000_000_000)), "accepted");
    const { shareAsset } = poolOf(venue);
    assert.equal(m.ledger.balance(alice, shareAsset), 50_000_000);
    assert.equal(sharesOf(m, poolOf(venue)), 50_000_000);
    add(venue, bob, 10_000_000_000);
    assert.equal(m.ledger.balance(bob, shareAsset), 10_000_000);
    venue.must(ownerOf(alice), {
      type: "removeLiquidity",
      account: alice,
      instrument: perpetual,
      shares: 50_000_000,
    });
    assert.equal(m.ledger.balance(alice, 0), before);
  });
  test("earns the pool's fee", () => {
    const venue = wholeVenue();
    const m = venue.engine.stores;
    add(venue, alice, 100_000_000_000);
    best(venue, bob, "buy", 100);
    best(venue, bob, "sell", 100);
    const equity = poolEquityFloor(m, poolOf(venue));
    // Two trades of about 10,000 USDC at 0.03 %.
    assert.ok(equity >= 100_000_000_000 + 6_000_000, String(equity));
  });
  test("cannot leave while it answers for what the pool may lose", () => {
    const venue = wholeVenue();
    add(venue, alice, 100_000_000_000);
    assert.equal(tradesOf(best(venue, bob, "buy", 100)).length, 1);
    const remove = {
      type: "removeLiquidity",
      account: alice,
      instrument: perpetual,
      shares: 100_000_000,
    } as const;
    assert.equal(codeOf(venue.send(ownerOf(alice), remove)), "overPoolBounds");
    assert.equal(codeOf(venue.send(ownerOf(alice), { ...remove, shares: 10_000_000 })), "accepted");
    best(venue, bob, "sell", 100);
    assert.equal(codeOf(venue.send(ownerOf(alice), { ...remove, shares: 90_000_000 })), "accepted");
  });
});

describe("routing", () => {
  test("takes the better of book and curve, step by step", () => {
    const venue = wholeVenue();
    add(venue, alice, 100_000_000_000);
    // The curve asks 100,000 and 0.03 %: 100,030. A book level below it, one just above, one far above.
    for (const [priceTicks, lots] of [
      [100_010, 10],
      [100_050, 20],
      [103_000, 1_000],
    ] as const) {
      venue.must(
        ownerOf(carol),
        order({ account: carol, instrument: perpetual, side: "sell", lots, priceTicks }),
      );
    }
    const events = best(venue, bob, "buy", 200);
    const trades = tradesOf(events);
    assert.equal(trades.length, 3);
    assert.match(trades[0]!, /^pool 170@/);
    assert.deepEqual(trades.slice(1), ["book 10@100010", "book 20@100050"]);
  });
  test("an empty book leaves all to the pool, up to the order's limit; the rest rests", () => {
    const venue = wholeVenue();
    add(venue, alice, 100_000_000_000);
    const events = best(venue, bob, "buy", 1_000, 100_500);
    const [trade] = events.filter((event) => event.type === "traded");
    const [rested] = events.filter((event) => event.type === "orderRested");
    assert.ok(trade && rested);
    assert.equal(trade.lots + rested.lots, 1_000);
    assert.ok(trade.priceMicros < 100_500_000_000);
    // A move of 1 % takes 100 lots: 0.47 % beside the fee takes some 47.
    assert.ok(trade.lots > 44 && trade.lots < 49, String(trade.lots));
  });
  test("orders for the book alone leave the pool alone", () => {
    const venue = wholeVenue();
    add(venue, alice, 100_000_000_000);
    const events = venue.must(ownerOf(bob), order({ account: bob, instrument: perpetual, lots: 10 }));
    assert.deepEqual(tradesOf(events), []);
  });
  test("a pool trades no more than its collateral answers for", () => {
    const venue = wholeVenue();
    const m = venue.engine.stores;
    add(venue, alice, 60_000_000_000);
    best(venue, bob, "buy", 500);
    const pool = poolOf(venue);
    assert.ok(pool.curve.positionLots < 0 && pool.curve.positionLots > -500);
    assert.ok(poolWorstLoss(m, pool) <= poolEquityFloor(m, pool));
    // One lot more would not be covered, or the price be too far.
    assert.deepEqual(tradesOf(best(venue, bob, "buy", 1)), []);
  });
  test("no further from the index than it may", () => {
    const venue = wholeVenue();
    add(venue, alice, 190_000_000_000);
    add(venue, carol, 190_000_000_000);
    venue.deposit(bob, 0, 800_000_000_000_000);
    const events = best(venue, bob, "buy", 100_000);
    const changed = events.filter((event) => event.type === "poolChanged").at(-1);
    assert.ok(changed && changed.priceMicros <= 105_000_000_000 && changed.priceMicros > 104_500_000_000);
  });
});

describe("adjusting", () => {
  const adjust = (venue: TestVenue, priceMicros: number, depthPpm: number): ClearingEvent[] =>
    venue.send(officer, { type: "adjustPool", instrument: perpetual, priceMicros, depthPpm });
  test("is paid from the budget", () => {
    const venue = wholeVenue();
    const m = venue.engine.stores;
    add(venue, alice, 100_000_000_000);
    best(venue, bob, "buy", 100);
    venue.timeMs += 60_000;
    venue.price(0, 103_000);
    // The pool is short: closing at a higher price costs it more.
    assert.equal(codeOf(adjust(venue, 103_000_000_000, 1_000_000)), "insufficientBudget");
    venue.must(ownerOf(carol), {
      type: "fundPoolBudget",
      account: carol,
      instrument: perpetual,
      units: 10_000_000_000,
    });
    const before = poolEquityFloor(m, poolOf(venue));
    const events = adjust(venue, 103_000_000_000, 1_000_000);
    const changed = events.find((event) => event.type === "poolChanged");
    assert.ok(changed && Math.abs(changed.priceMicros - 103_000_000_000) < 1_000_000);
    const cost = 10_000_000_000 - changed.budgetUnits;
    assert.ok(cost > 0);
    assert.equal(poolEquityFloor(m, poolOf(venue)), before + cost);
  });
  test("costs nothing while the pool holds no position", () => {
    const venue = wholeVenue();
    add(venue, alice, 100_000_000_000);
    assert.equal(codeOf(adjust(venue, 101_000_000_000, 1_500_000)), "accepted");
  });
  test("stays near the index, within the pool's bounds and its collateral", () => {
    const venue = wholeVenue();
    add(venue, alice, 100_000_000_000);
    assert.equal(codeOf(adjust(venue, 90_000_000_000, 1_000_000)), "overPoolBounds");
    assert.equal(codeOf(adjust(venue, 1, 1_000_000)), "overPoolBounds");
    // Twice as deep, it could lose more than it has.
    assert.equal(codeOf(adjust(venue, 100_000_000_000, 2_000_000)), "overPoolBounds");
  });
});

test("a pool is made once, for a linear perpetual", () => {
  const venue = wholeVenue();
  const create = (instrument: number): string =>
    codeOf(venue.send(officer, { type: "createPool", instrument, pool: poolOf(venue).spec }));
  assert.equal(create(perpetual), "alreadyListed");
  assert.equal(create(instruments.inverse), "invalidSpec");
  assert.equal(create(instruments.spot), "invalidSpec");
  assert.equal(create(99), "unknownInstrument");
  assert.equal(create(instruments.ethPerpetual), "accepted");
});
