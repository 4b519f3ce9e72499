import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, officer, order, type TestVenue } from "../../../test/properties/clearing-venue.ts";
import { firstAccount, instruments, wholeVenue } from "../../../test/properties/clearing-whole-venue.ts";
import { type ClearingEvent } from "../protocol/index.ts";

const bob = firstAccount + 2;
const small = firstAccount + 6;
const owner = addressOf(9);

/** An account of 1,000 USDC that is long 0.1 BTC, with orders on both sides. */
function leveraged(): TestVenue {
  const venue = wholeVenue();
  assert.equal(venue.account(owner, 1_000_000_000), small);
  venue.must(addressOf(2), order({ account: bob, side: "sell", lots: 100, priceTicks: 100_000 }));
  venue.must(owner, order({ account: small, lots: 100, priceTicks: 100_000 }));
  venue.must(owner, order({ account: small, lots: 5, priceTicks: 91_000 }));
  venue.must(owner, order({ account: small, side: "sell", lots: 60, priceTicks: 105_000 }));
  venue.must(owner, order({ account: small, side: "sell", lots: 60, priceTicks: 106_000 }));
  return venue;
}

const called = (events: readonly ClearingEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.type === "marginCalled" || event.type === "marginRestored")
      return [`${event.type} ${event.account}`];
    return event.type === "orderCancelled" ? [`cancelled ${event.lots} ${event.reason}`] : [];
  });

test("an account below maintenance is called once, and loses the orders that add risk", () => {
  const venue = leveraged();
  venue.timeMs += 60_000;
  assert.deepEqual(called(venue.price(0, 95_000)), []);
  venue.timeMs += 60_000;
  // 0.1 BTC down 7,800: 220 USDC are left against 2.5 % of 9,220.
  assert.deepEqual(called(venue.price(0, 92_200)), [
    "marginCalled 20",
    "cancelled 5 margin",
    "cancelled 60 margin",
  ]);
  venue.timeMs += 60_000;
  assert.deepEqual(called(venue.price(0, 92_100)), []);
  // Between maintenance and the target of its liquidation it stays called.
  venue.timeMs += 60_000;
  assert.deepEqual(called(venue.price(0, 92_400)), []);
  venue.timeMs += 60_000;
  assert.deepEqual(called(venue.price(0, 96_000)), ["marginRestored 20"]);
});

test("a deposit restores it at once", () => {
  const venue = leveraged();
  venue.timeMs += 60_000;
  venue.price(0, 92_200);
  const deposit = venue.must(officer, {
    type: "deposit",
    account: small,
    asset: 0,
    units: 1_000_000_000,
    reference: "rescue",
  });
  assert.deepEqual(called(deposit), ["marginRestored 20"]);
});

test("it may lessen its position, not add to it", () => {
  const venue = leveraged();
  venue.timeMs += 60_000;
  venue.price(0, 92_200);
  venue.must(addressOf(2), order({ account: bob, lots: 50, priceTicks: 92_000 }));
  const add = venue.send(owner, order({ account: small, lots: 1, priceTicks: 92_100 }));
  assert.equal(add[0]?.type === "rejected" && add[0].code, "insufficientMargin");
  const lessen = venue.send(owner, order({ account: small, side: "sell", lots: 40, priceTicks: 92_000 }));
  assert.equal(lessen.filter(({ type }) => type === "traded").length, 1);
  const other = venue.send(
    owner,
    order({ account: small, instrument: instruments.ethPerpetual, lots: 1, priceTicks: 40_000 }),
  );
  assert.equal(other[0]?.type === "rejected" && other[0].code, "insufficientMargin");
});

test("an order that trades at once is margined at the price that it would meet, not at the end of the band", () => {
  const venue = leveraged();
  venue.timeMs += 60_000;
  // 445 USDC are left: above maintenance, 236, and below initial margin, 472.
  venue.price(0, 94_500);
  const { equityMicros, initialMicros, maintenanceMicros } = venue.engine.stores.margin.figures(small);
  assert.ok(equityMicros < initialMicros && equityMicros > maintenanceMicros);
  venue.must(owner, { type: "cancelAll", account: small, instrument: -1 });
  venue.must(addressOf(2), order({ account: bob, lots: 50, priceTicks: 94_400 }));
  // At the end of the band 40 lots would cost 378, and leave too little for the other 60.
  const resting = venue.send(owner, order({ account: small, side: "sell", lots: 40, priceTicks: 85_050 }));
  assert.equal(resting[0]?.type === "rejected" && resting[0].code, "insufficientMargin");
  const market = venue.send(owner, order({ account: small, side: "sell", lots: 40 }));
  assert.equal(market.filter(({ type }) => type === "traded").length, 1);
});
