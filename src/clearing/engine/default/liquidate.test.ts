import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, officer, order, type TestVenue } from "../../../../test/properties/clearing-venue.ts";
import { firstAccount, instruments, wholeVenue } from "../../../../test/properties/clearing-whole-venue.ts";
import { type ClearingEvent } from "../../protocol/index.ts";

const bob = firstAccount + 2;
const small = firstAccount + 6;
const owner = addressOf(9);

/** An account of 1,000 USDC that is long 0.1 BTC. `deleverPpm` 0: a liquidation ends as soon as the account is out of danger. */
function leveraged(deleverPpm?: number): TestVenue {
  const venue = wholeVenue();
  if (deleverPpm !== undefined) {
    const rule = { target: "liquidation", index: 0, parameter: "deleverPpm", value: deleverPpm } as const;
    venue.must(officer, { type: "setParameter", ...rule });
    venue.tick(3_600_000);
    venue.price(0, 100_000);
  }
  assert.equal(venue.account(owner, 1_000_000_000), small);
  venue.must(addressOf(2), order({ account: bob, side: "sell", lots: 100, priceTicks: 100_000 }));
  venue.must(owner, order({ account: small, lots: 100, priceTicks: 100_000 }));
  venue.timeMs += 60_000;
  return venue;
}

type OfType<T extends ClearingEvent["type"]> = Extract<ClearingEvent, { readonly type: T }>;
const all = <T extends ClearingEvent["type"]>(events: readonly ClearingEvent[], type: T): OfType<T>[] =>
  events.filter((event): event is OfType<T> => event.type === type);

/** Prices stand still for some seconds. */
function wait(venue: TestVenue, seconds: number, price: number): ClearingEvent[] {
  const events: ClearingEvent[] = [];
  for (let i = 0; i < seconds; i += 5) {
    venue.timeMs += 5_000;
    events.push(...venue.price(0, price));
  }
  return events;
}

const markTicks = (venue: TestVenue, instrument: number): number =>
  Math.round(venue.engine.stores.markets.markMicros(instrument) / 1_000_000);
const total = (venue: TestVenue, asset: number): bigint => venue.engine.stores.ledger.total(asset);

test("a breach is stepped out of with as little as restores the target, and no more", () => {
  const venue = leveraged(0);
  venue.price(0, 93_000);
  venue.must(addressOf(2), order({ account: bob, lots: 500, priceTicks: 92_100 }));
  const events = wait(venue, 100, 92_200);
  const [ended] = all(events, "liquidationEnded");
  assert.equal(ended?.outcome, "restored");
  assert.equal(ended.wasSolvent, true);
  const { positions, margin } = venue.engine.stores;
  const figures = margin.figures(small);
  const target = Math.ceil(figures.maintenanceMicros * 1.15);
  assert.ok(figures.equityMicros >= target, `${figures.equityMicros} below ${target}`);
  // One lot more kept would have left it below.
  const lots = positions.lotsOf(small, 0);
  assert.ok(lots > 70 && lots < 85, `${lots} lots left`);
  const lotMaintenance = figures.maintenanceMicros / lots;
  assert.ok(figures.equityMicros - target < 2 * lotMaintenance, "over-liquidated");
  assert.ok(all(events, "fundChanged").some(({ tranche }) => tranche === "market"));
  assert.equal(total(venue, 0), 0n);
});

test("without a market it goes to auction, where a bidder takes what restores it, at a falling price", () => {
  const venue = leveraged(0);
  const events = [...venue.price(0, 92_200), ...wait(venue, 30, 92_200)];
  const [auction] = all(events, "auctionStarted");
  assert.equal(auction?.auctionType, "solvent");
  const bidder = firstAccount + 4;
  const command = { type: "bid", account: bidder, auction: auction.auction, sharePpm: 1_000_000 } as const;
  const guards = { auctionType: "solvent", maxPaidUnits: 0, minReceivedUnits: 0 } as const;
  const greedy = venue.send(addressOf(3), { ...command, ...guards, minReceivedUnits: 100_000_000 });
  assert.equal(all(greedy, "rejected")[0]?.code, "auctionMoved");
  const wrong = venue.send(addressOf(3), { ...command, ...guards, auctionType: "insolvent" });
  assert.equal(all(wrong, "rejected")[0]?.field, "auctionType");
  const own = venue.send(owner, { ...command, ...guards, account: small });
  assert.equal(all(own, "rejected")[0]?.code, "notAuthorized");
  const before = venue.engine.stores.margin.figures(small);
  const won = venue.must(addressOf(3), { ...command, ...guards });
  const [filled] = all(won, "auctionFilled");
  assert.ok(filled && filled.sharePpm < 400_000, `${filled?.sharePpm} of the account`);
  assert.ok(filled.discountUnits > 0 && filled.paidUnits === -filled.discountUnits);
  assert.equal(all(won, "liquidationEnded")[0]?.outcome, "restored");
  const after = venue.engine.stores.margin.figures(small);
  assert.equal(after.equityMicros, before.equityMicros - filled.discountUnits);
  assert.equal(total(venue, 0), 0n);
});

/** It is in auction with equity of more than a quarter of its maintenance margin, since the book had nothing for three steps. */
function inAuction(deleverPpm?: number): TestVenue {
  const venue = leveraged(deleverPpm);
  wait(venue, 30, 92_200);
  assert.equal(venue.engine.stores.auctions.all()[0]?.auctionType, "solvent");
  return venue;
}

test("a book that comes back is used beside the auction", () => {
  for (const [deleverPpm, least, most] of [
    [0, 70, 85],
    [undefined, 0, 2],
  ] as const) {
    const venue = inAuction(deleverPpm);
    venue.must(addressOf(2), order({ account: bob, lots: 500, priceTicks: 92_100 }));
    const events = wait(venue, 60, 92_200);
    assert.ok(all(events, "liquidationStepped").length > 0);
    assert.equal(all(events, "auctionEnded")[0]?.reason, deleverPpm === 0 ? "restored" : "sold");
    const lots = venue.engine.stores.positions.lotsOf(small, 0);
    assert.ok(lots >= least && lots <= most, `${lots} lots left`);
    assert.equal(total(venue, 0), 0n);
  }
});

test("an auction to which nobody came begins anew while the account has enough, and the fund pays nothing for it", () => {
  const venue = inAuction();
  const resets = all(wait(venue, 2_400, 92_200), "auctionReset");
  assert.deepEqual(
    resets.map(({ auctionType }) => auctionType),
    ["solvent"],
  );
});

test("who is out of danger is let go when the market brought it there, or the owner, or nobody wants the rest", () => {
  // The market: as much equity as the whole position needed when it began.
  const back = inAuction();
  assert.equal(all(wait(back, 5, 93_000), "liquidationEnded")[0]?.outcome, "restored");
  assert.equal(back.engine.stores.positions.lotsOf(small, 0), 100);
  // The owner, by an order that lessens risk, with leverage left.
  const lessened = inAuction();
  lessened.must(addressOf(2), order({ account: bob, lots: 100, priceTicks: 92_200 }));
  const sell = order({ account: small, side: "sell", lots: 40, priceTicks: 92_200, timeInForce: "ioc" });
  const sold = lessened.must(owner, { ...sell, reduceOnly: true });
  assert.equal(all(sold, "liquidationEnded")[0]?.outcome, "restored");
  assert.equal(lessened.engine.stores.positions.lotsOf(small, 0), 60);
  // Steps took some of it, the book is empty again, and nobody bids to the end.
  const unwanted = inAuction();
  unwanted.must(addressOf(2), order({ account: bob, lots: 60, priceTicks: 92_100 }));
  wait(unwanted, 60, 92_200);
  assert.equal(unwanted.engine.stores.liquidations.size, 1);
  const ended = all(wait(unwanted, 2_400, 92_200), "liquidationEnded");
  assert.equal(ended[0]?.outcome, "restored");
  assert.ok(unwanted.engine.stores.positions.lotsOf(small, 0) > 30);
});

test("a deposit that cures ends it at once", () => {
  const venue = leveraged();
  wait(venue, 30, 92_200);
  assert.equal(venue.engine.stores.auctions.size, 1);
  const deposit = {
    type: "deposit",
    account: small,
    asset: 0,
    units: 500_000_000,
    reference: "rescue",
  } as const;
  const events = venue.must(officer, deposit);
  assert.equal(all(events, "liquidationEnded")[0]?.outcome, "restored");
  assert.equal(all(events, "auctionEnded")[0]?.reason, "restored");
  assert.equal(venue.engine.stores.auctions.size, 0);
});

test("an insolvent account is paid for by the fund, and without bidders closed against winners, who give up exactly the rest", () => {
  const venue = leveraged();
  const donor = firstAccount;
  venue.must(addressOf(1), {
    type: "donateFund",
    account: donor,
    tranche: "protocol",
    instrument: 0,
    units: 50_000_000,
  });
  const log: ClearingEvent[] = [];
  // 0.1 BTC down 12,000: 1,000 USDC do not cover 1,200.
  log.push(...wait(venue, 60, 94_000), ...wait(venue, 1_500, 88_000));
  assert.equal(all(log, "auctionStarted")[0]?.auctionType, "insolvent");
  const [ended] = all(log, "liquidationEnded");
  assert.equal(ended?.outcome, "absorbed");
  assert.equal(ended.wasSolvent, false);
  assert.equal(all(log, "auctionEnded")[0]?.reason, "noBids");
  const taken = all(log, "deleveraged").reduce((sum, { takenUnits }) => sum + takenUnits, 0);
  const covered = all(log, "lossCovered").reduce((sum, { units }) => sum + units, 0);
  const shared = all(log, "lossShared").reduce((sum, { units }) => sum + units, 0);
  // What was given, and the share of fees.
  assert.ok(covered >= 50_000_000 && covered < 51_000_000, `${covered} covered`);
  assert.ok(taken > 140_000_000 && taken < 160_000_000, `${taken} taken`);
  assert.equal(shared, 0);
  const { positions, ledger } = venue.engine.stores;
  assert.equal(positions.count(small), 0);
  assert.equal(ledger.balance(small, 0), 0);
  assert.equal(total(venue, 0), 0n);
});

test("the fund may buy options within its budget, and sell what it holds", () => {
  const venue = wholeVenue();
  venue.must(addressOf(1), {
    type: "donateFund",
    account: firstAccount,
    tranche: "protocol",
    instrument: 0,
    units: 50_000_000_000,
  });
  const { call } = instruments;
  venue.must(
    addressOf(2),
    order({ account: bob, instrument: call, side: "sell", lots: 10, priceTicks: markTicks(venue, call) + 1 }),
  );
  const buying = {
    type: "hedgeFund",
    instrument: call,
    lots: 5,
    priceTicks: markTicks(venue, call) + 1,
  } as const;
  const events = venue.must(officer, buying);
  const { positions } = venue.engine.stores;
  assert.equal(positions.lotsOf(3, call), 5);
  assert.ok(all(events, "fundChanged").length === 1);
  assert.equal(all(venue.send(officer, { ...buying, lots: -6 }), "rejected")[0]?.code, "reduceOnly");
  assert.equal(
    all(venue.send(officer, { ...buying, lots: 900_000 }), "rejected")[0]?.code,
    "insufficientBudget",
  );
  assert.equal(all(venue.send(officer, { ...buying, instrument: 0 }), "rejected")[0]?.code, "invalidSpec");
  assert.equal(total(venue, 0), 0n);
});

test("a loss that winners alone bore is told as one that others bore", () => {
  const venue = leveraged();
  const share = {
    type: "setParameter",
    target: "liquidation",
    index: 0,
    parameter: "feeSharePpm",
    value: 0,
  } as const;
  venue.must(officer, share);
  venue.tick(3_700_000);
  const log = [...wait(venue, 60, 94_000), ...wait(venue, 1_500, 88_000)];
  assert.equal(all(log, "lossCovered").filter(({ tranche }) => tranche !== "protocol").length, 0);
  assert.ok(all(log, "deleveraged").some(({ takenUnits }) => takenUnits > 0));
  assert.equal(all(log, "liquidationEnded").at(-1)?.outcome, "absorbed");
});
