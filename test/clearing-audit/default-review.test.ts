import assert from "node:assert/strict";
import { test } from "node:test";
import { type PlaceOrder } from "../../src/clearing/index.ts";
import { checkInvariants } from "../properties/clearing-invariants.ts";
import { allOf, bid, cast, type Cast, maker, rule, trade, victim, wait } from "./default-help.ts";
import { equityOf, order, ownerOf, perpetual, restored, rootOf, usd, usdc } from "./world.ts";

/** The victim, long a tenth of a bitcoin on 1,000 USD, was stepped out of 60 of 100 lots: it is out of danger, and its liquidation goes on. */
function lessened(): Cast {
  const world = cast();
  const { venue, accounts } = world;
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 100);
  venue.timeMs += 60_000;
  venue.price(0, 93_000);
  venue.must(ownerOf(maker), order({ account: accounts.maker, priceTicks: 92_150, lots: 60 }));
  wait(venue, 10, 92_200);
  assert.equal(lotsOf(world), 40);
  assert.equal(isRunning(world), true);
  return world;
}

const lotsOf = ({ venue, accounts }: Cast): number =>
  venue.engine.stores.positions.lotsOf(accounts.victim, 0);
const isRunning = ({ venue, accounts }: Cast): boolean =>
  venue.engine.stores.liquidations.find(accounts.victim) !== undefined;
const own = ({ venue, accounts }: Cast, change: Partial<PlaceOrder>): void =>
  void venue.must(ownerOf(victim), order({ account: accounts.victim, side: "sell", lots: 1, ...change }));

test("an order of its owner that trades nothing, or opens more, lets no account out of liquidation", () => {
  for (const change of [
    { priceTicks: 95_000, reduceOnly: true },
    { priceTicks: 92_150, reduceOnly: true, timeInForce: "ioc" },
    { side: "buy", priceTicks: 91_000 },
    { priceTicks: 92_000, reduceOnly: true, trigger: "stop", triggerTicks: 90_000 },
  ] as const) {
    const world = lessened();
    own(world, change);
    assert.equal(isRunning(world), true, JSON.stringify(change));
  }
  const world = lessened();
  const { venue, accounts } = world;
  venue.must(ownerOf(maker), order({ account: accounts.maker, side: "sell", priceTicks: 92_250, lots: 1 }));
  own(world, { side: "buy", priceTicks: 92_250, timeInForce: "ioc" });
  assert.equal(lotsOf(world), 41);
  assert.equal(isRunning(world), true);
});

test("one that lessens its risk does: as it comes, amended to the market, or released as a stop", () => {
  const ways: readonly ((world: Cast) => void)[] = [
    (world) => own(world, { priceTicks: 92_190, reduceOnly: true, timeInForce: "ioc" }),
    (world) => {
      const { venue, accounts } = world;
      own(world, { priceTicks: 95_000, reduceOnly: true, clientOrderId: 7 });
      assert.equal(isRunning(world), true);
      const change = { orderId: 0, clientOrderId: 7, priceTicks: 92_190, lots: 1 } as const;
      venue.must(ownerOf(victim), { type: "amendOrder", account: accounts.victim, ...change });
    },
    (world) => {
      own(world, { priceTicks: 92_100, reduceOnly: true, trigger: "stop", triggerTicks: 92_195 });
      assert.equal(isRunning(world), true);
      world.venue.timeMs += 1_000;
      world.venue.price(0, 92_190);
    },
  ];
  for (const way of ways) {
    const world = lessened();
    const { venue, accounts } = world;
    venue.must(ownerOf(maker), order({ account: accounts.maker, priceTicks: 92_190, lots: 1 }));
    way(world);
    assert.equal(lotsOf(world), 39);
    assert.equal(isRunning(world), false);
    // It is watched as before: what falls further is liquidated again.
    assert.ok(allOf(wait(venue, 10, 89_000), "liquidationStarted").length > 0);
    checkInvariants(venue);
  }
});

test("an account whose target is more than money can be is stepped out of its positions all the same", () => {
  const bitcoins = 9_000;
  const world = cast(
    { maker: usd(2.2e9), victim: usd(bitcoins * 6_000) },
    [perpetual({ maxOrderLots: 10_000_000 })],
    { quote: { ...usdc, depositCapUnits: 9e15 } },
  );
  const { venue, accounts } = world;
  for (const [name, value] of [
    ["deleverPpm", 1e9],
    ["marketStepMicros", 1e15],
  ] as const)
    rule(venue, name, value);
  venue.timeMs += 3_600_000;
  venue.price(0, 100_000);
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, bitcoins * 1_000);
  venue.timeMs += 60_000;
  venue.price(0, 97_000);
  venue.timeMs += 60_000;
  venue.must(ownerOf(maker), order({ account: accounts.maker, priceTicks: 95_900, lots: bitcoins * 1_000 }));
  const events = wait(venue, 5, 96_000);
  assert.equal(allOf(events, "liquidationStarted")[0]?.targetMicros, Number.MAX_SAFE_INTEGER);
  assert.equal(lotsOf(world), bitcoins * 750);
});

test("an account that is out of danger is not sold below where the fast part of the price ends, however long nobody bids", () => {
  for (const [seconds, least] of [
    [0, 0.9],
    [600, 0.78],
    [1_800, 0.78],
  ] as const) {
    const world = lessened();
    const { venue, accounts } = world;
    wait(venue, 60 + seconds, 92_200);
    assert.equal(venue.engine.stores.auctions.size, 1);
    const before = equityOf(venue, accounts.victim);
    assert.equal(allOf(bid(world, 1_000_000), "auctionFilled").length, 1);
    const kept = equityOf(venue, accounts.victim) / before;
    assert.ok(kept > least, `${kept} after ${seconds} s`);
    checkInvariants(venue);
  }
});

test("nor is the loan against coins that is left when steps have closed its positions", () => {
  const quote = { ...usdc, depositCapUnits: 9e15, borrowable: true, borrowCapUnits: 1e14 };
  const world = cast({ victim: 0 }, [perpetual()], { quote });
  const { venue, accounts } = world;
  venue.deposit(accounts.victim, 1, 100_000_000);
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 8_000);
  for (const price of [97_000, 94_000, 92_500]) {
    venue.timeMs += 60_000;
    venue.price(0, price);
  }
  venue.must(ownerOf(maker), order({ account: accounts.maker, priceTicks: 91_780, lots: 8_000 }));
  wait(venue, 150, 91_800);
  const { ledger, auctions } = venue.engine.stores;
  assert.equal(lotsOf(world), 0);
  assert.ok(ledger.balance(accounts.victim, 0) < -usd(60_000));
  assert.equal(auctions.size, 1);
  wait(venue, 1_800, 91_800);
  const before = equityOf(venue, accounts.victim);
  assert.equal(allOf(bid(world, 1_000_000), "auctionFilled").length, 1);
  const kept = equityOf(venue, accounts.victim) / before;
  assert.ok(kept > 0.78, `${kept}`);
  checkInvariants(venue);
});

test("a machine restored while steps go on beside an auction does the same as the first", () => {
  const world = lessened();
  const { venue, accounts } = world;
  wait(venue, 30, 92_200);
  assert.equal(venue.engine.stores.auctions.size, 1);
  venue.must(ownerOf(maker), order({ account: accounts.maker, priceTicks: 92_150, lots: 15 }));
  const again = { venue: restored(venue), accounts };
  for (let i = 0; i < 4; i++) {
    for (const each of [world, again]) {
      wait(each.venue, 5, 92_200);
      if (i === 2) bid(each, 300_000);
    }
    assert.equal(rootOf(again.venue), rootOf(venue));
  }
  assert.ok(equityOf(venue, accounts.victim) > 0);
  checkInvariants(venue);
});
