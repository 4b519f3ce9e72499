import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClearingEvent, type InstrumentSpec } from "../../src/clearing/index.ts";
import { checkInvariants } from "../properties/clearing-invariants.ts";
import { inversePerpetual, option, startMs } from "../properties/clearing-venue.ts";
import { accepted, allOf, bid, cast, type Cast, maker, rule, trade, victim, wait } from "./default-help.ts";
import { codeOf, equityOf, officer, order, ownerOf, perpetual, type TestVenue, usd } from "./world.ts";

const minute = 60_000;

/** The victim is long a tenth of a bitcoin on 1,000 USD, and somebody bids for some of it. */
function stepping(
  bids: readonly (readonly [number, number])[],
  price = 92_200,
): { world: Cast; events: ClearingEvent[] } {
  const world = cast();
  const { venue, accounts } = world;
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 100);
  venue.timeMs += minute;
  venue.price(0, 93_000);
  for (const [priceTicks, lots] of bids) {
    venue.must(ownerOf(maker), order({ account: accounts.maker, priceTicks, lots }));
  }
  return { world, events: wait(venue, 5, price) };
}

const stepped = (events: readonly ClearingEvent[]): number =>
  allOf(events, "liquidationStepped").reduce((sum, { lots }) => sum + Math.abs(lots), 0);

test("DRV-01 no account is liquidated within a command of its own: what it does is checked whole, or not at all", () => {
  const { world, events } = stepping([]);
  const { venue, accounts } = world;
  assert.equal(allOf(events, "liquidationStarted").length, 1);
  const account = accounts.victim;
  // It is looked at by time and prices, not while it acts.
  venue.must(ownerOf(maker), order({ account: accounts.maker, priceTicks: 92_190, lots: 500 }));
  const close = order({
    account,
    side: "sell",
    priceTicks: 92_190,
    lots: 10,
    reduceOnly: true,
    timeInForce: "ioc",
  });
  const own = venue.send(ownerOf(victim), close);
  assert.equal(codeOf(own), undefined);
  assert.equal(stepped(own), 0);
  assert.equal(venue.engine.stores.positions.lotsOf(account, 0), 90);
});

test("DRV-07 an account in auction moves nothing to its owner's other accounts, and no mode lets it out", () => {
  const { world } = stepping([]);
  const { venue, accounts } = world;
  wait(venue, 30, 92_000);
  assert.equal(venue.engine.stores.auctions.size, 1);
  const other = venue.account(ownerOf(victim), 0);
  const account = accounts.victim;
  const moveOut = { type: "transfer", account, to: other, asset: 0, units: 1 } as const;
  assert.equal(codeOf(venue.send(ownerOf(victim), moveOut)), "insufficientMargin");
  for (const marginMode of ["isolated", "portfolio"] as const) {
    venue.send(ownerOf(victim), { type: "setMarginMode", account, marginMode });
    venue.tick(1_000);
    assert.equal(venue.engine.stores.liquidations.size, 1);
  }
});

test("a step is no sandwich: it takes nothing further from the mark than it may, whatever else is offered", () => {
  // At the band's edge, and no one else.
  const far = stepping([[85_000, 10_000]]);
  assert.equal(stepped(far.events), 0);
  const { world, events } = stepping([
    [92_150, 3],
    [91_400, 3],
    [85_000, 10_000],
  ]);
  assert.ok(stepped(events) > 0);
  for (const { priceMicros } of allOf(events, "traded"))
    assert.ok(priceMicros >= 92_200_000_000 * 0.99 - 1_000_000);
  checkInvariants(world.venue);
});

test("what an account's own orders and its owner's other accounts offer is no market for its steps", () => {
  const world = cast();
  const { venue, accounts } = world;
  rule(venue, "deleverPpm", 0);
  venue.timeMs += 60 * minute;
  venue.price(0, 100_000);
  const other = venue.account(ownerOf(victim), usd(100_000));
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 100);
  venue.timeMs += minute;
  venue.price(0, 93_000);
  venue.must(ownerOf(victim), order({ account: other, priceTicks: 92_150, lots: 1_000 }));
  const rest = order({
    account: accounts.victim,
    side: "sell",
    priceTicks: 95_000,
    lots: 100,
    reduceOnly: true,
  });
  venue.must(ownerOf(victim), rest);
  const events = wait(venue, 60, 92_200);
  assert.equal(stepped(events), 0);
  assert.equal(venue.engine.stores.positions.lotsOf(accounts.victim, 0), 100);
  assert.equal(venue.engine.stores.positions.lotsOf(other, 0), 0);
  // Its reduce-only order goes with what it would reduce.
  accepted(bid(world, 1_000_000));
  const { positions, orders } = venue.engine.stores;
  const left = positions.lotsOf(accounts.victim, 0);
  assert.ok(left > 0 && left < 100);
  assert.ok(orders.accountOrderCount(accounts.victim) <= 1);
  checkInvariants(venue);
});

test("a stale or doubted price slows steps and stops neither them nor the auction", () => {
  for (const confidencePpm of [300_000, 1_000_000]) {
    const { world } = stepping([[92_150, 2]]);
    const { venue, accounts } = world;
    venue.timeMs += 1_000;
    const prices = [{ feed: 0, priceMicros: 92_000_000_000, confidencePpm, timeMs: venue.timeMs }];
    venue.must(officer, { type: "publishPrices", prices });
    // From here on nobody publishes any more.
    for (let i = 0; i < 40; i++) venue.tick(15_000);
    assert.ok(venue.engine.stores.auctions.size === 1 || venue.engine.stores.liquidations.size === 0);
    accepted(bid(world, 1_000_000));
    venue.tick(5_000);
    assert.equal(venue.engine.stores.liquidations.size, 0);
    assert.ok(equityOf(venue, accounts.victim) >= 0);
    checkInvariants(venue);
  }
});

/** What a victim holds, and whether the price rises or falls against it. */
const books: readonly {
  readonly name: string;
  readonly instruments: readonly InstrumentSpec[];
  readonly open: (venue: TestVenue, accounts: Cast["accounts"]) => void;
  readonly against: number;
}[] = [
  {
    name: "an inverse contract on coin",
    instruments: [perpetual(), inversePerpetual()],
    open(venue, accounts) {
      for (const account of [accounts.maker, accounts.bidder]) venue.deposit(account, 1, 10_000_000_000);
      venue.deposit(accounts.victim, 1, 10_000_000);
      trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 4_000, 1);
    },
    against: -1,
  },
  {
    name: "256 positions",
    instruments: Array.from({ length: 256 }, (_, i) => perpetual({ name: `P${i}` })),
    open(venue, accounts) {
      for (let i = 0; i < 256; i++) {
        trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 1, i);
      }
      assert.equal(venue.engine.stores.positions.count(accounts.victim), 256);
    },
    against: -1,
  },
  {
    name: "a written option so far out of the money that it has no delta",
    instruments: [
      perpetual(),
      option(startMs + 604_800_000, { name: "FAR", strikeMicros: 300_000_000_000, priceBandPpm: 1_000_000 }),
    ],
    open(venue, accounts) {
      const slice = { forwardMicros: 100_000_000_000, a: 0.0001, b: 0.0001, rho: 0, m: 0, sigma: 0.1 };
      const slices = [{ ...slice, expiryMs: startMs + 604_800_000 }];
      venue.must(officer, { type: "publishSurface", underlying: 0, timeMs: venue.timeMs, slices });
      venue.timeMs += 1_000;
      venue.price(0, 100_000);
      trade(venue, [maker, accounts.maker], [victim, accounts.victim], 1, 20, 1);
      trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 80);
    },
    against: -1,
  },
  {
    name: "a short position",
    instruments: [perpetual()],
    open(venue, accounts) {
      trade(venue, [maker, accounts.maker], [victim, accounts.victim], 100_000, 100);
    },
    against: 1,
  },
];

for (const { name, instruments, open, against } of books) {
  test(`${name}: whoever bids gets it, nobody bidding ends it too, and either way nothing is left owing`, () => {
    for (const withBidder of [true, false]) {
      const world = cast({ victim: usd(1_000) }, instruments);
      const { venue, accounts } = world;
      if (name.startsWith("256")) venue.deposit(accounts.victim, 0, usd(1_000));
      open(venue, accounts);
      let price = 100_000;
      for (let i = 0; i < 200 && venue.engine.stores.auctions.size === 0; i++) {
        price = Math.round(price * (1 + against * 0.004));
        wait(venue, 5, price);
      }
      assert.equal(venue.engine.stores.auctions.size, 1);
      if (withBidder) {
        for (let i = 0; i < 30 && venue.engine.stores.auctions.size > 0; i++) {
          accepted(bid(world, 1_000_000));
          wait(venue, 5, price);
        }
      } else {
        for (let i = 0; i < 20; i++) price = Math.round(price * (1 + against * 0.02));
        wait(venue, 900, price);
        assert.equal(venue.engine.stores.positions.count(accounts.victim), 0);
      }
      assert.equal(venue.engine.stores.liquidations.size, 0);
      assert.equal(venue.engine.stores.state.shortfallMicros, 0);
      assert.equal(venue.engine.stores.state.inAuctionMicros, 0);
      for (const asset of [0, 1]) assert.ok(venue.engine.stores.ledger.balance(accounts.victim, asset) >= 0);
      checkInvariants(venue);
    }
  });
}

test("GMX #179 no change of a rule for defaults liquidates an account that keeps its margin", () => {
  const world = cast({ victim: usd(600) });
  const { venue, accounts } = world;
  trade(venue, [victim, accounts.victim], [maker, accounts.maker], 100_000, 100);
  for (const [parameter, value] of [
    ["bufferPpm", 1_000_000],
    ["auctionPpm", 1_000_000],
    ["stepSharePpm", 1_000_000],
    ["stepsCloseAll", 1],
    ["liquidationFeePpm", 100_000],
    ["slippagePpm", 1_000_000],
    ["failedSteps", 1],
    ["steppingMs", 0],
    ["deleverageMs", 0],
  ] as const) {
    rule(venue, parameter, value);
  }
  const events = wait(venue, 4_000, 100_000);
  assert.equal(allOf(events, "marginCalled").length, 0);
  assert.equal(venue.engine.stores.positions.lotsOf(accounts.victim, 0), 100);
});

test("a crash of thousands of accounts is many commands' work, and none is forgotten", () => {
  const world = cast({ maker: usd(50_000_000) });
  const { venue, accounts } = world;
  const count = 5_000;
  for (let i = 0; i < count; i++) {
    const account = venue.account(ownerOf(1_000 + i), usd(10));
    if (i % 100 === 0) {
      const offer = { side: "sell", priceTicks: 100_000, lots: 100 } as const;
      venue.must(ownerOf(maker), order({ account: accounts.maker, ...offer }));
    }
    venue.must(ownerOf(1_000 + i), order({ account, priceTicks: 100_000, lots: 1, timeInForce: "fok" }));
  }
  venue.timeMs += minute;
  const begun: number[] = [];
  for (let i = 0; i < 4; i++) {
    venue.timeMs += 1_000;
    begun.push(allOf(i === 0 ? venue.price(0, 92_000) : venue.tick(0), "liquidationStarted").length);
  }
  assert.deepEqual(begun, [2_048, 2_048, 904, 0]);
});
