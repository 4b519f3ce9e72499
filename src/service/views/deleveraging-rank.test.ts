import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, order } from "../../../test/properties/clearing-venue.ts";
import { instruments, wholeVenue } from "../../../test/properties/clearing-whole-venue.ts";
import { deleveragingRanks } from "./deleveraging-rank.ts";

test("the more leveraged of one side come first, whatever the sizes; who is hedged comes last", () => {
  const venue = wholeVenue();
  const maker = venue.account(addressOf(20), 1_000_000_000_000);
  const long = (owner: number, dollars: number, lots: number): number => {
    const account = venue.account(addressOf(owner), dollars * 1_000_000);
    venue.must(addressOf(20), order({ account: maker, side: "sell", lots, priceTicks: 100_000 }));
    venue.must(addressOf(owner), order({ account, lots, priceTicks: 100_000 }));
    return account;
  };
  // 0.1 BTC each time, and 1 BTC with ten times the money of the first.
  const [high, low, large, alone] = [
    long(21, 1_000, 100),
    long(22, 5_000, 100),
    long(23, 20_000, 1_000),
    maker,
  ];
  const hedged = long(24, 1_000, 100);
  venue.must(
    addressOf(20),
    order({ account: maker, instrument: instruments.future, lots: 90, priceTicks: 100_000 }),
  );
  const hedge = { account: hedged, instrument: instruments.future, side: "sell", lots: 90 } as const;
  venue.must(addressOf(24), order({ ...hedge, priceTicks: 100_000 }));
  // One answer spends little time on places: on a busy machine the next one has them.
  const rank = (account: number): number | undefined => {
    let found: number | undefined;
    for (let tries = 0; tries < 100 && found === undefined; tries++) {
      found = deleveragingRanks(venue.engine, account)(0);
    }
    return found;
  };
  assert.deepEqual([high, large, low, hedged].map(rank), [1, 2 / 3, 1 / 3, 0]);
  assert.equal(rank(alone), 1);
  assert.equal(deleveragingRanks(venue.engine, high)(1), undefined, "no position, no place");
});
