import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkInvariants } from "../../../test/properties/clearing-invariants.ts";
import {
  codeOf,
  officer,
  order,
  ownerOf,
  perpetual,
  type TestVenue,
  usd,
  venueOf,
} from "../../../test/clearing-audit/world.ts";
import { type ClearingEvent, type PlaceOrder, type TradingStatus } from "../protocol/index.ts";

/** Alice is ten long against Bob. Carol has nothing; she bids for twenty, above Bob's bid for fifteen. */
function venueWithBids(): { venue: TestVenue; accounts: readonly [number, number, number] } {
  const venue = venueOf();
  const accounts = [1, 2, 3].map((n) => venue.account(ownerOf(n), usd(1_000_000))) as [
    number,
    number,
    number,
  ];
  const [alice, bob, carol] = accounts;
  const place = (n: number, change: Partial<PlaceOrder>): void =>
    void venue.must(ownerOf(n), order({ account: accounts[n - 1]!, ...change }));
  place(2, { account: bob, side: "sell", priceTicks: 100_000, lots: 10 });
  place(1, { account: alice, priceTicks: 100_000, lots: 10 });
  place(3, { account: carol, priceTicks: 99_990, lots: 20 });
  place(2, { account: bob, priceTicks: 99_980, lots: 15 });
  return { venue, accounts };
}

const restrictions: readonly (readonly [string, (venue: TestVenue, status: TradingStatus) => void])[] = [
  [
    "of the instrument",
    (venue, status) => void venue.must(officer, { type: "setInstrumentStatus", instrument: 0, status }),
  ],
  ["of the venue", (venue, status) => void venue.must(officer, { type: "setVenueStatus", status })],
];

const cancelled = (events: readonly ClearingEvent[]): unknown[] =>
  events.flatMap((event) =>
    event.type === "orderCancelled" || event.type === "orderAmended"
      ? [[event.account, event.lots, event.type === "orderCancelled" ? event.reason : "cut"]]
      : [],
  );

for (const [name, restrict] of restrictions) {
  describe(`under reduce-only ${name}`, () => {
    test("resting orders that would open go when they are met, the others close as far as they can", () => {
      const { venue, accounts } = venueWithBids();
      const [alice, bob, carol] = accounts;
      restrict(venue, "reduceOnly");
      const close = order({ account: alice, side: "sell", priceTicks: 99_000, lots: 10, timeInForce: "ioc" });
      const { positions, orders } = venue.engine.stores;
      const before = orders.book(0).preview({
        side: 1,
        priceTicks: 99_000,
        lots: 10,
        account: alice,
        selfTrade: "cancel-resting",
        nowMs: venue.timeMs,
        maxSteps: 1_000,
      });
      assert.deepEqual([before.fillableLots, before.worstTicks], [10, 99_980]);
      const events = venue.must(ownerOf(1), close);
      assert.deepEqual(cancelled(events), [
        [carol, 20, "reduceOnly"],
        [bob, 10, "cut"],
      ]);
      assert.deepEqual(
        accounts.map((account) => positions.lotsOf(account, 0)),
        [0, 0, 0],
      );
      assert.equal(positions.openInterest(0), 0);
      checkInvariants(venue);
    });
    test("what was not met counts again once it is lifted", () => {
      const { venue, accounts } = venueWithBids();
      const [alice, , carol] = accounts;
      restrict(venue, "reduceOnly");
      const open = order({ account: alice, priceTicks: 100_000, lots: 1 });
      assert.equal(codeOf(venue.send(ownerOf(1), open)), "reduceOnly");
      restrict(venue, "active");
      venue.must(ownerOf(1), order({ account: alice, side: "sell", priceTicks: 99_990, lots: 10 }));
      assert.equal(venue.engine.stores.positions.lotsOf(carol, 0), 10);
    });
  });
}

test("no fill of resting orders takes open interest above its cap", () => {
  const venue = venueOf([perpetual({ openInterestCapLots: 15 })]);
  const accounts = Array.from({ length: 5 }, (_, n) => venue.account(ownerOf(n), usd(1_000_000)));
  const place = (n: number, change: Partial<PlaceOrder>): string | undefined =>
    codeOf(venue.send(ownerOf(n), order({ account: accounts[n]!, priceTicks: 100_000, ...change })));
  // Each may rest alone; together they would be twice the cap.
  for (const n of [0, 1, 2]) assert.equal(place(n, { lots: 10, side: "sell" }), undefined);
  assert.equal(place(3, { lots: 10 }), undefined);
  const { positions } = venue.engine.stores;
  assert.equal(positions.openInterest(0), 10);
  assert.equal(place(4, { lots: 6 }), "overOpenInterest");
  assert.equal(place(4, { lots: 5 }), undefined);
  assert.equal(positions.openInterest(0), 15);
  // Who closes may meet any of them: what one side closes adds nothing.
  assert.equal(place(3, { lots: 10, side: "sell", priceTicks: 100_010 }), undefined);
  assert.equal(place(0, { lots: 10, priceTicks: 100_010, reduceOnly: true }), undefined);
  assert.ok(positions.openInterest(0) <= 15);
  checkInvariants(venue);
});
