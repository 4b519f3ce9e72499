import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addressOf, officer, order, type TestVenue } from "../../../test/properties/clearing-venue.ts";
import { firstAccount, instruments, wholeVenue } from "../../../test/properties/clearing-whole-venue.ts";
import { type ClearingEvent, type PlaceOrder } from "../protocol/index.ts";

/** Accounts of three owners; the first owner has two. */
const [alice, aliceToo, bob, , carol] = [0, 1, 2, 3, 4].map((n) => firstAccount + n) as [
  number,
  number,
  number,
  number,
  number,
];
const ownerOf = (account: number): string => addressOf(1 + ((account - firstAccount) >> 1));

const place = (
  venue: TestVenue,
  change: Partial<PlaceOrder> & Pick<PlaceOrder, "account">,
): ClearingEvent[] =>
  venue.send(ownerOf(change.account), order({ priceTicks: 100_000, lots: 10, ...change }));

/** An event as short words, to compare at a glance; empty for those that other tests look at. */
function wordsOf(event: ClearingEvent): string {
  if (event.type === "rejected") return `rejected ${event.code} ${event.field}`;
  if (event.type === "orderAccepted") return `accepted ${event.orderId}`;
  if (event.type === "orderRested") return `rested ${event.orderId} ${event.lots}@${event.priceTicks}`;
  if (event.type === "orderFilled" && event.role === "taker") {
    return `filled ${event.orderId} ${event.lots}@${event.priceTicks}`;
  }
  if (event.type === "orderCancelled") return `cancelled ${event.orderId} ${event.lots} ${event.reason}`;
  if (event.type === "orderAmended") {
    const place = event.keptPriority ? "kept" : "lost";
    return `amended ${event.orderId} ${event.lots}@${event.priceTicks} ${place}`;
  }
  return event.type === "orderTriggered" ? `triggered ${event.orderId}` : "";
}

const words = (events: readonly ClearingEvent[]): string[] =>
  events.map(wordsOf).filter((text) => text !== "");

describe("what becomes of an order", () => {
  const book = (): TestVenue => {
    const venue = wholeVenue();
    place(venue, { account: bob, side: "sell", priceTicks: 100_010, lots: 10 });
    place(venue, { account: bob, side: "sell", priceTicks: 100_020, lots: 10 });
    place(venue, { account: bob, side: "buy", priceTicks: 99_990, lots: 10 });
    return venue;
  };
  const cases: readonly (readonly [string, Partial<PlaceOrder>, readonly string[]])[] = [
    ["rests away from the others", { priceTicks: 99_980 }, ["accepted 4", "rested 4 10@99980"]],
    [
      "trades, and rests the rest",
      { priceTicks: 100_010, lots: 12 },
      ["accepted 4", "filled 4 10@100010", "rested 4 2@100010"],
    ],
    [
      "sweeps two levels",
      { priceTicks: 100_020, lots: 15 },
      ["accepted 4", "filled 4 10@100010", "filled 4 5@100020"],
    ],
    [
      "market cancels the rest",
      { priceTicks: 0, lots: 25 },
      ["accepted 4", "filled 4 10@100010", "filled 4 10@100020", "cancelled 4 5 unfilled"],
    ],
    [
      "immediate or cancel",
      { priceTicks: 100_010, lots: 12, timeInForce: "ioc" },
      ["accepted 4", "filled 4 10@100010", "cancelled 4 2 unfilled"],
    ],
    [
      "fill or kill, whole",
      { priceTicks: 100_020, lots: 20, timeInForce: "fok" },
      ["accepted 4", "filled 4 10@100010", "filled 4 10@100020"],
    ],
    [
      "fill or kill, not whole",
      { priceTicks: 100_020, lots: 21, timeInForce: "fok" },
      ["rejected wouldNotFill lots"],
    ],
    ["post-only that crosses", { priceTicks: 100_010, postOnly: true }, ["rejected wouldTake priceTicks"]],
    [
      "post-only that does not",
      { priceTicks: 100_009, postOnly: true },
      ["accepted 4", "rested 4 10@100009"],
    ],
    ["post-only market", { priceTicks: 0, postOnly: true }, ["rejected malformed postOnly"]],
    ["reduce-only with nothing to reduce", { reduceOnly: true }, ["rejected reduceOnly lots"]],
    ["above the band", { priceTicks: 110_001 }, ["rejected outsidePriceBand priceTicks"]],
    [
      "at the band",
      { priceTicks: 110_000, timeInForce: "ioc", lots: 1 },
      ["accepted 4", "filled 4 1@100010"],
    ],
    ["not whole", { lots: 1.5 }, ["rejected notATick lots"]],
    ["no lots", { lots: 0 }, ["rejected notATick lots"]],
    ["a price below zero", { priceTicks: -1 }, ["rejected notATick priceTicks"]],
    ["too large", { lots: 1_000_001 }, ["rejected overOrderSize lots"]],
    [
      "more than margin allows",
      { lots: 100_000, priceTicks: 99_000 },
      ["rejected insufficientMargin equityMicros"],
    ],
    ["unknown instrument", { instrument: 99 }, ["rejected unknownInstrument instrument"]],
    ["already expired", { timeInForce: "gtt", expiryMs: 1 }, ["rejected malformed expiryMs"]],
  ];
  for (const [name, change, expected] of cases) {
    test(name, () => assert.deepEqual(words(place(book(), { account: alice, ...change })), expected));
  }
});

describe("one owner's orders never trade with each other", () => {
  const cases: readonly (readonly [PlaceOrder["selfTradePrevention"], readonly string[]])[] = [
    ["cancelResting", ["accepted 2", "cancelled 1 10 selfTrade", "rested 2 15@100000"]],
    ["cancelIncoming", ["accepted 2", "cancelled 2 15 selfTrade"]],
    ["cancelBoth", ["accepted 2", "cancelled 1 10 selfTrade", "cancelled 2 15 selfTrade"]],
    ["decrement", ["accepted 2", "cancelled 1 10 selfTrade", "rested 2 5@100000"]],
  ];
  for (const [selfTradePrevention, expected] of cases) {
    for (const other of [alice, aliceToo]) {
      test(`${selfTradePrevention}, ${other === alice ? "one account" : "two accounts"}`, () => {
        const venue = wholeVenue();
        place(venue, { account: alice, side: "sell", lots: 10 });
        const events = place(venue, { account: other, side: "buy", lots: 15, selfTradePrevention });
        assert.deepEqual(words(events), expected);
      });
    }
  }
});

test("a reduce-only order is cut to the position, less what others already reduce", () => {
  const venue = wholeVenue();
  place(venue, { account: bob, side: "sell", lots: 30 });
  place(venue, { account: alice, side: "buy", lots: 30 });
  const sell = { account: alice, side: "sell", reduceOnly: true, priceTicks: 100_100 } as const;
  assert.deepEqual(words(place(venue, { ...sell, lots: 20 })), ["accepted 3", "rested 3 20@100100"]);
  assert.deepEqual(words(place(venue, { ...sell, lots: 20 })), ["accepted 4", "rested 4 10@100100"]);
  assert.deepEqual(words(place(venue, { ...sell, lots: 1 })), ["rejected reduceOnly lots"]);
  // The position shrinks: the youngest give way.
  place(venue, { account: bob, side: "buy", lots: 15 });
  const events = place(venue, { account: alice, side: "sell", lots: 15 });
  assert.deepEqual(words(events), [
    "accepted 6",
    "filled 6 15@100000",
    "amended 3 15@100100 kept",
    "cancelled 4 10 reduceOnly",
  ]);
});

test("reduce-only markets take only what lessens a position", () => {
  const venue = wholeVenue();
  place(venue, { account: bob, side: "sell", lots: 30 });
  place(venue, { account: alice, side: "buy", lots: 30 });
  venue.must(officer, { type: "setInstrumentStatus", instrument: 0, status: "reduceOnly" });
  assert.deepEqual(words(place(venue, { account: alice, side: "buy", lots: 1 })), [
    "rejected reduceOnly lots",
  ]);
  assert.deepEqual(words(place(venue, { account: alice, side: "sell", lots: 31 })), [
    "rejected reduceOnly lots",
  ]);
  assert.deepEqual(words(place(venue, { account: alice, side: "sell", lots: 30 })), [
    "accepted 3",
    "rested 3 30@100000",
  ]);
});

test("halts refuse orders, not cancels", () => {
  const venue = wholeVenue();
  place(venue, { account: alice });
  venue.must(officer, { type: "setVenueStatus", status: "halted" });
  assert.deepEqual(words(place(venue, { account: alice })), ["rejected venueHalted instrument"]);
  const cancel = { type: "cancelOrder", account: alice, orderId: 1, clientOrderId: 0 } as const;
  assert.deepEqual(words(venue.send(ownerOf(alice), cancel)), ["cancelled 1 10 requested"]);
});

describe("cancelling", () => {
  const orders = (): TestVenue => {
    const venue = wholeVenue();
    place(venue, { account: alice, clientOrderId: 7 });
    place(venue, { account: alice, instrument: instruments.ethPerpetual, priceTicks: 40_000 });
    place(venue, { account: alice, side: "sell", trigger: "stop", triggerTicks: 95_000, clientOrderId: 8 });
    return venue;
  };
  test("by either number, waiting or resting; not another's", () => {
    const venue = orders();
    const cancel = (account: number, orderId: number, clientOrderId: number): string[] =>
      words(venue.send(ownerOf(account), { type: "cancelOrder", account, orderId, clientOrderId }));
    assert.deepEqual(cancel(bob, 1, 0), ["rejected unknownOrder orderId"]);
    assert.deepEqual(cancel(bob, 0, 7), ["rejected unknownOrder clientOrderId"]);
    assert.deepEqual(cancel(alice, 0, 7), ["cancelled 1 10 requested"]);
    assert.deepEqual(cancel(alice, 1, 0), ["rejected unknownOrder orderId"]);
    assert.deepEqual(cancel(alice, 0, 8), ["cancelled 3 10 requested"]);
    assert.deepEqual(cancel(alice, 0, 0), ["rejected unknownOrder clientOrderId"]);
  });
  test("all, or all of one instrument", () => {
    const all = (instrument: number): string[] =>
      words(orders().send(ownerOf(alice), { type: "cancelAll", account: alice, instrument }));
    assert.deepEqual(all(-1), [
      "cancelled 1 10 requested",
      "cancelled 2 10 requested",
      "cancelled 3 10 requested",
    ]);
    assert.deepEqual(all(0), ["cancelled 1 10 requested", "cancelled 3 10 requested"]);
    assert.deepEqual(all(99), ["rejected unknownInstrument instrument"]);
  });
});

test("a client order id serves one open order of an account", () => {
  const venue = wholeVenue();
  place(venue, { account: alice, clientOrderId: 7 });
  assert.deepEqual(words(place(venue, { account: alice, clientOrderId: 7 })), [
    "rejected duplicateClientOrderId clientOrderId",
  ]);
  assert.deepEqual(words(place(venue, { account: aliceToo, clientOrderId: 7 })), [
    "accepted 2",
    "rested 2 10@100000",
  ]);
  venue.must(ownerOf(alice), { type: "cancelOrder", account: alice, orderId: 0, clientOrderId: 7 });
  assert.deepEqual(words(place(venue, { account: alice, clientOrderId: 7 })), [
    "accepted 3",
    "rested 3 10@100000",
  ]);
});

describe("amending", () => {
  const amend = (venue: TestVenue, priceTicks: number, lots: number): string[] =>
    words(
      venue.send(ownerOf(alice), {
        type: "amendOrder",
        account: alice,
        orderId: 1,
        clientOrderId: 0,
        priceTicks,
        lots,
      }),
    );
  const start = (): TestVenue => {
    const venue = wholeVenue();
    place(venue, { account: alice, lots: 10 });
    place(venue, { account: carol, lots: 10 });
    place(venue, { account: bob, side: "sell", priceTicks: 100_010, lots: 4 });
    return venue;
  };
  const cases: readonly (readonly [string, number, number, readonly string[]])[] = [
    ["smaller keeps its place", 100_000, 5, ["amended 1 5@100000 kept"]],
    ["larger goes to the end", 100_000, 15, ["amended 1 15@100000 lost", "rested 1 15@100000"]],
    [
      "across the spread trades",
      100_010,
      10,
      ["amended 1 10@100010 lost", "filled 1 4@100010", "rested 1 6@100010"],
    ],
    ["the same is nothing", 100_000, 10, ["rejected alreadyDone lots"]],
    ["out of the band", 200_000, 10, ["rejected outsidePriceBand priceTicks"]],
    ["beyond margin", 100_000, 100_000, ["rejected insufficientMargin equityMicros"]],
    ["to a market order", 0, 10, ["rejected notATick priceTicks"]],
  ];
  for (const [name, priceTicks, lots, expected] of cases) {
    test(name, () => assert.deepEqual(amend(start(), priceTicks, lots), expected));
  }
  test("who keeps his place trades first", () => {
    for (const [lots, first] of [
      [5, 1],
      [15, 2],
    ] as const) {
      const venue = start();
      amend(venue, 100_000, lots);
      const events = place(venue, { account: bob, side: "sell", lots: 1 });
      const maker = events.find((event) => event.type === "orderFilled" && event.role === "maker");
      assert.equal(maker && "orderId" in maker ? maker.orderId : 0, first);
    }
  });
});

describe("triggers", () => {
  const cases: readonly (readonly [string, Partial<PlaceOrder>, number])[] = [
    [
      "stop to sell fires when the mark falls",
      { side: "sell", trigger: "stop", triggerTicks: 99_000 },
      98_500,
    ],
    ["stop to buy fires when it rises", { side: "buy", trigger: "stop", triggerTicks: 101_000 }, 101_500],
    [
      "take-profit to sell fires when it rises",
      { side: "sell", trigger: "takeProfit", triggerTicks: 101_000 },
      101_500,
    ],
    [
      "take-profit to buy fires when it falls",
      { side: "buy", trigger: "takeProfit", triggerTicks: 99_000 },
      98_500,
    ],
  ];
  for (const [name, change, quote] of cases) {
    test(name, () => {
      const venue = wholeVenue();
      assert.deepEqual(words(place(venue, { account: alice, priceTicks: 0, ...change })), ["accepted 1"]);
      venue.timeMs += 60_000;
      venue.price(0, 200_000 - quote);
      assert.deepEqual(words(venue.events), []);
      venue.timeMs += 60_000;
      venue.price(0, quote);
      assert.deepEqual(words(venue.events), ["triggered 1", "cancelled 1 10 unfilled"]);
    });
  }
  test("one already crossed fires at once; one that is refused then is cancelled", () => {
    const venue = wholeVenue();
    const events = place(venue, {
      account: alice,
      side: "sell",
      trigger: "stop",
      triggerTicks: 100_001,
      lots: 1_000_000,
    });
    assert.deepEqual(words(events), ["accepted 1", "triggered 1", "cancelled 1 1000000 triggerFailed"]);
  });
  test("a limit rests once released, and keeps its number", () => {
    const venue = wholeVenue();
    place(venue, {
      account: alice,
      side: "sell",
      trigger: "stop",
      triggerTicks: 99_000,
      priceTicks: 98_000,
      clientOrderId: 5,
    });
    venue.timeMs += 60_000;
    venue.price(0, 98_000);
    assert.deepEqual(words(venue.events), ["triggered 1", "rested 1 10@98000"]);
    assert.deepEqual(words(place(venue, { account: alice, clientOrderId: 5, priceTicks: 98_000 })), [
      "rejected duplicateClientOrderId clientOrderId",
    ]);
  });
});

test("orders and triggers expire at their time", () => {
  const venue = wholeVenue();
  const expiryMs = venue.timeMs + 1_000;
  place(venue, { account: alice, timeInForce: "gtt", expiryMs });
  place(venue, {
    account: alice,
    side: "sell",
    timeInForce: "gtt",
    expiryMs: expiryMs + 1,
    trigger: "stop",
    triggerTicks: 90_000,
  });
  assert.deepEqual(words(venue.tick(999)), []);
  assert.deepEqual(words(venue.tick(1)), ["cancelled 1 10 expired"]);
  assert.deepEqual(words(venue.tick(1)), ["cancelled 2 10 expired"]);
});

describe("limits", () => {
  const withLimits = (change: Record<string, number>): TestVenue => {
    const venue = wholeVenue();
    for (const [parameter, value] of Object.entries(change)) {
      venue.must(officer, { type: "setParameter", target: "instrument", index: 0, parameter, value });
    }
    // Announced changes take effect in time.
    venue.tick(7_300_000);
    venue.price(0, 100_000);
    return venue;
  };
  test("orders on a side count as if they were filled", () => {
    const venue = withLimits({ positionLimitLots: 25 });
    assert.deepEqual(words(place(venue, { account: alice, lots: 20 })), ["accepted 1", "rested 1 20@100000"]);
    assert.deepEqual(words(place(venue, { account: alice, lots: 6 })), ["rejected overPositionLimit lots"]);
    assert.deepEqual(words(place(venue, { account: alice, side: "sell", priceTicks: 100_001, lots: 25 })), [
      "accepted 2",
      "rested 2 25@100001",
    ]);
  });
  test("open interest is capped for what opens", () => {
    const venue = withLimits({ openInterestCapLots: 30 });
    place(venue, { account: bob, side: "sell", lots: 30 });
    place(venue, { account: alice, side: "buy", lots: 30 });
    assert.deepEqual(words(place(venue, { account: carol, side: "buy", lots: 1 })), [
      "rejected overOpenInterest lots",
    ]);
    assert.deepEqual(words(place(venue, { account: alice, side: "sell", lots: 30 })), [
      "accepted 3",
      "rested 3 30@100000",
    ]);
  });
  test("open orders of one instrument, and of one account", () => {
    const venue = wholeVenue();
    for (let i = 0; i < 200; i++) place(venue, { account: alice, lots: 1, priceTicks: 99_000 + i });
    assert.deepEqual(words(place(venue, { account: alice, lots: 1 })), ["rejected tooManyOrders instrument"]);
    assert.deepEqual(
      words(place(venue, { account: alice, instrument: instruments.ethPerpetual, priceTicks: 40_000 })),
      ["accepted 201", "rested 201 10@40000"],
    );
  });
});

test("what a command may meet is bounded: the rest is cancelled", () => {
  const venue = wholeVenue();
  for (const account of [bob, carol, bob + 1, carol + 1]) {
    for (let i = 0; i < 200; i++) place(venue, { account, side: "sell", lots: 1, priceTicks: 100_000 + i });
  }
  for (let owner = 10; owner < 12; owner++) {
    const account = venue.account(addressOf(owner), 200_000_000_000);
    for (let i = 0; i < 150; i++) {
      venue.must(addressOf(owner), order({ account, side: "sell", lots: 1, priceTicks: 100_000 + i }));
    }
  }
  const events = place(venue, { account: alice, lots: 1_050, priceTicks: 101_000 });
  assert.equal(events.filter(({ type }) => type === "traded").length, 1_000);
  assert.deepEqual(words(events).at(-1), "cancelled 1101 50 unfilled");
});
