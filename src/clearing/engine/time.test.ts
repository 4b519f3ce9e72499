import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  addressOf,
  officer,
  order,
  startMs,
  type TestVenue,
} from "../../../test/properties/clearing-venue.ts";
import {
  assets,
  expiryMs,
  firstAccount,
  instruments,
  wholeVenue,
} from "../../../test/properties/clearing-whole-venue.ts";
import { houseAccount } from "../accounts/index.ts";
import { type ClearingEvent } from "../protocol/index.ts";

const alice = firstAccount;
const bob = firstAccount + 2;
const ownerOf = (account: number): string => addressOf(1 + ((account - firstAccount) >> 1));

function trade(
  venue: TestVenue,
  instrument: number,
  buyer: number,
  seller: number,
  lots: number,
  priceTicks: number,
): void {
  venue.must(ownerOf(seller), order({ account: seller, instrument, side: "sell", lots, priceTicks }));
  venue.must(ownerOf(buyer), order({ account: buyer, instrument, side: "buy", lots, priceTicks }));
}

const balance = ({ engine }: TestVenue, account: number, asset = 0): number =>
  engine.stores.ledger.balance(account, asset);
const ofType = <T extends ClearingEvent["type"]>(
  events: readonly ClearingEvent[],
  type: T,
): Extract<ClearingEvent, { type: T }>[] =>
  events.filter((event): event is Extract<ClearingEvent, { type: T }> => event.type === type);

describe("funding", () => {
  /** A book of ETH perpetuals a full hour at a premium, without a pool to hold it back. */
  function premium(): TestVenue {
    const venue = wholeVenue();
    trade(venue, instruments.ethPerpetual, alice, bob, 1_000, 40_000);
    venue.tick(3_600_000 - (startMs % 3_600_000));
    venue.price(1, 4_000);
    // 10,000 USD bid at 1 % above the index, and nobody asks.
    venue.must(
      ownerOf(alice),
      order({ account: alice, instrument: instruments.ethPerpetual, lots: 300, priceTicks: 40_400 }),
    );
    return venue;
  }
  test("longs pay shorts what the hour's premium comes to, when they are next touched", () => {
    const venue = premium();
    const [before, paidBefore] = [balance(venue, alice), balance(venue, bob)];
    const events = venue.tick(3_600_000);
    const rate = ofType(events, "fundingRateSet").find(
      ({ instrument }) => instrument === instruments.ethPerpetual,
    );
    assert.ok(rate && rate.ratePpb > 0, "longs pay");
    assert.equal(balance(venue, alice), before, "nothing moves before a touch");
    // 1,000 lots of 0.01 ETH at the index: 40,000 USDC.
    const owed = Math.ceil((40_000_000_000 * rate.ratePpb) / 1e9);
    const due = Math.floor((40_000_000_000 * rate.ratePpb) / 1e9);
    assert.ok(venue.engine.stores.margin.figures(alice).equityMicros > 0);
    // A touch of both: they trade one lot.
    venue.must(ownerOf(alice), { type: "cancelAll", account: alice, instrument: -1 });
    venue.must(
      ownerOf(bob),
      order({ account: bob, instrument: instruments.ethPerpetual, side: "buy", lots: 1, priceTicks: 40_000 }),
    );
    const touched = venue.must(
      ownerOf(alice),
      order({
        account: alice,
        instrument: instruments.ethPerpetual,
        side: "sell",
        lots: 1,
        priceTicks: 40_000,
      }),
    );
    const paid = ofType(touched, "fundingPaid");
    assert.deepEqual(
      paid.map(({ account, units }) => [account, units]),
      [
        [bob, due],
        [alice, -owed],
      ],
    );
    // Maker's and taker's fee of one lot worth 40 USDC.
    assert.equal(balance(venue, alice), before - owed - 18_000);
    assert.equal(balance(venue, bob), paidBefore + due - 4_000);
  });
});

describe("expiry", () => {
  /** Everything is published until the end, at one price. */
  function expire(venue: TestVenue, quote: number): ClearingEvent[] {
    const events: ClearingEvent[] = [];
    while (venue.timeMs < expiryMs) {
      venue.timeMs = Math.min(venue.timeMs + 120_000, expiryMs);
      events.push(...venue.price(0, quote));
    }
    return events;
  }
  test("a future closes at the average of the index, and its orders go", () => {
    const venue = wholeVenue();
    const { future } = instruments;
    trade(venue, future, alice, bob, 10, 100_000);
    venue.must(ownerOf(alice), order({ account: alice, instrument: future, lots: 5, priceTicks: 99_000 }));
    venue.must(
      ownerOf(bob),
      order({
        account: bob,
        instrument: future,
        side: "sell",
        lots: 5,
        priceTicks: 0,
        trigger: "stop",
        triggerTicks: 90_100,
      }),
    );
    const before = [balance(venue, alice), balance(venue, bob)];
    const events = expire(venue, 104_000);
    const settled = ofType(events, "instrumentSettled").find(({ instrument }) => instrument === future);
    assert.deepEqual(settled, {
      type: "instrumentSettled",
      instrument: future,
      settlementMicros: 104_000_000_000,
      positionCount: 2,
    });
    assert.deepEqual(
      ofType(events, "orderCancelled").map(({ reason }) => reason),
      ["instrumentClosed", "instrumentClosed"],
    );
    // 10 lots of 0.001 BTC, up 4,000.
    assert.deepEqual(
      [balance(venue, alice), balance(venue, bob)],
      [before[0]! + 40_000_000, before[1]! - 40_000_000],
    );
    assert.equal(balance(venue, venue.engine.stores.terms(future).clearingAccount), 0);
    const refused = venue.send(
      ownerOf(alice),
      order({ account: alice, instrument: future, lots: 5, priceTicks: 104_000 }),
    );
    assert.equal(refused[0]?.type === "rejected" && refused[0].code, "instrumentExpired");
  });
  for (const [quote, call, put] of [
    [104_000, 4_000, 0],
    [100_000, 0, 0],
    [97_500, 0, 2_500],
  ] as const) {
    test(`options pay what they are worth at ${quote}`, () => {
      const venue = wholeVenue();
      trade(venue, instruments.call, alice, bob, 10, 212);
      trade(venue, instruments.put, alice, bob, 20, 212);
      const before = [balance(venue, alice), balance(venue, bob)];
      expire(venue, quote);
      const paid = (call * 10 + put * 20) * 1_000;
      assert.deepEqual([balance(venue, alice), balance(venue, bob)], [before[0]! + paid, before[1]! - paid]);
      assert.equal(venue.engine.stores.positions.openInterest(instruments.call), 0);
    });
  }
  test("dust of the close goes to the house", () => {
    const venue = wholeVenue();
    const { future } = instruments;
    // A price that is no multiple of what lots count: 1 lot × 100,000.0000005 is not whole.
    for (const [buyer, lots] of [
      [alice, 1],
      [firstAccount + 1, 1],
    ] as const) {
      trade(venue, future, buyer, bob, lots, 100_000);
    }
    expire(venue, 100_000.0005);
    assert.equal(balance(venue, houseAccount.dust), 1 + 1 - 1);
    assert.equal(balance(venue, venue.engine.stores.terms(future).clearingAccount), 0);
    assert.equal(venue.engine.stores.ledger.total(assets.usdc), 0n);
  });
});

test("a block's request and its offers expire", () => {
  const venue = wholeVenue();
  venue.must(ownerOf(alice), {
    type: "requestQuote",
    account: alice,
    legs: [{ instrument: 0, lots: 5 }],
    counterparty: -1,
    expiryMs: startMs + 1_000,
  });
  venue.must(ownerOf(bob), {
    type: "offerQuote",
    account: bob,
    request: 1,
    priceTicks: [100_000],
    expiryMs: startMs + 500,
  });
  venue.tick(500);
  const accept = { type: "acceptQuote", account: alice, offer: 1 } as const;
  assert.equal(ofType(venue.send(ownerOf(alice), accept), "rejected")[0]?.code, "unknownQuote");
  assert.deepEqual(venue.tick(500), [{ type: "quoteExpired", request: 1 }]);
});

test("what the sequencer must not do stops the machine", () => {
  const venue = wholeVenue();
  const { engine } = venue;
  const envelope = {
    sequence: engine.sequence + 1,
    timeMs: engine.timeMs,
    signer: "",
    nonce: 0,
    deadlineMs: 0,
    signature: new Uint8Array(0),
    command: { type: "tick" },
  } as const;
  assert.throws(() => engine.apply({ ...envelope, sequence: engine.sequence + 2 }, () => {}), /comes next/);
  assert.throws(
    () => engine.apply({ ...envelope, timeMs: engine.timeMs - 1 }, () => {}),
    /time never goes back/,
  );
  engine.apply(envelope, () => {});
  const again = venue.send("", { type: "genesis", venue: "twice", chainId: 1, admins: [officer] });
  assert.equal(ofType(again, "rejected")[0]?.code, "alreadyDone");
});
