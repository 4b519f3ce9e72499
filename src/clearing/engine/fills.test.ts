import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addressOf, officer, order, type TestVenue } from "../../../test/properties/clearing-venue.ts";
import {
  assets,
  firstAccount,
  instruments,
  wholeVenue,
} from "../../../test/properties/clearing-whole-venue.ts";
import { houseAccount } from "../accounts/index.ts";
import { type ClearingEvent } from "../protocol/index.ts";

const alice = firstAccount;
const bob = firstAccount + 2;
const carol = firstAccount + 4;
const ownerOf = (account: number): string => addressOf(1 + ((account - firstAccount) >> 1));

const send = (
  venue: TestVenue,
  account: number,
  instrument: number,
  side: "buy" | "sell",
  lots: number,
  priceTicks: number,
): ClearingEvent[] => venue.must(ownerOf(account), order({ account, instrument, side, lots, priceTicks }));

/** `maker` rests, `taker` takes; both at one price. */
function trade(
  venue: TestVenue,
  {
    instrument,
    buyer,
    seller,
    lots,
    ticks,
    taker,
  }: { instrument: number; buyer: number; seller: number; lots: number; ticks: number; taker: number },
): ClearingEvent[] {
  const maker = taker === buyer ? seller : buyer;
  send(venue, maker, instrument, maker === buyer ? "buy" : "sell", lots, ticks);
  return send(venue, taker, instrument, taker === buyer ? "buy" : "sell", lots, ticks);
}

const balances = ({ engine }: TestVenue, asset: number, accounts: readonly number[]): number[] =>
  accounts.map((account) => engine.stores.ledger.balance(account, asset));

const position = (
  { engine }: TestVenue,
  account: number,
  instrument: number,
): { lots: number; entryUnits: number } => {
  const { positions } = engine.stores;
  const slot = positions.find(account, instrument);
  return slot < 0
    ? { lots: 0, entryUnits: 0 }
    : { lots: positions.lots[slot]!, entryUnits: positions.entryUnits[slot]! };
};

test("linear: profit is realised at once, to the unit, through the clearing account", () => {
  const venue = wholeVenue();
  const { perpetual } = instruments;
  const clearing = venue.engine.stores.terms(perpetual).clearingAccount;
  const start = 200_000_000_000;
  // 3 lots of 0.001 BTC at 100,000 USDC: 300 USDC. Fee 0.045 % = 135,000 units; rebate 0.005 % = 15,000.
  trade(venue, { instrument: perpetual, buyer: alice, seller: bob, lots: 3, ticks: 100_000, taker: alice });
  assert.deepEqual(position(venue, alice, perpetual), { lots: 3, entryUnits: 300_000_000 });
  assert.deepEqual(position(venue, bob, perpetual), { lots: -3, entryUnits: -300_000_000 });
  assert.deepEqual(balances(venue, 0, [alice, bob, clearing, houseAccount.fees]), [
    start - 135_000,
    start + 15_000,
    0,
    120_000,
  ]);
  // One of the three sold on at 101,000: a profit of 1 USDC, fee 45,450, rebate 5,050.
  trade(venue, { instrument: perpetual, buyer: carol, seller: alice, lots: 1, ticks: 101_000, taker: alice });
  assert.deepEqual(position(venue, alice, perpetual), { lots: 2, entryUnits: 200_000_000 });
  assert.deepEqual(balances(venue, 0, [alice, carol, clearing]), [
    start - 135_000 + 1_000_000 - 45_450,
    start + 5_050,
    -1_000_000,
  ]);
  // Through zero: 5 sold against the 2 left, the other 3 open short.
  trade(venue, { instrument: perpetual, buyer: bob, seller: alice, lots: 5, ticks: 99_000, taker: bob });
  assert.deepEqual(position(venue, alice, perpetual), { lots: -3, entryUnits: -297_000_000 });
  assert.deepEqual(position(venue, bob, perpetual), { lots: 2, entryUnits: 198_000_000 });
});

test("inverse: coin values round against each side, and the dust stays in the clearing account", () => {
  const venue = wholeVenue();
  const { inverse } = instruments;
  const clearing = venue.engine.stores.terms(inverse).clearingAccount;
  // 1 lot of 10 USD at 99,999 USD: 10,000.10… satoshi of coin.
  trade(venue, { instrument: inverse, buyer: alice, seller: bob, lots: 1, ticks: 99_999, taker: alice });
  assert.deepEqual(position(venue, alice, inverse), { lots: 1, entryUnits: -10_000 });
  assert.deepEqual(position(venue, bob, inverse), { lots: -1, entryUnits: 10_001 });
  trade(venue, { instrument: inverse, buyer: bob, seller: alice, lots: 1, ticks: 100_001, taker: bob });
  // Alice's coin: bought worth 10,000 (rounded down), sold for 9,999.9 (up 10,000): nothing. Bob's: 10,001 against 9,999: pays 2.
  assert.deepEqual(position(venue, alice, inverse), { lots: 0, entryUnits: 0 });
  assert.equal(balances(venue, assets.btc, [clearing])[0], 2);
});

test("an inverse long gains coin when the price rises", () => {
  const venue = wholeVenue();
  const { inverse } = instruments;
  trade(venue, { instrument: inverse, buyer: alice, seller: bob, lots: 100, ticks: 100_000, taker: alice });
  const before = balances(venue, assets.btc, [alice])[0]!;
  // 1,000 USD were 1,000,000 satoshi, and are 952,380.95.
  trade(venue, { instrument: inverse, buyer: carol, seller: alice, lots: 100, ticks: 105_000, taker: carol });
  // The rebate: 0.005 % of 952,381, rounded down.
  assert.equal(balances(venue, assets.btc, [alice])[0]! - before, 1_000_000 - 952_381 + 47);
});

test("options: premium is paid in cash, and fees are capped by it", () => {
  const venue = wholeVenue();
  const { call } = instruments;
  const clearing = venue.engine.stores.terms(call).clearingAccount;
  // 10 lots of 0.001 BTC at 200: a premium of 2 USDC. 0.03 % of 1,000 USDC is 0.3, and 12.5 % of the premium 0.25.
  trade(venue, { instrument: call, buyer: alice, seller: bob, lots: 10, ticks: 200, taker: alice });
  const start = 200_000_000_000;
  assert.deepEqual(balances(venue, 0, [alice, bob, clearing, houseAccount.fees]), [
    start - 2_250_000,
    start + 1_750_000,
    0,
    500_000,
  ]);
  assert.deepEqual(position(venue, alice, call), { lots: 10, entryUnits: 2_000_000 });
  assert.deepEqual(position(venue, bob, call), { lots: -10, entryUnits: -2_000_000 });
  // Far dearer: the fee on the underlying is the smaller.
  trade(venue, { instrument: call, buyer: bob, seller: alice, lots: 10, ticks: 1_000, taker: bob });
  assert.deepEqual(balances(venue, 0, [alice, bob, clearing]), [
    start - 2_250_000 + 9_700_000,
    start + 1_750_000 - 10_300_000,
    0,
  ]);
});

test("spot: base and quote change hands", () => {
  const venue = wholeVenue();
  const { spot } = instruments;
  const coins = 50_000_000;
  const start = 200_000_000_000;
  trade(venue, { instrument: spot, buyer: alice, seller: bob, lots: 20, ticks: 100_000, taker: bob });
  // 0.02 BTC for 2,000 USDC; fee 0.9, rebate 0.1.
  assert.deepEqual(balances(venue, assets.btc, [alice, bob]), [coins + 2_000_000, coins - 2_000_000]);
  assert.deepEqual(balances(venue, assets.usdc, [alice, bob]), [
    start - 2_000_000_000 + 100_000,
    start + 2_000_000_000 - 900_000,
  ]);
});

describe("spot orders cannot take more than there is", () => {
  test("more coin than the account has", () => {
    const venue = wholeVenue();
    const events = venue.send(
      ownerOf(alice),
      order({ account: alice, instrument: instruments.spot, side: "sell", lots: 501, priceTicks: 100_000 }),
    );
    assert.equal(events[0]?.type === "rejected" && events[0].code, "insufficientBalance");
  });
  test("resting orders count together", () => {
    const venue = wholeVenue();
    const sell = order({
      account: alice,
      instrument: instruments.spot,
      side: "sell",
      lots: 300,
      priceTicks: 100_000,
    });
    venue.must(ownerOf(alice), sell);
    const events = venue.send(ownerOf(alice), sell);
    assert.equal(events[0]?.type === "rejected" && events[0].code, "insufficientBalance");
    const withdrawal = venue.send(ownerOf(alice), {
      type: "withdraw",
      account: alice,
      asset: assets.btc,
      units: 20_000_001,
      destination: "",
    });
    assert.equal(withdrawal[0]?.type === "rejected" && withdrawal[0].code, "insufficientBalance");
  });
  test("a resting order whose coin has gone meanwhile is cut when it is met", () => {
    const venue = wholeVenue();
    const { inverse, spot } = instruments;
    venue.must(
      ownerOf(alice),
      order({ account: alice, instrument: spot, side: "sell", lots: 500, priceTicks: 100_000 }),
    );
    // A loss of 0.0243… BTC on an inverse perpetual comes out of the same coin.
    trade(venue, { instrument: inverse, buyer: bob, seller: alice, lots: 5_000, ticks: 95_000, taker: bob });
    trade(venue, { instrument: inverse, buyer: alice, seller: bob, lots: 5_000, ticks: 100_000, taker: bob });
    const left = balances(venue, assets.btc, [alice])[0]!;
    assert.ok(left < 50_000_000);
    const events = venue.must(
      ownerOf(carol),
      order({ account: carol, instrument: spot, lots: 600, priceTicks: 100_000 }),
    );
    const sold = events.find((event) => event.type === "orderFilled");
    assert.equal(sold?.lots, Math.floor(left / 100_000));
    assert.equal(balances(venue, assets.btc, [alice])[0], left % 100_000);
  });
});

test("fees of one order are charged on its running total: splitting it costs nothing", () => {
  const feesOf = (sizes: readonly number[]): number => {
    const venue = wholeVenue();
    const { ethPerpetual } = instruments;
    for (const [i, lots] of sizes.entries()) send(venue, bob, ethPerpetual, "sell", lots, 40_001 + i);
    const before = balances(venue, 0, [alice])[0]!;
    const lots = sizes.reduce((sum, size) => sum + size, 0);
    send(venue, alice, ethPerpetual, "buy", lots, 40_100);
    return before - balances(venue, 0, [alice])[0]!;
  };
  // Lots of 0.01 ETH at ticks of 0.1 USDC: 1,000 units per tick.
  const value = (sizes: readonly number[]): number =>
    sizes.reduce((sum, size, i) => sum + size * (40_001 + i) * 1_000, 0);
  for (const sizes of [[7], [1, 1, 1, 1, 1, 1, 1], [3, 1, 2]]) {
    assert.equal(feesOf(sizes), Math.ceil((value(sizes) * 450) / 1_000_000));
  }
});

test("a rebate is never more than the taker's fee", () => {
  const venue = wholeVenue();
  venue.must(officer, {
    type: "setParameter",
    target: "instrument",
    index: 0,
    parameter: "takerFeePpm",
    value: 60,
  });
  venue.tick(7_300_000);
  venue.price(0, 100_000);
  const before = balances(venue, 0, [bob, houseAccount.fees]);
  for (let i = 0; i < 5; i++) {
    trade(venue, { instrument: 0, buyer: alice, seller: bob, lots: 1, ticks: 100_000, taker: alice });
  }
  const [maker, house] = balances(venue, 0, [bob, houseAccount.fees]);
  assert.equal(maker! - before[0]!, 25_000);
  assert.equal(house! - before[1]!, 5_000);
});
