import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addressOf,
  officer,
  order,
  perpetual,
  TestVenue,
  underlying,
  usdc,
} from "../../../test/properties/clearing-venue.ts";
import { type ClearingEvent } from "../protocol/index.ts";
import { maxSweepAccounts } from "./limits.ts";

const usd = (amount: number): number => amount * 1_000_000;
const [alice, bob, carol] = [addressOf(1), addressOf(2), addressOf(3)];

/** A perpetual, and so many accounts that hold nothing that the sweep does not come round to later ones at once. */
function crowdedVenue(): TestVenue {
  const venue = new TestVenue();
  venue.open();
  venue.must(officer, { type: "listAsset", asset: usdc });
  venue.must(officer, { type: "listUnderlying", underlying: underlying("BTC") });
  venue.must(officer, { type: "listInstrument", instrument: perpetual() });
  venue.price(0, 100_000);
  for (let i = 0; i < maxSweepAccounts; i++) venue.account(addressOf(1_000 + Math.floor(i / 1_000)), 0);
  while (venue.engine.stores.state.sweepRemaining > 0) venue.tick(0);
  return venue;
}

const told = (events: readonly ClearingEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.type === "marginCalled") return [`called ${event.account}`];
    if (event.type === "traded") return [`traded ${event.lots} at ${event.priceMicros / 1e6}`];
    return event.type === "orderCancelled"
      ? [`cancelled ${event.lots} of ${event.account}, ${event.reason}`]
      : [];
  });

test("an account behind a crowd that holds nothing is called with the next command, not many later", () => {
  const venue = crowdedVenue();
  const maker = venue.account(bob, usd(1_000_000));
  const victim = venue.account(alice, usd(600));
  venue.must(bob, order({ account: maker, side: "sell", lots: 100, priceTicks: 100_000 }));
  venue.must(alice, order({ account: victim, lots: 100, priceTicks: 100_000 }));
  venue.timeMs += 60_000;
  const { state } = venue.engine.stores;
  const looks = venue.engine.stores.watch.lookCount;
  const first = told(venue.price(0, 96_000));
  const second = told(venue.tick(0));
  assert.deepEqual([...first, ...second], [`called ${victim}`]);
  assert.equal(state.sweepRemaining, 0);
  assert.equal(venue.engine.stores.watch.lookCount - looks, 2, "two accounts hold anything");
});

test("nobody trades with the order of an account that is below its maintenance margin but not called yet", () => {
  const venue = crowdedVenue();
  const maker = venue.account(bob, usd(1_000_000));
  const taker = venue.account(carol, usd(1_000_000));
  const victim = venue.account(alice, usd(600));
  venue.must(bob, order({ account: maker, side: "sell", lots: 80, priceTicks: 100_000 }));
  venue.must(alice, order({ account: victim, lots: 80, priceTicks: 100_000 }));
  venue.must(alice, order({ account: victim, lots: 20, priceTicks: 92_000 }));
  venue.must(bob, order({ account: maker, lots: 5, priceTicks: 92_000 }));
  venue.timeMs += 60_000;
  // The sweep comes as far as the crowd.
  assert.deepEqual(told(venue.price(0, 93_000)), []);
  assert.ok(venue.engine.stores.state.sweepRemaining > 0);
  const events = venue.send(
    carol,
    order({ account: taker, side: "sell", lots: 8, priceTicks: 91_500, timeInForce: "ioc" }),
  );
  assert.deepEqual(told(events), [
    `called ${victim}`,
    `cancelled 20 of ${victim}, margin`,
    "traded 5 at 92000",
    `cancelled 3 of ${taker}, unfilled`,
  ]);
});

test("nor with an order that the mark has passed and that its account could not place now", () => {
  const venue = crowdedVenue();
  const taker = venue.account(carol, usd(1_000_000));
  const victim = venue.account(alice, usd(500));
  venue.must(alice, order({ account: victim, lots: 90, priceTicks: 99_900 }));
  venue.timeMs += 60_000;
  assert.deepEqual(told(venue.price(0, 95_000)), []);
  const sell = order({ account: taker, side: "sell", lots: 90, priceTicks: 94_000, timeInForce: "ioc" });
  assert.deepEqual(told(venue.send(carol, sell)), [
    `cancelled 90 of ${victim}, margin`,
    `cancelled 90 of ${taker}, unfilled`,
  ]);
});
