import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkInvariants } from "../../../test/properties/clearing-invariants.ts";
import {
  future,
  officer,
  option,
  order,
  startMs,
  type TestVenue,
} from "../../../test/properties/clearing-venue.ts";
import {
  codeOf,
  ownerOf,
  perpetual,
  restored,
  rootOf,
  usd,
  usdc,
  venueOf,
} from "../../../test/clearing-audit/world.ts";
import { type ClearingEvent } from "../protocol/index.ts";

const expiryMs = startMs + 3_600_000;
const ofType = <T extends ClearingEvent["type"]>(
  events: readonly ClearingEvent[],
  type: T,
): Extract<ClearingEvent, { type: T }>[] =>
  events.filter((event): event is Extract<ClearingEvent, { type: T }> => event.type === type);

/** So many holders of a long future against one maker, who also wrote each of them a call; the index then stands at 101,000. */
function crowd(holders: number): { venue: TestVenue; accounts: number[]; maker: number } {
  const venue = venueOf([future(expiryMs), option(expiryMs), perpetual()]);
  const slice = { expiryMs, forwardMicros: 100_000_000_000, a: 2e-5, b: 1e-4, rho: 0, m: 0, sigma: 0.1 };
  venue.must(officer, { type: "publishSurface", underlying: 0, timeMs: venue.timeMs, slices: [slice] });
  const maker = venue.account(ownerOf(100_000), usd(100_000_000));
  const accounts = Array.from({ length: holders }, (_, i) => venue.account(ownerOf(i), usd(1_000)));
  for (const instrument of [0, 1]) {
    const priceTicks = instrument === 0 ? 100_000 : 500;
    for (const [i, account] of accounts.entries()) {
      venue.must(ownerOf(i), order({ account, instrument, priceTicks, lots: 1 }));
      if (i % 500 !== 499 && i !== holders - 1) continue;
      const lots = (i % 500) + 1;
      venue.must(ownerOf(100_000), order({ account: maker, instrument, side: "sell", priceTicks, lots }));
    }
  }
  venue.timeMs = expiryMs - 600_000;
  venue.price(0, 101_000);
  venue.timeMs = expiryMs;
  return { venue, accounts, maker };
}

describe("a settlement of many holders", () => {
  test("takes 500 positions with each command, at one price, by account", () => {
    const { venue } = crowd(1_200);
    const seen: number[] = [];
    const settled: ClearingEvent[] = [];
    let commands = 0;
    while (settled.length < 2) {
      const events = venue.send("", { type: "tick" });
      commands++;
      const gone = ofType(events, "positionChanged");
      assert.ok(gone.length <= 500, `${gone.length} in one command`);
      seen.push(...gone.filter(({ instrument }) => instrument === 0).map(({ account }) => account));
      settled.push(...ofType(events, "instrumentSettled"));
      checkInvariants(venue);
    }
    // 1,201 holders of each, and the ends of both.
    assert.equal(commands, Math.ceil((2 * 1_201 + 2) / 500));
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    assert.equal(seen.length, 1_201);
    assert.deepEqual(
      settled,
      [0, 1].map((instrument) => ({
        type: "instrumentSettled",
        instrument,
        settlementMicros: 101_000_000_000,
        positionCount: 1_201,
      })),
    );
  });

  test("changes nobody's figures when their turn comes, whatever the index does", () => {
    const { venue, accounts, maker } = crowd(1_200);
    venue.tick(0);
    const all = [maker, ...accounts];
    const { margin, positions } = venue.engine.stores;
    const before = all.map((account) => margin.figures(account));
    assert.ok(
      all.some((account) => positions.lotsOf(account, 0) !== 0),
      "some still wait",
    );
    venue.timeMs += 1_000;
    venue.price(0, 150_000);
    assert.ok(
      all.some((account) => positions.lotsOf(account, 1) !== 0),
      "some still wait",
    );
    assert.deepEqual(
      all.map((account) => margin.figures(account)),
      before,
    );
    for (let i = 0; i < 6; i++) venue.tick(0);
    assert.ok(all.every((account) => positions.count(account) === 0));
    assert.deepEqual(
      all.map((account) => margin.figures(account)),
      before,
    );
  });

  test("leaves nobody a way to trade, or to take out what others are owed", () => {
    const { venue, accounts, maker } = crowd(1_200);
    venue.tick(0);
    const last = accounts.at(-1)!;
    assert.equal(venue.engine.stores.positions.lotsOf(last, 0), 1);
    const sent = order({ account: last, side: "sell", priceTicks: 101_000, lots: 1, reduceOnly: true });
    assert.equal(codeOf(venue.send(ownerOf(accounts.length - 1), sent)), "instrumentExpired");
    // The maker lost 1,200 × (1 + 0.5) USDC, on the options less their premium: what is left may go, and no more.
    const { equityMicros } = venue.engine.stores.margin.figures(maker);
    const withdraw = (units: number): string | undefined =>
      codeOf(
        venue.send(ownerOf(100_000), { type: "withdraw", account: maker, asset: 0, units, destination: "x" }),
      );
    assert.equal(withdraw(equityMicros + 1), "insufficientMargin");
    assert.equal(withdraw(equityMicros), undefined);
  });

  test("goes on from a snapshot as it would have, to the root", () => {
    const { venue } = crowd(1_200);
    venue.tick(0);
    const other = restored(venue);
    for (let i = 0; i < 6; i++) {
      assert.deepEqual(other.tick(10), venue.tick(10));
      assert.deepEqual(rootOf(other), rootOf(venue));
    }
    assert.equal(venue.engine.stores.closings.size, 0);
  });
});

test("orders of what expired go a thousand with each command, and its triggers too", () => {
  const venue = venueOf([future(expiryMs)]);
  const owners = 15;
  for (let owner = 0; owner < owners; owner++) {
    const account = venue.account(ownerOf(owner), usd(1_000_000));
    for (let i = 0; i < 200; i++) {
      const waits = i < 100 ? ({ trigger: "stop", triggerTicks: 1_000_000 } as const) : {};
      venue.must(ownerOf(owner), order({ account, priceTicks: 99_000 - i, lots: 1, ...waits }));
    }
  }
  venue.timeMs = expiryMs;
  const gone = [0, 1, 2].map(() => ofType(venue.send("", { type: "tick" }), "orderCancelled").length);
  assert.deepEqual(gone, [1_000, 1_000, 1_000]);
  assert.equal(ofType(venue.tick(0), "instrumentSettled").length, 1);
  assert.equal(venue.engine.stores.orders.orderCount + venue.engine.stores.triggers.orderCount, 0);
  checkInvariants(venue);
});

test("what has expired keeps nobody from what its orders had reserved", () => {
  const venue = venueOf([option(expiryMs)], { quote: { ...usdc, borrowable: false } });
  const slice = { expiryMs, forwardMicros: 100_000_000_000, a: 2e-5, b: 1e-4, rho: 0, m: 0, sigma: 0.1 };
  venue.must(officer, { type: "publishSurface", underlying: 0, timeMs: venue.timeMs, slices: [slice] });
  const accounts = Array.from({ length: 12 }, (_, i) => venue.account(ownerOf(i), usd(1_000)));
  for (const [i, account] of accounts.entries()) {
    for (let n = 0; n < 100; n++) venue.must(ownerOf(i), order({ account, priceTicks: 1, lots: 1 }));
  }
  venue.timeMs = expiryMs;
  venue.tick(0);
  const late = accounts.findIndex((account) => venue.engine.stores.orders.accountOrderCount(account) > 0);
  assert.ok(late >= 0);
  const all = {
    type: "withdraw",
    account: accounts[late]!,
    asset: 0,
    units: usd(1_000),
    destination: "x",
  } as const;
  venue.must(ownerOf(late), all);
});
