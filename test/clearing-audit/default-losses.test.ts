import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "plimsoll/numerics";
import { type ClearingEvent } from "../../src/clearing/index.ts";
import { checkInvariants } from "../properties/clearing-invariants.ts";
import { inversePerpetual, option, startMs } from "../properties/clearing-venue.ts";
import {
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
  saver,
  trade,
  victim,
  wait,
} from "./default-help.ts";
import {
  codeOf,
  coin,
  equityOf,
  officer,
  order,
  ownerOf,
  perpetual,
  restored,
  rootOf,
  TestVenue,
  usd,
} from "./world.ts";

const minute = 60_000;
const balance = (venue: TestVenue, account: number, asset = 0): number =>
  venue.engine.stores.ledger.balance(account, asset);

const poolSpec = {
  depthLotsPerPercent: 100,
  maxDeviationPpm: 50_000,
  feePpm: 300,
  minPricePpm: 700_000,
  maxPricePpm: 1_300_000,
  initialShareUnits: 1_000,
};

/** Falls at once, and waits until winners have taken over. */
function collapse({ venue }: Cast, price: number, seconds = 700): ClearingEvent[] {
  venue.timeMs += minute;
  return [...venue.price(0, price), ...wait(venue, seconds, price)];
}

const withdraw = (
  venue: TestVenue,
  owner: number,
  account: number,
  units: number,
  asset = 0,
): string | undefined =>
  codeOf(venue.send(ownerOf(owner), { type: "withdraw", account, asset, units, destination: "x" }));

/** The same as DRV-23, closed unfixed: the loser's loss is the fund's, the winner's gain the attacker's. */
test("DRV-23 two accounts of one mind: when one goes insolvent against the other, the other gives up what it gained", () => {
  for (const donated of [0, usd(100)]) {
    const world = cast({ accomplice: usd(1_000) });
    const { venue, accounts } = world;
    if (donated > 0) venue.must(ownerOf(maker), donate(accounts.maker, donated));
    const honest = [accounts.maker, accounts.saver, accounts.bidder];
    const before = honest.map((account) => balance(venue, account));
    trade(venue, [victim, accounts.victim], [accomplice, accounts.accomplice], 100_000, 190);
    const events = collapse(world, 85_000);
    assert.equal(venue.engine.stores.liquidations.size, 0);
    assert.ok(allOf(events, "deleveraged").length > 0);
    assert.equal(allOf(events, "lossShared").length, 0);
    // Together they have what they brought, less fees, and what the fund was robbed of.
    const both = equityOf(venue, accounts.victim) + equityOf(venue, accounts.accomplice);
    assert.ok(both <= usd(2_000) + donated, `${both}`);
    honest.forEach((account, i) => {
      assert.equal(balance(venue, account), before[i]);
    });
    checkInvariants(venue);
  }
});

test("EVK #310 dust that has no price, debt or collateral, keeps no loss from being settled", () => {
  const world = cast();
  const { venue, accounts } = world;
  const lost = coin("LOST", { underlying: "", borrowable: false });
  venue.must(officer, { type: "listAsset", asset: lost });
  venue.deposit(accounts.victim, 2, 1);
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 190);
  const events = collapse(world, 85_000);
  assert.equal(allOf(events, "liquidationEnded")[0]?.outcome, "absorbed");
  assert.equal(venue.engine.stores.state.shortfallMicros, 0);
  assert.equal(balance(venue, accounts.victim, 0), 0);
  checkInvariants(venue);
});

test("Euler #38 collateral whose price goes to nothing is sold or given up, and the debt behind it shared by those who lent", () => {
  const world = cast({ victim: 0 });
  const { venue, accounts } = world;
  venue.deposit(accounts.victim, 1, 10_000_000);
  assert.equal(withdraw(venue, victim, accounts.victim, usd(8_000)), undefined);
  venue.must(officer, { type: "settleWithdrawal", withdrawal: 1, outcome: "paid" });
  for (const price of [10_000, 1_000, 100, 10, 1, 0.01, 0.000_001]) {
    venue.timeMs += 10_000;
    venue.price(0, price);
  }
  const before = [accounts.maker, accounts.saver, accounts.bidder].map((account) => balance(venue, account));
  const events = wait(venue, 700, 0.000_001);
  assert.equal(venue.engine.stores.liquidations.size, 0);
  const shared = allOf(events, "lossShared").reduce((sum, { units }) => sum + units, 0);
  const paid = [accounts.maker, accounts.saver, accounts.bidder].reduce(
    (sum, account, i) => sum + before[i]! - balance(venue, account),
    0,
  );
  assert.ok(shared >= usd(7_999) && shared < usd(8_001), `${shared}`);
  assert.ok(Math.abs(paid - shared) < usd(1));
  assert.equal(balance(venue, accounts.victim, 0), 0);
  checkInvariants(venue);
});

test("who gives up coins is paid by one tranche before the next, whatever rounding leaves", () => {
  const bitcoin = { ...coin("BTC"), borrowable: true, borrowCapUnits: 1_000_000_000 };
  for (const price of [33_333.333_333, 77_777.777_777, 61_803.398_874]) {
    const world = cast({ victim: usd(12_000), saver: usd(50_000) }, undefined, { btc: bitcoin });
    const { venue, accounts } = world;
    venue.must(ownerOf(maker), donate(accounts.maker, usd(1_000_000)));
    venue.must(ownerOf(saver), { type: "stakeFund", account: accounts.saver, units: usd(10_000) });
    // One lender has a position and little of the coin, the others none and the rest.
    trade(venue, [bidder, accounts.bidder], [maker, accounts.maker], 100_000, 1);
    venue.deposit(accounts.bidder, 1, 1_000_003);
    venue.deposit(accounts.saver, 1, 7_000_001);
    venue.deposit(accounts.accomplice, 1, 5_000_007);
    assert.equal(withdraw(venue, victim, accounts.victim, 9_000_000, 1), undefined);
    venue.must(officer, { type: "settleWithdrawal", withdrawal: 1, outcome: "paid" });
    const to = price * 10;
    venue.timeMs += minute;
    const events = [...venue.price(0, to), ...wait(venue, 1_500, to)];
    assert.equal(venue.engine.stores.liquidations.size, 0);
    const shared = allOf(events, "lossShared");
    assert.ok(new Set(shared.map(({ account }) => account)).size === 3);
    const payers = allOf(events, "lossCovered").map(({ tranche }) => tranche);
    assert.ok(payers.length >= 2);
    assert.deepEqual(payers, payers.toSorted());
    assert.ok(!payers.includes("staked"), "the house has more than enough");
    checkInvariants(venue);
  }
});

test("Aave v4 #605 #796 a borrower without positions is sold to its target, and no dust of either leg stays in its way", () => {
  const world = cast({ victim: 0 });
  const { venue, accounts } = world;
  venue.deposit(accounts.victim, 1, 10_000_000);
  venue.deposit(accounts.bidder, 1, 100_000_000);
  assert.equal(withdraw(venue, victim, accounts.victim, usd(8_900)), undefined);
  venue.must(officer, { type: "settleWithdrawal", withdrawal: 1, outcome: "paid" });
  const events = [...wait(venue, 5, 98_000), ...wait(venue, 60, 98_000)];
  assert.equal(allOf(events, "auctionStarted").length, 1);
  for (let i = 0; i < 30 && venue.engine.stores.auctions.size > 0; i++) {
    wait(venue, 30, 98_000);
    bid(world, 1);
    bid(world, 1_000_000);
  }
  const [ended] = [venue.engine.stores.liquidations.size];
  assert.equal(ended, 0);
  assert.ok(equityOf(venue, accounts.victim) >= 0);
  checkInvariants(venue);
});

test("DRV2-04 DRV2-05 a shortfall is counted down with every partial bid, and nothing is locked once it is settled", () => {
  const world = cast();
  const { venue, accounts } = world;
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 190);
  venue.timeMs += minute;
  venue.price(0, 90_000);
  const { state } = venue.engine.stores;
  assert.ok(state.shortfallMicros > 0);
  assert.equal(withdraw(venue, saver, accounts.saver, usd(50_000)), "insolvencyOpen");
  for (let i = 0; i < 40 && venue.engine.stores.auctions.size > 0; i++) bid(world, 100_000);
  venue.tick(1_000);
  assert.equal(state.shortfallMicros, 0);
  assert.equal(venue.engine.stores.liquidations.size, 0);
  assert.equal(withdraw(venue, saver, accounts.saver, balance(venue, accounts.saver)), undefined);
  checkInvariants(venue);
});

test("Percolator #105 the fund is credited with the fee that was charged, to the unit, never with the one that was asked", () => {
  const world = cast();
  const { venue, accounts } = world;
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 100);
  venue.tick(minute);
  venue.must(ownerOf(maker), order({ account: accounts.maker, priceTicks: 92_000, lots: 1_000 }));
  venue.timeMs += minute;
  rule(venue, "liquidationFeePpm", 20_000);
  venue.tick(3_600_000);
  const { accounts: names, ledger } = venue.engine.stores;
  const inFund = (): number => {
    const market = names.houseAccountOf("fund:BTC-PERP");
    return ledger.balance(3, 0) + (market < 0 ? 0 : ledger.balance(market, 0));
  };
  let charged = 0;
  let credited = 0;
  for (let i = 0; i < 40; i++) {
    const before = inFund();
    venue.timeMs += 5_000;
    const events = venue.price(0, 92_100 - i * 50);
    const fees = allOf(events, "balanceChanged").filter(
      ({ account, reason }) => account === accounts.victim && reason === "liquidationFee",
    );
    charged -= fees.reduce((sum, { units }) => sum + units, 0);
    // The minute's share of trading fees apart.
    if (fees.length > 0) credited += inFund() - before;
  }
  assert.ok(charged > 0);
  assert.ok(credited >= charged && credited <= charged + usd(1), `${credited} for ${charged}`);
  checkInvariants(venue);
});

test("Percolator #72 between call and settlement an account takes nothing out and opens nothing", () => {
  const world = cast({ victim: usd(1_000) });
  const { venue, accounts } = world;
  const other = venue.account(ownerOf(victim), 0);
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 190);
  venue.timeMs += minute;
  for (const price of [96_500, 95_200, 94_000]) {
    venue.timeMs += 1_000;
    venue.price(0, price);
    assert.notEqual(withdraw(venue, victim, accounts.victim, 1), undefined);
    const account = accounts.victim;
    const out = { type: "transfer", account, to: other, asset: 0, units: 1 } as const;
    assert.notEqual(codeOf(venue.send(ownerOf(victim), out)), undefined);
    const more = order({ account, priceTicks: price, lots: 1 });
    assert.notEqual(codeOf(venue.send(ownerOf(victim), more)), undefined);
    const stake = { type: "stakeFund", account, units: 1 } as const;
    assert.notEqual(codeOf(venue.send(ownerOf(victim), stake)), undefined);
    const gift = donate(account, 1);
    assert.notEqual(codeOf(venue.send(ownerOf(victim), gift)), undefined);
  }
});

test("dYdX and Hyperliquid cut at random or by profit: a hedged book keeps both legs while others can be cut", () => {
  const eth = perpetual({ name: "BTC-TWO" });
  const world = cast({ victim: usd(1_000), accomplice: usd(100_000) }, [perpetual(), eth]);
  const { venue, accounts } = world;
  // Short against the victim, and long as much elsewhere.
  trade(venue, [victim, accounts.victim], [accomplice, accounts.accomplice], 100_000, 95);
  trade(venue, [accomplice, accounts.accomplice], [maker, accounts.maker], 100_000, 95, 1);
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 95);
  trade(venue, [bidder, accounts.bidder], [saver, accounts.saver], 100_000, 200);
  const events = collapse(world, 88_000);
  const cut = allOf(events, "deleveraged").map(({ account }) => account);
  assert.ok(cut.length > 0);
  assert.ok(!cut.includes(accounts.accomplice), "a hedge was cut");
  checkInvariants(venue);
});

test("GMX #143 #153 winners are closed at the mark, and nobody is once the loser has recovered", () => {
  const world = cast({ accomplice: usd(10_000) });
  const { venue, accounts } = world;
  trade(venue, [victim, accounts.victim], [accomplice, accounts.accomplice], 100_000, 190);
  venue.timeMs += minute;
  venue.price(0, 94_000);
  wait(venue, 590, 94_000);
  const recovered = wait(venue, 60, 99_500);
  assert.equal(allOf(recovered, "deleveraged").length, 0);
  assert.equal(allOf(recovered, "liquidationEnded")[0]?.outcome, "restored");
  const events = [...wait(venue, 5, 94_000), ...wait(venue, 700, 94_000)];
  const cuts = allOf(events, "deleveraged");
  assert.ok(cuts.length > 0);
  for (const { priceMicros } of cuts) assert.equal(priceMicros, 94_000_000_000);
});

test("a loser whose only counterparty is the pool is closed against the pool, and its curve follows", () => {
  const world = cast({ victim: usd(1_000) });
  const { venue, accounts } = world;
  venue.must(officer, { type: "createPool", instrument: 0, pool: poolSpec });
  const add = {
    type: "addLiquidity",
    account: accounts.maker,
    instrument: 0,
    units: usd(1_000_000),
  } as const;
  venue.must(ownerOf(maker), add);
  const take = { priceTicks: 101_000, lots: 100, route: "best", timeInForce: "ioc" } as const;
  venue.must(ownerOf(victim), order({ account: accounts.victim, ...take }));
  const events = collapse(world, 85_000);
  const { positions, liquidations, state } = venue.engine.stores;
  assert.equal(positions.openInterest(0), 0);
  assert.equal(liquidations.size, 0);
  assert.equal(state.shortfallMicros, 0);
  assert.ok(allOf(events, "poolChanged").length > 0);
  checkInvariants(venue);
});

test("two sides that are both in default are closed against one another", () => {
  const inverse = inversePerpetual();
  const world = cast({ victim: usd(1_000), accomplice: usd(200) }, [perpetual(), inverse]);
  const { venue, accounts } = world;
  trade(venue, [victim, accounts.victim], [accomplice, accounts.accomplice], 100_000, 30);
  // The other loses as much elsewhere: long 3,000 USD of the inverse, on coin alone.
  venue.deposit(accounts.accomplice, 1, 6_000_000);
  venue.deposit(accounts.maker, 1, 1_000_000_000);
  trade(venue, [accomplice, accounts.accomplice], [maker, accounts.maker], 100_000, 1_200, 1);
  const events = collapse(world, 55_000, 2_000);
  assert.ok(allOf(events, "liquidationStarted").length >= 2);
  const { liquidations, positions, state } = venue.engine.stores;
  assert.equal(positions.openInterest(0) + positions.openInterest(1), 0);
  assert.equal(state.shortfallMicros, 0);
  // What is left is at most a debt in coin with its collateral, for whoever has the coin.
  venue.deposit(accounts.bidder, 1, 10_000_000);
  if (liquidations.size > 0) bid(world, 1_000_000);
  assert.equal(liquidations.size, 0);
  checkInvariants(venue);
});

test("what winners give up is counted in units of what is owed, inverse contracts included, and leaves them their margin", () => {
  const world = cast({ accomplice: usd(3_000), victim: 0 }, [perpetual(), inversePerpetual()]);
  const { venue, accounts } = world;
  venue.deposit(accounts.victim, 1, 2_000_000);
  venue.deposit(accounts.accomplice, 1, 50_000_000);
  venue.deposit(accounts.maker, 1, 1_000_000_000);
  // Long against the accomplice, who is short, and owes almost all that its coin is worth in dollars.
  trade(venue, [victim, accounts.victim], [accomplice, accounts.accomplice], 100_000, 3_000, 1);
  const debt = usd(36_000);
  assert.equal(withdraw(venue, accomplice, accounts.accomplice, debt), undefined);
  venue.must(officer, { type: "settleWithdrawal", withdrawal: 1, outcome: "paid" });
  const events = collapse(world, 93_000);
  for (const { account } of allOf(events, "deleveraged")) {
    const { equityMicros, maintenanceMicros } = venue.engine.stores.margin.figures(account);
    assert.ok(equityMicros >= maintenanceMicros, `${account}: ${equityMicros} of ${maintenanceMicros}`);
  }
  assert.ok(allOf(events, "deleveraged").length > 0);
  checkInvariants(venue);
});

test("a gate lets nobody out ahead: not by asking often, by another account, by the pool or by the fund", () => {
  const world = cast({ maker: usd(60_000), bidder: usd(1), saver: usd(50_000) });
  const { venue, accounts } = world;
  venue.must(ownerOf(saver), { type: "stakeFund", account: accounts.saver, units: usd(1) });
  venue.must(officer, { type: "createPool", instrument: 0, pool: poolSpec });
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 190);
  venue.timeMs += minute;
  venue.price(0, 70_000);
  const lacking = venue.engine.stores.state.shortfallMicros;
  assert.ok(lacking > usd(4_000));
  const held = balance(venue, accounts.saver);
  const other = venue.account(ownerOf(saver), 0);
  let out = 0;
  for (let i = 0; i < 60; i++) {
    for (const account of [accounts.saver, other]) {
      for (const units of [usd(10_000), usd(1_000), usd(100), usd(1)]) {
        if (withdraw(venue, saver, account, units) === undefined) out += units;
      }
    }
    const move = { type: "transfer", account: accounts.saver, to: other, asset: 0, units: usd(500) } as const;
    venue.send(ownerOf(saver), move);
    const stake = { type: "stakeFund", account: accounts.saver, units: usd(10) } as const;
    assert.equal(codeOf(venue.send(ownerOf(saver), stake)), "insolvencyOpen");
    const pool = { type: "addLiquidity", account: accounts.saver, instrument: 0, units: usd(10) } as const;
    assert.equal(codeOf(venue.send(ownerOf(saver), pool)), "insolvencyOpen");
    const budget = { ...pool, type: "fundPoolBudget" } as const;
    assert.equal(codeOf(venue.send(ownerOf(saver), budget)), "insolvencyOpen");
    const unstake = { type: "unstakeFund", account: accounts.saver, shares: 10_000 } as const;
    venue.send(ownerOf(saver), unstake);
  }
  // Of 111,000 in the vault some 4,700 lack: 4 %, of which the fund's dollar is nothing.
  const kept = held - out;
  assert.ok(kept >= (held * lacking) / usd(115_000), `${kept} kept of ${held}`);
  wait(venue, 700, 70_000);
  assert.equal(venue.engine.stores.liquidations.size, 0);
  checkInvariants(venue);
});

test("a staker who sees a loss coming bears it: shares in their cooldown are paid after it", () => {
  const world = cast();
  const { venue, accounts } = world;
  venue.must(ownerOf(saver), { type: "stakeFund", account: accounts.saver, units: usd(1_000) });
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 100);
  venue.must(ownerOf(saver), { type: "unstakeFund", account: accounts.saver, shares: usd(1_000) });
  venue.timeMs += 864_000_000 - 3 * minute;
  venue.price(0, 99_000);
  const paid = [...collapse(world, 88_000, 100), ...wait(venue, 200, 88_000)];
  // Its cooldown is over, but it is not known yet what the loss is.
  assert.ok(venue.timeMs > 1_790_000_000_000 + 864_000_000);
  assert.equal(allOf(paid, "fundUnstaked").length, 0);
  const events = wait(venue, 700, 88_000);
  const [unstaked] = allOf(events, "fundUnstaked");
  assert.ok(unstaked && unstaked.units < usd(900) && unstaked.units > usd(700), `${unstaked?.units}`);
  checkInvariants(venue);
});

test("no first staker inflates the price of a share to take what the next one rounds away", () => {
  const world = cast({ accomplice: usd(20_000) });
  const { venue, accounts } = world;
  venue.must(ownerOf(accomplice), { type: "stakeFund", account: accounts.accomplice, units: 1 });
  const gift = { ...donate(accounts.accomplice, usd(10_000)), tranche: "staked" } as const;
  venue.must(ownerOf(accomplice), gift);
  venue.must(ownerOf(saver), { type: "stakeFund", account: accounts.saver, units: usd(19_999) });
  const { ledger, markets } = venue.engine.stores;
  const share = markets.assets.find("FUND-SHARE");
  for (const [owner, account] of [
    [accomplice, accounts.accomplice],
    [saver, accounts.saver],
  ] as const) {
    const shares = ledger.balance(account, share);
    if (shares > 0) venue.must(ownerOf(owner), { type: "unstakeFund", account, shares });
  }
  venue.timeMs += 865_000_000;
  venue.price(0, 100_000);
  venue.tick(1_000);
  // Whoever inflates pays for it.
  assert.ok(ledger.balance(accounts.accomplice, 0) < usd(20_000));
  assert.ok(ledger.balance(accounts.saver, 0) >= usd(49_900), `${ledger.balance(accounts.saver, 0)}`);
  checkInvariants(venue);
});

test("a pending withdrawal of an account in default leaves no debt behind that nobody pays", () => {
  const world = cast({ victim: usd(2_000) });
  const { venue, accounts } = world;
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 190);
  assert.equal(withdraw(venue, victim, accounts.victim, usd(900)), undefined);
  const events = collapse(world, 88_000, 1_400);
  assert.ok(allOf(events, "liquidationEnded").length > 0);
  assert.equal(allOf(events, "liquidationStarted").length, 1);
  assert.equal(venue.engine.stores.ledger.available(accounts.victim, 0), 0);
  venue.must(officer, { type: "settleWithdrawal", withdrawal: 1, outcome: "paid" });
  wait(venue, 1_400, 88_000);
  assert.ok(balance(venue, accounts.victim) >= 0);
  assert.equal(venue.engine.stores.liquidations.size, 0);
  checkInvariants(venue);
});

test("a machine restored at any moment of a default goes on to the same root", () => {
  const world = cast({ accomplice: usd(2_000) });
  const { venue, accounts } = world;
  venue.must(ownerOf(saver), { type: "stakeFund", account: accounts.saver, units: usd(100) });
  trade(venue, [victim, accounts.victim], [accomplice, accounts.accomplice], 100_000, 190);
  venue.timeMs += minute;
  venue.price(0, 94_000);
  let copies: TestVenue[] = [];
  for (let i = 0; i < 140; i++) {
    if (i % 20 === 0) copies.push(restored(venue));
    if (i === 60) for (const each of [venue, ...copies]) bid({ venue: each, accounts }, 200_000);
    for (const each of [venue, ...copies]) {
      each.timeMs += 5_000;
      each.price(0, i < 70 ? 94_000 : 93_000);
    }
    if (i % 35 === 34) {
      for (const copy of copies) assert.equal(rootOf(copy), rootOf(venue));
      copies = copies.slice(-2);
    }
  }
  assert.equal(venue.engine.stores.liquidations.size, 0);
});

test("what was taken out while one gate was closed counts for no later one", () => {
  const world = cast({ maker: usd(60_000), accomplice: usd(1_000) });
  const { venue, accounts } = world;
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 190);
  venue.timeMs += minute;
  venue.price(0, 80_000);
  assert.equal(withdraw(venue, saver, accounts.saver, usd(40_000)), undefined);
  wait(venue, 700, 80_000);
  assert.equal(venue.engine.stores.state.shortfallMicros, 0);
  assert.equal(venue.engine.stores.gated.size, 0);
  trade(venue, [accomplice, accounts.accomplice], [maker, accounts.maker], 80_000, 190);
  venue.timeMs += minute;
  venue.price(0, 66_000);
  // Some 1,660 of a million lack.
  assert.ok(venue.engine.stores.state.shortfallMicros > usd(1_500));
  assert.equal(
    withdraw(venue, saver, accounts.saver, Math.floor(balance(venue, accounts.saver) * 0.15)),
    undefined,
  );
});

test("nobody stakes in a fund that has no dollars to be kept in", () => {
  const venue = new TestVenue();
  venue.open();
  venue.must(officer, { type: "listAsset", asset: coin("BTC", { underlying: "" }) });
  const account = venue.account(ownerOf(1), 1_000);
  assert.equal(codeOf(venue.send(ownerOf(1), { type: "stakeFund", account, units: 1_000 })), "unknownAsset");
  assert.equal(codeOf(venue.send(ownerOf(1), donate(account, 1_000))), "unknownAsset");
});

test("Percolator #1925 #1079 deleveraging closes what is held to the lot, takes what lacks to the unit, and breaks no winner", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = randomStream(seed);
    const world = cast({ victim: usd(50_000), maker: usd(1_000_000) });
    const { venue, accounts } = world;
    const donated = random.nextBelow(3) * usd(500);
    if (donated > 0) venue.must(ownerOf(maker), donate(accounts.maker, donated));
    const holders: number[] = [];
    for (let i = 0; i < 12; i++) {
      const lots = 1 + random.nextBelow(150);
      const account = venue.account(ownerOf(100 + i), usd(lots * 5 + 20 + random.nextBelow(20_000)));
      trade(venue, [victim, accounts.victim], [100 + i, account], 100_000, lots);
      // Some are hedged elsewhere.
      holders.push(account);
    }
    const before = venue.engine.stores.margin.figures(accounts.victim);
    const out = Math.max(0, Math.floor((before.equityMicros - before.initialMicros) * 0.95));
    if (out > 0) assert.equal(withdraw(venue, victim, accounts.victim, out), undefined);
    const held = venue.engine.stores.positions.lotsOf(accounts.victim, 0);
    venue.timeMs += minute;
    venue.price(0, 90_000 - random.nextBelow(4) * 1_000);
    const { liquidations, markets, state } = venue.engine.stores;
    const events: ClearingEvent[] = [];
    let lacking = 0;
    let equities = new Map<number, number>();
    for (let i = 0; i < 140 && liquidations.size > 0; i++) {
      // As it was a moment before: marks and funding move it until then.
      lacking = state.shortfallMicros;
      equities = new Map(holders.map((account) => [account, equityOf(venue, account)]));
      events.push(...wait(venue, 5, markets.indexMicros(0) / 1e6));
    }
    const cuts = allOf(events, "deleveraged");
    assert.equal(
      cuts.reduce((sum, { lots }) => sum + lots, 0),
      held,
      `seed ${seed}`,
    );
    const sumOf = (type: "lossCovered" | "lossShared"): number =>
      allOf(events, type).reduce((sum, { units }) => sum + units, 0);
    const taken = cuts.reduce((sum, { takenUnits }) => sum + takenUnits, 0);
    assert.equal(taken + sumOf("lossCovered") + sumOf("lossShared"), lacking, `seed ${seed}`);
    for (const account of new Set(cuts.map((cut) => cut.account))) {
      const { equityMicros, maintenanceMicros } = venue.engine.stores.margin.figures(account);
      assert.ok(equityMicros >= maintenanceMicros, `seed ${seed}: ${account}`);
      assert.ok(equityMicros <= equities.get(account)!);
    }
    checkInvariants(venue);
  }
});

test("the fund's hedges cost no more than their budget, however often it is asked, and at no price of the seller's choice", () => {
  const call = option(startMs + 604_800_000, { name: "CALL", priceBandPpm: 100_000 });
  const world = cast({}, [perpetual(), call]);
  const { venue, accounts } = world;
  const slice = { forwardMicros: 100_000_000_000, a: 0.0001, b: 0.0001, rho: 0, m: 0, sigma: 0.1 };
  const slices = [{ ...slice, expiryMs: startMs + 604_800_000 }];
  venue.must(officer, { type: "publishSurface", underlying: 0, timeMs: venue.timeMs, slices });
  venue.timeMs += 1_000;
  venue.price(0, 100_000);
  venue.must(ownerOf(maker), donate(accounts.maker, usd(100_000)));
  const mark = Math.round(venue.engine.stores.markets.markMicros(1) / 1e6);
  const fund = fundOf(venue);
  for (const times of [1, 1.05, 1.5, 5, 50]) {
    const priceTicks = Math.ceil(mark * times);
    venue.send(
      ownerOf(maker),
      order({ account: accounts.maker, instrument: 1, side: "sell", priceTicks, lots: 100_000 }),
    );
    for (const lots of [100_000, 10_000, 1_000, 100, 10, 1]) {
      for (const limit of [0, priceTicks, 2 ** 31 - 1]) {
        venue.send(officer, { type: "hedgeFund", instrument: 1, lots, priceTicks: limit });
      }
    }
  }
  // Five hundredths, and a fee of 3 in 10,000 of the underlying.
  const spent = fund - fundOf(venue);
  assert.ok(spent > 0 && spent <= fund * 0.06, `${spent} of ${fund}`);
  checkInvariants(venue);
});
