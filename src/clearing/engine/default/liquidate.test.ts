import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, officer, order, type TestVenue } from "../../../../test/properties/clearing-venue.ts";
import { firstAccount, wholeVenue } from "../../../../test/properties/clearing-whole-venue.ts";
import { type ClearingEvent } from "../../protocol/index.ts";

const bob = firstAccount + 2;
const small = firstAccount + 6;
const owner = addressOf(9);

/** An account of 1,000 USDC that is long 0.1 BTC, in a market with bids below the mark. */
function leveraged(): TestVenue {
  const venue = wholeVenue();
  assert.equal(venue.account(owner, 1_000_000_000), small);
  venue.must(addressOf(2), order({ account: bob, side: "sell", lots: 100, priceTicks: 100_000 }));
  venue.must(owner, order({ account: small, lots: 100, priceTicks: 100_000 }));
  return venue;
}

const kinds = (events: readonly ClearingEvent[], ...types: string[]): ClearingEvent[] =>
  events.filter(({ type }) => types.includes(type));

test("a breach is stepped out of with as little as restores the target", () => {
  const venue = leveraged();
  venue.timeMs += 60_000;
  venue.price(0, 92_200);
  venue.must(addressOf(2), order({ account: bob, lots: 500, priceTicks: 92_100 }));
  const { stores } = venue.engine;
  const log: ClearingEvent[] = [];
  for (let i = 0; i < 20; i++) {
    venue.timeMs += 5_000;
    log.push(...venue.price(0, 92_200));
  }
  console.log(
    JSON.stringify(kinds(log, "liquidationStarted", "liquidationStepped", "liquidationEnded"), null, 0),
  );
  console.log(stores.positions.lotsOf(small, 0), stores.margin.figures(small));
  assert.equal(officer.length > 0, true);
});
