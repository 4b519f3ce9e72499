// Faults that the twin of test/model/clearing-twin.test.ts found, each by the fewest commands.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addressOf,
  coin,
  officer,
  option,
  order,
  perpetual,
  startMs,
  TestVenue,
  underlying,
  usdc,
} from "../../../test/properties/clearing-venue.ts";
import { type ClearingEvent } from "../protocol/index.ts";

const [alice, bob, carol] = [addressOf(0xa1), addressOf(0xb0), addressOf(0xca)];

/** A venue with a perpetual and nobody in it; bitcoin is at 100,000. */
function venueOf(change: Parameters<typeof perpetual>[0] = {}): TestVenue {
  const venue = new TestVenue();
  venue.open();
  venue.must(officer, { type: "listAsset", asset: { ...usdc, borrowable: false, borrowCapUnits: 0 } });
  venue.must(officer, {
    type: "listUnderlying",
    underlying: underlying("BTC", { maxMovePerSecondPpm: 1_000_000 }),
  });
  venue.must(officer, { type: "listAsset", asset: coin("BTC") });
  venue.must(officer, { type: "listInstrument", instrument: perpetual({ makerFeePpm: 0, ...change }) });
  venue.price(0, 100_000);
  return venue;
}

const one = <T extends ClearingEvent["type"]>(
  events: readonly ClearingEvent[],
  type: T,
): Extract<ClearingEvent, { type: T }> => {
  const found = events.find((event) => event.type === type);
  assert.ok(found, `${type} among ${events.map((event) => event.type).join(" ")}`);
  return found as Extract<ClearingEvent, { type: T }>;
};

test("a reduce-only order that is amended beyond what it may close is as it was, and says so", () => {
  const venue = venueOf();
  const [a, b] = [venue.account(alice, 1e10), venue.account(bob, 1e10)];
  venue.must(bob, order({ account: b, side: "sell", priceTicks: 100_000, lots: 21 }));
  venue.must(alice, order({ account: a, side: "buy", priceTicks: 100_000, lots: 21 }));
  const rest = { account: a, side: "sell", priceTicks: 100_100, lots: 21, reduceOnly: true } as const;
  const { orderId } = one(venue.must(alice, order(rest)), "orderRested");
  const amend = {
    type: "amendOrder",
    account: a,
    orderId,
    clientOrderId: 0,
    priceTicks: 100_100,
    lots: 39,
  } as const;
  assert.equal(one(venue.send(alice, amend), "rejected").code, "alreadyDone");
});

test("what self-trade prevention takes off an order is not told as still open", () => {
  const venue = venueOf();
  const [a, b] = [venue.account(alice, 1e10), venue.account(bob, 1e10)];
  venue.must(alice, order({ account: a, side: "sell", priceTicks: 100_000, lots: 8 }));
  venue.must(bob, order({ account: b, side: "sell", priceTicks: 100_000, lots: 70 }));
  const take = {
    account: a,
    side: "buy",
    priceTicks: 100_000,
    lots: 78,
    selfTradePrevention: "decrement",
  } as const;
  const fills = venue.must(alice, order(take)).filter((event) => event.type === "orderFilled");
  assert.deepEqual(
    fills.map(({ role, lots, remainingLots }) => [role, lots, remainingLots]),
    [
      ["maker", 70, 0],
      ["taker", 70, 0],
    ],
  );
});

test("units held for a withdrawal are not margin, though the balance is spent", () => {
  const venue = venueOf();
  const a = venue.account(alice, 1e9);
  venue.must(alice, { type: "withdraw", account: a, asset: 0, units: 600_000_000, destination: alice });
  const { ledger, margin } = venue.engine.stores;
  // As a loss would: everything goes but what is held.
  ledger.transfer(a, 1, 0, 1e9);
  assert.equal(ledger.balance(a, 0), 0);
  assert.equal(margin.figures(a).equityMicros, -600_000_000);
});

test("an order that the mark has passed may be amended by an account that can afford the new one", () => {
  const venue = venueOf({ priceBandPpm: 200_000 });
  const a = venue.account(alice, 800_000_000);
  venue.must(alice, order({ account: a, side: "buy", priceTicks: 90_000, lots: 1 }));
  const { orderId } = one(
    venue.must(alice, order({ account: a, side: "buy", priceTicks: 99_000, lots: 60 })),
    "orderRested",
  );
  venue.timeMs += 1_000;
  venue.price(0, 93_000);
  // 60 lots need 279 of margin and lose 360 at once. Counted twice, the loss would be too much.
  const amend = {
    type: "amendOrder",
    account: a,
    orderId,
    clientOrderId: 0,
    priceTicks: 98_999,
    lots: 60,
  } as const;
  one(venue.must(alice, amend), "orderRested");
});

test("orders that the mark has passed stay if, coming now, they would be accepted", () => {
  const venue = venueOf({ priceBandPpm: 200_000 });
  const a = venue.account(alice, 700_000_000);
  venue.must(alice, order({ account: a, side: "buy", priceTicks: 90_000, lots: 1 }));
  venue.must(alice, order({ account: a, side: "buy", priceTicks: 99_000, lots: 60 }));
  venue.timeMs += 1_000;
  const events = venue.price(0, 93_000);
  assert.equal(
    events.some(({ type }) => type === "orderCancelled"),
    false,
  );
  assert.equal(venue.engine.stores.orders.accountOrderCount(a), 2);
});

test("an option has no price without a surface, in the money or out of it", () => {
  const venue = venueOf();
  const a = venue.account(alice, 1e10);
  const expiryMs = startMs + 86_400_000;
  const call = { strikeMicros: 90_000_000_000, name: "BTC-90000-C" };
  venue.must(officer, { type: "listInstrument", instrument: option(expiryMs, call) });
  const events = venue.send(alice, order({ account: a, instrument: 1, priceTicks: 10_000, lots: 1 }));
  assert.equal(one(events, "rejected").code, "noPrice");
});

test("what an account can pay for is found at once, however many lots it bids for", () => {
  const venue = venueOf();
  const expiryMs = startMs + 86_400_000;
  venue.must(officer, {
    type: "listInstrument",
    instrument: option(expiryMs, {
      strikeMicros: 110_000_000_000,
      tickMicros: 1_000,
      maxOrderLots: 100_000_000,
      positionLimitLots: 1_000_000_000,
      priceBandPpm: 1_000_000,
    }),
  });
  venue.must(officer, {
    type: "publishSurface",
    underlying: 0,
    timeMs: venue.timeMs,
    slices: [{ expiryMs, forwardMicros: 100_000_000_000, a: 1e-5, b: 1e-4, rho: 0, m: 0, sigma: 0.1 }],
  });
  const [b, c] = [venue.account(bob, 300_000_000), venue.account(carol, 9.5e14)];
  // 100 million lots at a thousandth of a dollar: 112.50 with the largest fee. Then 200 of the 300 go.
  venue.must(bob, order({ account: b, instrument: 1, priceTicks: 1, lots: 100_000_000 }));
  venue.engine.stores.ledger.transfer(b, 1, 0, 200_000_000);
  const events = venue.send(
    carol,
    order({ account: c, instrument: 1, side: "sell", priceTicks: 1, lots: 90_000_000 }),
  );
  const [cut] = events.filter((event) => event.type === "orderAmended");
  // 88,888,888 lots cost 88.888888 and 11.111111 of fees; one more is too much.
  assert.equal(cut?.type === "orderAmended" ? cut.lots : 0, 88_888_888);
});

test("where only what lessens a position is taken, two orders cannot close it twice", () => {
  const venue = venueOf();
  const [a, b] = [venue.account(alice, 1e10), venue.account(bob, 1e10)];
  venue.must(bob, order({ account: b, side: "sell", priceTicks: 100_000, lots: 10 }));
  venue.must(alice, order({ account: a, side: "buy", priceTicks: 100_000, lots: 10 }));
  venue.must(officer, { type: "setInstrumentStatus", instrument: 0, status: "reduceOnly" });
  const close = order({ account: a, side: "sell", priceTicks: 100_100, lots: 10 });
  venue.must(alice, close);
  assert.equal(one(venue.send(alice, close), "rejected").code, "reduceOnly");
});

test("a reduce-only order for options never opens a position", () => {
  for (const [opening, closing, ticks] of [
    ["buy", "sell", 5],
    ["sell", "buy", 1],
  ] as const) {
    const venue = venueOf();
    const expiryMs = startMs + 86_400_000;
    venue.must(officer, {
      type: "listInstrument",
      instrument: option(expiryMs, { tickMicros: 100_000_000 }),
    });
    const slice = { expiryMs, forwardMicros: 100_000_000_000, a: 1e-5, b: 1e-4, rho: 0, m: 0, sigma: 0.1 };
    venue.must(officer, { type: "publishSurface", underlying: 0, timeMs: venue.timeMs, slices: [slice] });
    const [a, b] = [venue.account(alice, 1e10), venue.account(bob, 1e11)];
    const send = (owner: string, change: Parameters<typeof order>[0]): ClearingEvent[] =>
      venue.must(owner, order({ instrument: 1, ...change }));
    send(bob, { account: b, side: closing, priceTicks: 3, lots: 10 });
    send(alice, { account: a, side: opening, priceTicks: 3, lots: 10 });
    send(alice, { account: a, side: closing, priceTicks: ticks, lots: 10, reduceOnly: true });
    // The position closes another way, as a maker's: the order is cut when it is met.
    send(alice, { account: a, side: closing, priceTicks: 3, lots: 6 });
    send(bob, { account: b, side: opening, priceTicks: 3, lots: 6 });
    send(bob, { account: b, side: opening, priceTicks: ticks, lots: 10 });
    assert.equal(venue.engine.stores.positions.lotsOf(a, 1), 0, closing);
  }
});
