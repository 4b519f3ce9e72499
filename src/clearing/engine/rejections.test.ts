import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  addressOf,
  coin,
  officer,
  order,
  perpetual,
  startMs,
  type TestVenue,
  underlying,
  usdc,
} from "../../../test/properties/clearing-venue.ts";
import {
  assets,
  expiryMs,
  firstAccount,
  instruments,
  wholeVenue,
} from "../../../test/properties/clearing-whole-venue.ts";
import { type ClearingEvent, type Command, type RejectionCode, rejectionCodes } from "../protocol/index.ts";

const alice = firstAccount;
const bob = firstAccount + 2;
const [aliceKey, bobKey] = [addressOf(1), addressOf(2)];
const sessionKey = "5e".repeat(32);

type Act = (venue: TestVenue) => ClearingEvent[];

const place =
  (change: Partial<Parameters<typeof order>[0]>): Act =>
  (venue) =>
    venue.send(aliceKey, order({ account: alice, priceTicks: 100_000, lots: 10, ...change }));
const by =
  (signer: string, command: Command): Act =>
  (venue) =>
    venue.send(signer, command);
/** First what must succeed, then what must not. */
const after =
  (before: readonly (readonly [string, Command])[], act: Act): Act =>
  (venue) => {
    for (const [signer, command] of before) venue.must(signer, command);
    return act(venue);
  };

const withdrawal = (change: Partial<Extract<Command, { type: "withdraw" }>>): Command => ({
  type: "withdraw",
  account: alice,
  asset: 0,
  units: 1,
  destination: "",
  ...change,
});
const listing = (change: Parameters<typeof perpetual>[0]): Command => ({
  type: "listInstrument",
  instrument: perpetual(change),
});
const status = (to: "active" | "reduceOnly" | "halted"): Command => ({
  type: "setInstrumentStatus",
  instrument: 0,
  status: to,
});
const parameter = (name: string, value: number): Command => ({
  type: "setParameter",
  target: "instrument",
  index: 0,
  parameter: name,
  value,
});
const session = (change: Partial<Extract<Command, { type: "authorizeKey" }>>): Command => ({
  type: "authorizeKey",
  account: alice,
  key: sessionKey,
  canTrade: true,
  canTransfer: false,
  expiryMs: 0,
  maxOrderNotionalMicros: 0,
  ...change,
});
const bySession: Act = (venue) =>
  venue.send(sessionKey, order({ account: alice, priceTicks: 100_000, lots: 10 }));
const pool = (units: number): Command => ({ type: "addLiquidity", account: alice, instrument: 0, units });
const request: Command = {
  type: "requestQuote",
  account: alice,
  legs: [{ instrument: 0, lots: 1 }],
  counterparty: -1,
  expiryMs: startMs + 1_000,
};

const bidding = (change: Partial<Extract<Command, { type: "bid" }>>): Command => ({
  type: "bid",
  account: alice,
  auction: 1,
  sharePpm: 500_000,
  auctionType: "solvent",
  maxPaidUnits: 0,
  minReceivedUnits: 0,
  ...change,
});
const [ruined, poorer] = [addressOf(8), addressOf(9)];
/** Two accounts of other owners go long a tenth of a bitcoin with 1,000 USDC, and the price falls. */
function breach(venue: TestVenue, price: number): void {
  for (const owner of [ruined, poorer]) {
    const account = venue.account(owner, 1_000_000_000);
    venue.must(bobKey, order({ account: bob, side: "sell", lots: 100, priceTicks: 100_000 }));
    venue.must(owner, order({ account, lots: 100, priceTicks: 100_000 }));
  }
  for (let at = 100_000; at > price; at -= 4_000) {
    venue.timeMs += 60_000;
    venue.price(0, at);
  }
  venue.timeMs += 60_000;
  venue.price(0, price);
  for (let i = 0; i < 4; i++) venue.tick(5_000);
}

/** One way to meet each reason. */
const ways: Readonly<Record<RejectionCode, Act>> = {
  malformed: by(aliceKey, withdrawal({ units: 0 })),
  unknownSigner: by(addressOf(999), withdrawal({})),
  expiredDeadline: (venue) => venue.send(aliceKey, withdrawal({}), { deadlineMs: venue.timeMs - 1 }),
  nonceUsed: (venue) => {
    venue.must(aliceKey, withdrawal({}));
    return venue.send(aliceKey, withdrawal({}), { nonce: venue.engine.sequence });
  },
  notAuthorized: by(bobKey, withdrawal({})),
  keyExpired: after([[aliceKey, session({ expiryMs: startMs })]], bySession),
  overKeyLimit: after([[aliceKey, session({ maxOrderNotionalMicros: 999_999_999 })]], bySession),
  unknownAccount: by(aliceKey, withdrawal({ account: 999 })),
  unknownAsset: by(aliceKey, withdrawal({ asset: 99 })),
  unknownUnderlying: by(officer, listing({ name: "X", underlying: "X" })),
  unknownInstrument: place({ instrument: 99 }),
  unknownFeed: by(officer, {
    type: "publishPrices",
    prices: [{ feed: 99, priceMicros: 1, confidencePpm: 1, timeMs: startMs }],
  }),
  unknownOrder: by(aliceKey, { type: "cancelOrder", account: alice, orderId: 9, clientOrderId: 0 }),
  unknownQuote: by(aliceKey, { type: "acceptQuote", account: alice, offer: 9 }),
  unknownWithdrawal: by(officer, { type: "settleWithdrawal", withdrawal: 9, outcome: "paid" }),
  alreadyListed: by(officer, { type: "listAsset", asset: usdc }),
  alreadyDone: by(officer, { type: "setVenueStatus", status: "active" }),
  invalidSpec: by(officer, { type: "listAsset", asset: coin("X", { underlying: "", decimals: 10 }) }),
  venueHalted: after([[officer, { type: "setVenueStatus", status: "halted" }]], place({})),
  instrumentHalted: after([[officer, status("halted")]], place({})),
  instrumentExpired: (venue) => {
    venue.tick(expiryMs - venue.timeMs);
    return place({ instrument: instruments.future })(venue);
  },
  reduceOnly: after([[officer, status("reduceOnly")]], place({})),
  noPrice: after(
    [
      [officer, { type: "listUnderlying", underlying: underlying("SOL") }],
      [officer, listing({ name: "SOL-PERP", underlying: "SOL" })],
    ],
    place({ instrument: 7 }),
  ),
  notATick: place({ lots: 0.5 }),
  overOrderSize: place({ lots: 1_000_001 }),
  overNotional: after([[officer, parameter("maxOrderLots", 1_000_000_000)]], place({ lots: 100_000_000 })),
  outsidePriceBand: place({ priceTicks: 1 }),
  wouldTake: after(
    [[bobKey, order({ account: bob, side: "sell", lots: 1, priceTicks: 100_000 })]],
    place({ postOnly: true }),
  ),
  wouldNotFill: place({ timeInForce: "fok" }),
  duplicateClientOrderId: after(
    [[aliceKey, order({ account: alice, lots: 1, priceTicks: 100_000, clientOrderId: 3 })]],
    place({ clientOrderId: 3 }),
  ),
  tooManyOrders: (venue) => {
    for (let i = 0; i < 200; i++) place({ lots: 1 })(venue);
    return place({ lots: 1 })(venue);
  },
  tooManyPositions: (venue) => {
    for (let i = 0; i < 256; i++) {
      venue.must(officer, listing({ name: `PERP-${i}` }));
      place({ instrument: 7 + i, lots: 1 })(venue);
    }
    return place({ lots: 1 })(venue);
  },
  overPositionLimit: after([[officer, parameter("positionLimitLots", 9)]], place({})),
  overOpenInterest: after([[officer, parameter("openInterestCapLots", 9)]], place({})),
  overDepositCap: by(officer, {
    type: "deposit",
    account: alice,
    asset: 0,
    units: usdc.depositCapUnits,
    reference: "much",
  }),
  overBorrowLimit: by(aliceKey, withdrawal({ units: 250_000_000_001 })),
  overPoolBounds: after(
    [
      [aliceKey, pool(100_000_000_000)],
      [bobKey, order({ account: bob, lots: 50, route: "best" })],
    ],
    by(aliceKey, { type: "removeLiquidity", account: alice, instrument: 0, shares: 100_000_000 }),
  ),
  insufficientBudget: after(
    [
      [aliceKey, pool(100_000_000_000)],
      [bobKey, order({ account: bob, lots: 50, route: "best" })],
    ],
    by(officer, { type: "adjustPool", instrument: 0, priceMicros: 102_000_000_000, depthPpm: 1_000_000 }),
  ),
  insufficientBalance: by(aliceKey, withdrawal({ asset: assets.btc, units: 50_000_001 })),
  unknownAuction: by(aliceKey, bidding({ auction: 9 })),
  auctionMoved: (venue) => {
    breach(venue, 92_000);
    venue.tick(10_000);
    return venue.send(bobKey, bidding({ account: bob, auctionType: "insolvent" }));
  },
  notInDefault: by(aliceKey, { type: "callLiquidation", account: alice, target: bob }),
  inDefault: (venue) => {
    breach(venue, 92_000);
    venue.tick(10_000);
    return venue.send(poorer, bidding({ account: firstAccount + 7 }));
  },
  insolvencyOpen: (venue) => {
    breach(venue, 84_000);
    return venue.send(bobKey, { type: "stakeFund", account: bob, units: 1_000_000 });
  },
  insufficientMargin: place({ lots: 100_000 }),
  overCapacity: after(
    Array.from({ length: 16 }, () => [aliceKey, request] as const),
    by(aliceKey, request),
  ),
};

const codeOf = (events: readonly ClearingEvent[]): string | undefined =>
  events.find((event) => event.type === "rejected")?.code;

describe("every reason of the list can be met, and is then the one that is given", () => {
  for (const code of Object.keys(rejectionCodes)) {
    test(code, () => {
      const act = new Map<string, Act>(Object.entries(ways)).get(code);
      assert.ok(act);
      assert.equal(codeOf(act(wholeVenue())), code);
    });
  }
});

describe("when several reasons hold, the first of the list is given", () => {
  const both: readonly (readonly [RejectionCode, RejectionCode, Act])[] = [
    ["notAuthorized", "unknownAsset", by(bobKey, withdrawal({ asset: 99 }))],
    [
      "venueHalted",
      "instrumentHalted",
      after(
        [
          [officer, status("halted")],
          [officer, { type: "setVenueStatus", status: "halted" }],
        ],
        place({}),
      ),
    ],
    ["instrumentHalted", "outsidePriceBand", after([[officer, status("halted")]], place({ priceTicks: 1 }))],
    ["notATick", "outsidePriceBand", place({ lots: -1, priceTicks: 1 })],
    ["overOrderSize", "outsidePriceBand", place({ lots: 1_000_001, priceTicks: 1 })],
    ["outsidePriceBand", "insufficientMargin", place({ lots: 100_000, priceTicks: 1 })],
    ["wouldNotFill", "insufficientMargin", place({ lots: 100_000, timeInForce: "fok" })],
    [
      "overPositionLimit",
      "insufficientMargin",
      after([[officer, parameter("positionLimitLots", 9)]], place({ lots: 100_000 })),
    ],
    [
      "overOpenInterest",
      "insufficientMargin",
      after([[officer, parameter("openInterestCapLots", 9)]], place({ lots: 100_000 })),
    ],
    [
      "overPositionLimit",
      "overOpenInterest",
      after(
        [
          [officer, parameter("positionLimitLots", 9)],
          [officer, parameter("openInterestCapLots", 9)],
        ],
        place({}),
      ),
    ],
    [
      "insufficientBalance",
      "insufficientMargin",
      place({ instrument: instruments.spot, side: "sell", lots: 100_000 }),
    ],
  ];
  for (const [first, second, act] of both) {
    test(`${first}, not ${second}`, () => assert.equal(codeOf(act(wholeVenue())), first));
  }
});
