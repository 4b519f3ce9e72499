import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addressOf, order, startMs, type TestVenue } from "../../../test/properties/clearing-venue.ts";
import { firstAccount, instruments, wholeVenue } from "../../../test/properties/clearing-whole-venue.ts";
import { type ClearingEvent, type Leg, type MassQuote, type Quote } from "../protocol/index.ts";

const alice = firstAccount;
const aliceToo = firstAccount + 1;
const bob = firstAccount + 2;
const carol = firstAccount + 4;
const ownerOf = (account: number): string => addressOf(1 + ((account - firstAccount) >> 1));
const { perpetual, call, put, future, spot } = instruments;

const codeOf = (events: readonly ClearingEvent[]): string => {
  const refused = events.find((event) => event.type === "rejected");
  return refused ? `${refused.code} ${refused.field}` : "accepted";
};
const request = (venue: TestVenue, legs: readonly Leg[], counterparty = -1): ClearingEvent[] =>
  venue.send(ownerOf(alice), {
    type: "requestQuote",
    account: alice,
    legs,
    counterparty,
    expiryMs: startMs + 60_000,
  });
const offer = (venue: TestVenue, account: number, priceTicks: readonly number[], to = 1): ClearingEvent[] =>
  venue.send(ownerOf(account), {
    type: "offerQuote",
    account,
    request: to,
    priceTicks,
    expiryMs: startMs + 60_000,
  });
const accept = (venue: TestVenue, account = alice, taken = 1): ClearingEvent[] =>
  venue.send(ownerOf(account), { type: "acceptQuote", account, offer: taken });
const lotsOf = (venue: TestVenue, account: number, instrument: number): number =>
  venue.engine.stores.positions.lotsOf(account, instrument);

describe("block trades", () => {
  test("all legs trade at once, outside the books", () => {
    const venue = wholeVenue();
    // Better prices stand in the book: they are left alone.
    venue.must(
      ownerOf(carol),
      order({ account: carol, instrument: perpetual, side: "sell", lots: 5, priceTicks: 100_000 }),
    );
    request(venue, [
      { instrument: perpetual, lots: 10 },
      { instrument: call, lots: -10 },
      { instrument: spot, lots: 3 },
    ]);
    offer(venue, bob, [100_100, 215, 100_050]);
    const events = accept(venue);
    assert.equal(codeOf(events), "accepted");
    assert.deepEqual(
      events.flatMap((event) =>
        event.type === "traded" ? [[event.instrument, event.lots, event.takerSide, event.source]] : [],
      ),
      [
        [perpetual, 10, "buy", "block"],
        [call, 10, "sell", "block"],
        [spot, 3, "buy", "block"],
      ],
    );
    assert.deepEqual([lotsOf(venue, alice, perpetual), lotsOf(venue, bob, perpetual)], [10, -10]);
    assert.deepEqual([lotsOf(venue, alice, call), lotsOf(venue, bob, call)], [-10, 10]);
    assert.equal(codeOf(accept(venue)), "unknownQuote offer");
  });
  test("both sides are margined after all legs: a hedged block passes where a leg alone would not", () => {
    const venue = wholeVenue();
    request(venue, [{ instrument: perpetual, lots: 35_000 }]);
    offer(venue, bob, [100_000]);
    assert.equal(codeOf(accept(venue)), "accepted");
    const other = wholeVenue();
    request(other, [{ instrument: perpetual, lots: 60_000 }]);
    offer(other, bob, [100_000]);
    assert.equal(codeOf(accept(other)), "insufficientMargin equityMicros");
    assert.equal(lotsOf(other, alice, perpetual), 0);
    // A bought call spread costs its premium; the sold leg alone would need margin.
    const spread = wholeVenue();
    request(spread, [
      { instrument: call, lots: 10 },
      { instrument: put, lots: -10 },
      { instrument: future, lots: -10 },
    ]);
    offer(spread, bob, [212, 212, 100_000]);
    assert.equal(codeOf(accept(spread)), "accepted");
  });
  const refusals: readonly (readonly [string, (venue: TestVenue) => ClearingEvent[], string])[] = [
    ["no legs", (venue) => request(venue, []), "malformed legs"],
    [
      "one instrument twice",
      (venue) =>
        request(venue, [
          { instrument: 0, lots: 1 },
          { instrument: 0, lots: 1 },
        ]),
      "malformed legs[1].instrument",
    ],
    ["no lots", (venue) => request(venue, [{ instrument: 0, lots: 0 }]), "notATick legs[0].lots"],
    [
      "unknown instrument",
      (venue) => request(venue, [{ instrument: 99, lots: 1 }]),
      "unknownInstrument legs[0].instrument",
    ],
    ["to itself", (venue) => request(venue, [{ instrument: 0, lots: 1 }], alice), "malformed counterparty"],
    [
      "to nobody",
      (venue) => request(venue, [{ instrument: 0, lots: 1 }], 999),
      "unknownAccount counterparty",
    ],
    [
      "an offer to oneself",
      (venue) => (request(venue, [{ instrument: 0, lots: 1 }]), offer(venue, aliceToo, [100_000])),
      "unknownQuote request",
    ],
    [
      "an offer by who was not asked",
      (venue) => (request(venue, [{ instrument: 0, lots: 1 }], carol), offer(venue, bob, [100_000])),
      "unknownQuote request",
    ],
    [
      "too few prices",
      (venue) => (request(venue, [{ instrument: 0, lots: 1 }]), offer(venue, bob, [])),
      "malformed priceTicks",
    ],
    [
      "out of the band",
      (venue) => (request(venue, [{ instrument: 0, lots: 1 }]), offer(venue, bob, [111_000])),
      "outsidePriceBand priceTicks[0]",
    ],
    [
      "another's request accepted",
      (venue) => (
        request(venue, [{ instrument: 0, lots: 1 }]),
        offer(venue, bob, [100_000]),
        accept(venue, carol)
      ),
      "unknownQuote offer",
    ],
  ];
  for (const [name, act, code] of refusals)
    test(`refused: ${name}`, () => assert.equal(codeOf(act(wholeVenue())), code));
});

describe("mass quotes", () => {
  const quote = (venue: TestVenue, quotes: readonly Quote[]): ClearingEvent[] =>
    venue.send(ownerOf(bob), { type: "massQuote", account: bob, quotes } satisfies MassQuote);
  const both = (instrument: number, bidTicks: number, askTicks: number, lots = 5): Quote => ({
    instrument,
    bidTicks,
    bidLots: lots,
    askTicks,
    askLots: lots,
  });
  const top = (venue: TestVenue, instrument: number): [number, number] => {
    const book = venue.engine.stores.orders.book(instrument);
    return [book.bestBidTicks, book.bestAskTicks];
  };
  test("replace the former ones of their instruments alone", () => {
    const venue = wholeVenue();
    venue.must(ownerOf(bob), order({ account: bob, instrument: perpetual, lots: 1, priceTicks: 99_000 }));
    quote(venue, [both(perpetual, 99_990, 100_010), both(call, 210, 214)]);
    assert.deepEqual(
      [top(venue, perpetual), top(venue, call)],
      [
        [99_990, 100_010],
        [210, 214],
      ],
    );
    const events = quote(venue, [both(perpetual, 99_980, 99_985)]);
    assert.equal(
      events.filter((event) => event.type === "orderCancelled" && event.reason === "replaced").length,
      2,
    );
    assert.deepEqual(
      [top(venue, perpetual), top(venue, call)],
      [
        [99_980, 99_985],
        [210, 214],
      ],
    );
    quote(venue, [both(perpetual, 0, 0, 0), both(call, 0, 0, 0)]);
    assert.deepEqual(
      [top(venue, perpetual), top(venue, call)],
      [
        [99_000, 0],
        [0, 0],
      ],
    );
  });
  test("are all refused for one, and nothing changes", () => {
    const venue = wholeVenue();
    quote(venue, [both(perpetual, 99_990, 100_010)]);
    venue.must(
      ownerOf(carol),
      order({ account: carol, instrument: call, side: "sell", lots: 1, priceTicks: 212 }),
    );
    assert.equal(
      codeOf(quote(venue, [both(perpetual, 99_000, 101_000), both(call, 212, 220)])),
      "wouldTake quotes[1].bidTicks",
    );
    assert.equal(codeOf(quote(venue, [both(perpetual, 100_000, 100_000)])), "wouldTake quotes[0].bidTicks");
    assert.equal(codeOf(quote(venue, [both(perpetual, 1, 100_010)])), "outsidePriceBand quotes[0].bidTicks");
    assert.equal(
      codeOf(quote(venue, [both(perpetual, 99_990, 100_010), both(perpetual, 99_990, 100_010)])),
      "malformed quotes[1].instrument",
    );
    assert.equal(codeOf(quote(venue, [both(99, 1, 2)])), "unknownInstrument quotes[0].bidTicks");
    assert.deepEqual(top(venue, perpetual), [99_990, 100_010]);
  });
  test("are margined together, without the ones that they replace", () => {
    const venue = wholeVenue();
    const large = 39_000;
    assert.equal(codeOf(quote(venue, [both(perpetual, 99_990, 100_010, large)])), "accepted");
    assert.equal(codeOf(quote(venue, [both(perpetual, 99_980, 100_020, large)])), "accepted");
    assert.equal(
      codeOf(quote(venue, [both(perpetual, 99_980, 100_020, large), both(future, 99_980, 100_020, large)])),
      "insufficientMargin equityMicros",
    );
    assert.deepEqual(top(venue, perpetual), [99_980, 100_020]);
  });
});

describe("the table of requests", () => {
  const ask = (venue: TestVenue, owner: number, account: number): string =>
    codeOf(
      venue.send(addressOf(owner), {
        type: "requestQuote",
        account,
        legs: [{ instrument: perpetual, lots: 1 }],
        counterparty: -1,
        expiryMs: startMs + 60_000,
      }),
    );

  test("an owner has at most 64 of it, over all accounts", () => {
    const venue = wholeVenue();
    const accounts = Array.from({ length: 5 }, () => venue.account(addressOf(500), 0));
    const taken = accounts.map((account) => {
      let count = 0;
      while (ask(venue, 500, account) === "accepted") count++;
      return count;
    });
    assert.deepEqual(taken, [16, 16, 16, 16, 0]);
  });

  test("owners without collateral take half of it, and who has some gets in when it is full", () => {
    const venue = wholeVenue();
    let free = 0;
    for (let owner = 1_000; owner < 1_200; owner++) {
      const account = venue.account(addressOf(owner), 0);
      while (ask(venue, owner, account) === "accepted") free++;
    }
    assert.equal(free, 2_048);
    // Collateral that moves on from owner to owner fills the rest.
    let lent = 0;
    for (let owner = 2_000; lent < 2_048; owner++) {
      const account = venue.account(addressOf(owner), 16_000_000_000);
      while (ask(venue, owner, account) === "accepted") lent++;
      venue.must(addressOf(owner), {
        type: "withdraw",
        account,
        asset: 0,
        units: 16_000_000_000,
        destination: "x",
      });
    }
    const { requests } = venue.engine.stores;
    assert.ok(requests.isFull);
    const poor = venue.account(addressOf(4_000), 999_999_999);
    assert.equal(ask(venue, 4_000, poor), "overCapacity account");
    const honest = venue.account(addressOf(4_001), 1_000_000_000);
    assert.equal(ask(venue, 4_001, honest), "accepted");
    assert.deepEqual(
      venue.events.map(({ type }) => type),
      ["quoteExpired", "quoteRequested"],
    );
    assert.equal(requests.size, requests.capacity);
    assert.equal(ask(venue, 4_001, honest), "overCapacity account");
  });
});
