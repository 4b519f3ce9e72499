import assert from "node:assert/strict";
import { test } from "node:test";
import { checkInvariants } from "../properties/clearing-invariants.ts";
import { future, startMs } from "../properties/clearing-venue.ts";
import {
  accepted,
  accomplice,
  allOf,
  bid,
  bidder,
  cast,
  type Cast,
  donate,
  fundOf,
  maker,
  rule,
  trade,
  victim,
  wait,
} from "./default-help.ts";
import { codeOf, equityOf, officer, order, ownerOf, perpetual, rejectionOf, stateOf, usd } from "./world.ts";

/** The victim is long a tenth of a bitcoin with 1,000 USD, and the price is where its equity is this share of its maintenance margin. */
function fallen(price: number, funds: Parameters<typeof cast>[0] = {}): Cast {
  const world = cast(funds);
  const { venue, accounts } = world;
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 100);
  venue.timeMs += 60_000;
  venue.price(0, price);
  return world;
}

/** In auction with equity left, of a quarter of the maintenance margin and less. */
const solvent = (funds: Parameters<typeof cast>[0] = {}): Cast => fallen(90_480, funds);
const insolvent = (funds: Parameters<typeof cast>[0] = {}): Cast => fallen(89_500, funds);
const auctions = ({ venue }: Cast): number => venue.engine.stores.auctions.size;

test("DRV-04 a bidder that could not carry what it bids for gets nothing, and nothing changes", () => {
  const world = solvent({ bidder: usd(100) });
  const before = stateOf(world.venue);
  assert.equal(codeOf(bid(world, 1_000_000)), "insufficientMargin");
  assert.equal(stateOf(world.venue), before);
  // What it can carry it may have.
  accepted(bid(world, 200_000));
  assert.ok(equityOf(world.venue, world.accounts.bidder) >= usd(100));
  checkInvariants(world.venue);
});

test("DRV-02 DRV2-01 whatever is paid into a bidder's account keeps it from no bid", () => {
  const world = solvent();
  const { venue, accounts } = world;
  venue.deposit(accounts.bidder, 1, 1);
  trade(venue, [bidder, accounts.bidder], [maker, accounts.maker], 90_480, 1);
  accepted(bid(world, 1_000_000));
});

test("DRV-06 a bid for all that can be had ends the auction, whether all or what restores the account", () => {
  for (const world of [solvent(), insolvent()]) {
    assert.equal(auctions(world), 1);
    accepted(bid(world, 1_000_000));
    assert.equal(auctions(world), 0);
    world.venue.tick(5_000);
    assert.equal(world.venue.engine.stores.liquidations.size, 0);
  }
});

test("DRV2-06 DRV2-07 a bid meant for one form is no bid for the other, and a floor or a ceiling that is not met refuses it", () => {
  for (const world of [solvent(), insolvent()]) {
    const is = world.venue.engine.stores.auctions.all()[0]!.auctionType;
    const other = is === "solvent" ? "insolvent" : "solvent";
    assert.equal(rejectionOf(bid(world, 1_000_000, { auctionType: other }))?.field, "auctionType");
    const tooMuch = { maxPaidUnits: 0, minReceivedUnits: usd(1_000) };
    assert.equal(rejectionOf(bid(world, 1_000_000, tooMuch))?.field, "minReceivedUnits");
    assert.equal(auctions(world), 1);
  }
});

test("DRV2-08 no bid costs a bidder more than fair value, the fund empty or full, and no debt is printed", () => {
  for (const donated of [0, usd(10), usd(100_000)]) {
    const world = insolvent();
    const { venue, accounts } = world;
    if (donated > 0) venue.must(ownerOf(maker), donate(accounts.maker, donated));
    wait(venue, 200, 89_500);
    const before = equityOf(venue, accounts.bidder);
    const fund = fundOf(venue);
    accepted(bid(world, 500_000));
    assert.ok(equityOf(venue, accounts.bidder) >= before);
    assert.ok(fundOf(venue) <= fund && fundOf(venue) >= 0);
    checkInvariants(venue);
  }
});

test("DRV-11 DRV-12 bids of dust take no dust and leave none", () => {
  const world = insolvent();
  const { venue, accounts } = world;
  const [filled] = allOf(accepted(bid(world, 1)), "auctionFilled");
  // 100 USD of 8,950.
  assert.ok(filled!.sharePpm >= 11_000, `${filled!.sharePpm}`);
  for (let i = 0; i < 200 && auctions(world) > 0; i++) bid(world, 1);
  assert.equal(auctions(world), 0);
  assert.equal(venue.engine.stores.positions.count(accounts.victim), 0);
});

test("of a hedge of few lots no small bid takes all: a book is sold in proportion or whole", () => {
  const terms = { initialMarginPpm: 50_000, maintenanceMarginPpm: 25_000 };
  const coarse = future(startMs + 864_000_000, { ...terms, lotNanos: 1_000_000_000 });
  const world = cast({ victim: usd(10_200) }, [perpetual({ ...terms, takerFeePpm: 50 }), coarse]);
  const { venue, accounts } = world;
  rule(venue, "deleverPpm", 0);
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 1_000);
  trade(venue, [maker, accounts.maker], [victim, accounts.victim], 100_000, 1, 1);
  for (const index of [0, 1]) {
    for (const parameter of ["initialMarginPpm", "maintenanceMarginPpm"] as const) {
      venue.must(officer, { type: "setParameter", target: "instrument", index, parameter, value: 100_000 });
    }
  }
  for (let i = 0; i < 600 && auctions(world) === 0; i++) {
    venue.timeMs += 60_000;
    venue.price(0, 100_000);
  }
  const { positions } = venue.engine.stores;
  for (const share of [1, 10_000, 300_000]) {
    assert.equal(codeOf(bid(world, share)), "auctionMoved");
    assert.equal(positions.lotsOf(accounts.victim, 1), -1);
  }
  accepted(bid(world, 1_000_000));
  assert.equal(positions.count(accounts.victim), 0);
});

test("the fund pays nothing that the account itself can: nobody lets an account rot to be paid for it by others", () => {
  const world = solvent();
  const { venue, accounts } = world;
  venue.must(ownerOf(maker), donate(accounts.maker, usd(10_000)));
  // Nobody bids until the price is nothing, and the fund's payment has risen.
  for (let i = 0; i < 20; i++) wait(venue, 120, 90_480);
  assert.equal(venue.engine.stores.auctions.all()[0]?.auctionType, "insolvent");
  const own = equityOf(venue, accounts.victim);
  assert.ok(own > 0);
  const fund = fundOf(venue);
  const before = equityOf(venue, accounts.bidder);
  accepted(bid(world, 1_000_000));
  const gained = equityOf(venue, accounts.bidder) - before;
  assert.equal(equityOf(venue, accounts.victim), 0);
  assert.equal(fund - fundOf(venue), gained - own);
});

test("no bid at a price or in a form of the past: who recovered, or whose auction is over, is not sold", () => {
  const late = solvent();
  late.venue.timeMs += 33 * 60_000;
  assert.equal(codeOf(bid(late, 1_000_000)), "auctionMoved");
  // More accounts than one command looks at. The price recovers before the last of them is looked at again.
  const world = cast();
  const { venue, accounts } = world;
  venue.must(ownerOf(maker), donate(accounts.maker, usd(100_000)));
  const many = Array.from({ length: 700 }, (_, i) => venue.account(ownerOf(100 + i), usd(10)));
  for (const [i, account] of many.entries()) {
    trade(venue, [100 + i, account], [maker, accounts.maker], 100_000, 1);
  }
  venue.timeMs += 60_000;
  venue.price(0, 89_900);
  for (let i = 0; i < 5; i++) venue.tick(0);
  assert.equal(auctions(world), 700);
  wait(venue, 30, 89_900);
  venue.timeMs += 1_000;
  venue.price(0, 120_000);
  const left = venue.engine.stores.auctions.all();
  assert.ok(left.length > 0, "some are not looked at yet");
  const fund = fundOf(venue);
  for (const { id, auctionType } of left) {
    assert.equal(codeOf(bid(world, 1_000_000, { auction: id, auctionType })), "auctionMoved");
  }
  assert.equal(fundOf(venue), fund);
});

test("Derive froze accounts in auction: ours deposit, and lessen risk, and are released as soon as that restores them", () => {
  const world = solvent();
  const { venue, accounts } = world;
  venue.deposit(accounts.victim, 0, usd(50));
  assert.equal(auctions(world), 1);
  venue.must(ownerOf(maker), order({ account: accounts.maker, priceTicks: 90_480, lots: 100 }));
  const close = order({
    account: accounts.victim,
    side: "sell",
    priceTicks: 90_480,
    lots: 70,
    reduceOnly: true,
    timeInForce: "ioc",
  });
  assert.equal(codeOf(venue.send(ownerOf(victim), close)), undefined);
  venue.tick(1_000);
  assert.equal(auctions(world), 0);
  assert.equal(venue.engine.stores.positions.lotsOf(accounts.victim, 0), 30);
  checkInvariants(venue);
});

test("a venue that liquidates nobody refuses calls, and says why", () => {
  const world = cast();
  const { venue, accounts } = world;
  rule(venue, "enabled", 0);
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 100);
  venue.timeMs += 60_000;
  venue.price(0, 90_480);
  const call = { type: "callLiquidation", account: accounts.bidder, target: accounts.victim } as const;
  assert.equal(codeOf(venue.send(ownerOf(bidder), call)), "notInDefault");
});

test("Maker's restarts pay for ever: ours pays whoever began a liquidation, once, however often its auction begins anew", () => {
  const world = cast();
  const { venue, accounts } = world;
  rule(venue, "resetMs", 10_000);
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 100);
  venue.timeMs += 3_700_000;
  venue.price(0, 100_000);
  const call = { type: "callLiquidation", account: accounts.bidder, target: accounts.victim } as const;
  assert.equal(codeOf(venue.send(ownerOf(bidder), call)), "notInDefault");
  let paid = 0;
  let resets = 0;
  const count = (events: ReturnType<typeof bid>): void => {
    for (const { units, reason } of allOf(events, "balanceChanged")) {
      if (reason === "incentive" && units > 0) paid++;
    }
    resets += allOf(events, "auctionReset").length;
  };
  for (let i = 0; i < 100; i++) {
    count(wait(venue, 5, 90_480));
    count(venue.send(ownerOf(bidder), call));
  }
  assert.ok(resets > 5, `${resets}`);
  assert.ok(paid <= 1, `${paid} payments`);
});

test("self-liquidation through an accomplice farms no incentive: together they have less than before", () => {
  const world = cast({ accomplice: usd(1) });
  const { venue, accounts } = world;
  rule(venue, "tipMicros", usd(1_000));
  rule(venue, "chipPpm", 100_000);
  venue.tick(3_700_000);
  venue.price(0, 100_000);
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 100);
  const both = (): number => equityOf(venue, accounts.victim) + equityOf(venue, accounts.accomplice);
  venue.timeMs += 60_000;
  venue.price(0, 92_100);
  const before = both();
  for (let i = 0; i < 50; i++) {
    const target = accounts.victim;
    venue.send(ownerOf(accomplice), { type: "callLiquidation", account: accounts.accomplice, target });
    wait(venue, 5, 92_100);
  }
  assert.ok(both() <= before);
  checkInvariants(venue);
});

test("Percolator #89 a cap on what is in auction makes insolvent accounts wait for nobody", () => {
  const world = cast();
  const { venue, accounts } = world;
  rule(venue, "auctionCapMicros", usd(1));
  const many = Array.from({ length: 60 }, (_, i) => venue.account(ownerOf(100 + i), usd(10)));
  for (const [i, account] of many.entries()) {
    trade(venue, [100 + i, account], [maker, accounts.maker], 100_000, 1);
  }
  venue.timeMs += 60_000;
  const events = [...venue.price(0, 88_000), ...wait(venue, 700, 88_000)];
  assert.equal(allOf(events, "liquidationEnded").length, 60);
  assert.equal(venue.engine.stores.state.inAuctionMicros, 0);
  checkInvariants(venue);
});

test("the price of an auction only falls: what a bidder gets for the same share never lessens while nothing else changes", () => {
  for (const world of [solvent(), insolvent()]) {
    const { venue, accounts } = world;
    venue.must(ownerOf(maker), donate(accounts.maker, usd(10_000)));
    let last = -1;
    for (let i = 0; i < 60; i++) {
      // Refused for what it asks; the answer says what it would have got.
      const refused = bid(world, 1_000_000, { maxPaidUnits: 0, minReceivedUnits: 10 ** 12 });
      const got = Number(allOf(refused, "rejected")[0]?.limit);
      assert.ok(got >= last, `${got} after ${last}`);
      last = got;
      wait(venue, 5, venue.engine.stores.markets.indexMicros(0) / 1e6);
    }
    assert.ok(last > 0);
  }
});

test("a halt ages no auction and closes nobody: who could not bid meanwhile finds the price where it began", () => {
  for (const world of [solvent(), insolvent()]) {
    const { venue, accounts } = world;
    venue.must(officer, { type: "setVenueStatus", status: "halted" });
    const events = wait(venue, 2_400, venue.engine.stores.markets.indexMicros(0) / 1e6);
    assert.equal(allOf(events, "deleveraged").length + allOf(events, "auctionReset").length, 0);
    assert.equal(venue.engine.stores.positions.lotsOf(accounts.victim, 0), 100);
    venue.must(officer, { type: "setVenueStatus", status: "active" });
    const before = equityOf(venue, accounts.bidder);
    accepted(bid(world, 1_000_000));
    // At most 2 % of what little equity there was.
    assert.ok(equityOf(venue, accounts.bidder) - before <= usd(1));
    checkInvariants(venue);
  }
  // A deposit cures all the same.
  const { venue, accounts } = solvent();
  venue.must(officer, { type: "setVenueStatus", status: "halted" });
  venue.deposit(accounts.victim, 0, usd(10_000));
  assert.equal(venue.engine.stores.liquidations.size, 0);
});
