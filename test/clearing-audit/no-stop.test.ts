import assert from "node:assert/strict";
import { test } from "node:test";
import { future, inversePerpetual, option, startMs } from "../properties/clearing-venue.ts";
import { checkInvariants } from "../properties/clearing-invariants.ts";
import { codeOf, officer, order, ownerOf, perpetual, rootOf, usd, venueOf } from "./world.ts";

const fine = perpetual({ name: "FINE", tickMicros: 1, lotNanos: 1_000_000_000, priceBandPpm: 10_000 });

test("a mark beyond the last tick refuses orders, at market too, and never stops the machine", () => {
  const venue = venueOf([fine, inversePerpetual({ tickMicros: 1, priceBandPpm: 10_000 })]);
  const alice = venue.account(ownerOf(1), usd(1_000_000));
  venue.deposit(alice, 1, 1_000_000_000);
  for (const instrument of [0, 1]) {
    for (const side of ["buy", "sell"] as const) {
      for (const trigger of ["none", "stop", "takeProfit"] as const) {
        for (const priceTicks of [0, 2 ** 31 - 1]) {
          const sent = order({
            account: alice,
            instrument,
            side,
            trigger,
            priceTicks,
            triggerTicks: 2 ** 31 - 1,
          });
          const events = venue.send(ownerOf(1), sent);
          if (trigger === "none") assert.equal(codeOf(events), "outsidePriceBand");
          venue.tick(1_000);
        }
      }
    }
  }
  checkInvariants(venue);
});

test("a pool made at the highest price can be written down", () => {
  const venue = venueOf([perpetual({ priceBandPpm: 1_000_000 })]);
  for (let i = 0; i < 8; i++) {
    venue.timeMs += 60_000;
    venue.price(0, Math.min(100_000_000, 100_000 * 10 ** i));
    venue.timeMs += 86_400_000;
    venue.tick(0);
    venue.price(0, Math.min(100_000_000, 100_000 * 10 ** i));
  }
  venue.send(officer, {
    type: "createPool",
    instrument: 0,
    pool: {
      depthLotsPerPercent: 1,
      maxDeviationPpm: 50_000,
      feePpm: 300,
      minPricePpm: 1,
      maxPricePpm: 100_000_000,
      initialShareUnits: 1,
    },
  });
  assert.ok(rootOf(venue).length === 64);
  const pool = venue.engine.stores.pools.find(0);
  assert.ok(pool !== undefined && pool.terms.maxPriceMicros <= 100_000_000_000_000);
});

/** DRV-03 of Derive's audits: an option with strike 0, or an extreme surface, made margin revert. */
test("DRV-03 no strike and no surface takes the answer from margin", () => {
  const expiryMs = startMs + 86_400_000;
  const strikes = [1, 100_000_000_000, 100_000_000_000_000];
  const venue = venueOf(
    strikes.flatMap((strikeMicros) =>
      (["call", "put"] as const).map((optionType) =>
        option(expiryMs, {
          name: `O-${strikeMicros}-${optionType}`,
          optionType,
          strikeMicros,
          priceBandPpm: 1_000_000,
        }),
      ),
    ),
  );
  const zero = option(expiryMs, { name: "ZERO", strikeMicros: 0 });
  assert.equal(codeOf(venue.send(officer, { type: "listInstrument", instrument: zero })), "invalidSpec");
  const accounts = (["isolated", "cross", "portfolio"] as const).map((mode, i) =>
    venue.account(ownerOf(i), usd(10_000_000), mode),
  );
  const plain = { a: 0.0001, b: 0.0001, rho: 0, m: 0, sigma: 0.1 };
  const publish = (change: Partial<typeof plain>, forward: number): void => {
    venue.timeMs += 1_000;
    const slice = { expiryMs, forwardMicros: forward, ...plain, ...change };
    venue.send(officer, { type: "publishSurface", underlying: 0, timeMs: venue.timeMs, slices: [slice] });
  };
  publish({}, 100_000_000_000);
  for (let instrument = 0; instrument < strikes.length * 2; instrument++) {
    const tick = Math.max(1, Math.round(venue.engine.stores.markets.markMicros(instrument) / 1e6));
    for (const [i, account] of accounts.entries()) {
      const seller = i === 0 ? 1 : 0;
      venue.send(ownerOf(i), order({ account, instrument, priceTicks: tick, lots: 3 }));
      venue.send(
        ownerOf(seller),
        order({ account: accounts[seller]!, instrument, side: "sell", priceTicks: tick, lots: 3 }),
      );
    }
  }
  const extremes: readonly [Partial<typeof plain>, number][] = [
    [{ a: 100, b: 100 }, 100_000_000_000],
    [{ a: 0, b: 0, sigma: 0 }, 1],
    [{ a: -100 }, 100_000_000_000],
    [{ rho: 1, m: 10, b: 100 }, 100_000_000_000_000],
    [{ rho: -1, m: -10, b: 1e-300, sigma: 1e-300 }, 100_000_000_000],
    [{ a: 1e-300, b: 0 }, 100_000_000_000],
  ];
  for (const [change, forward] of extremes) {
    publish(change, forward);
    checkInvariants(venue);
    for (const account of accounts) {
      for (const mode of ["isolated", "cross", "portfolio"] as const) {
        venue.engine.stores.margin.explain(account, mode);
      }
    }
  }
  venue.tick(86_400_000);
  checkInvariants(venue);
});

test("a mark is a fair price when its settlement window opens, after whatever silence", () => {
  for (const silenceMs of [4_000, 60_000, 20 * 3_600_000]) {
    const windowMs = 1_000;
    const expiryMs = startMs + silenceMs + 5_000;
    const venue = venueOf([future(expiryMs, { settlementWindowMs: windowMs })]);
    const plain = { a: 0.0001, b: 0.0001, rho: 0, m: 0, sigma: 0.1 };
    const slice = { expiryMs, forwardMicros: 80_000_000_000, ...plain };
    venue.must(officer, { type: "publishSurface", underlying: 0, timeMs: venue.timeMs, slices: [slice] });
    venue.tick(0);
    const before = venue.engine.stores.markets.markMicros(0);
    venue.timeMs = expiryMs - windowMs;
    const events = venue.tick(0);
    const marks = events.flatMap((event) => (event.type === "markChanged" ? [event.priceMicros] : []));
    for (const mark of [...marks, venue.engine.stores.markets.markMicros(0)]) {
      assert.ok(Math.abs(mark / before - 1) < 0.01, `${mark} after ${before}, silence of ${silenceMs} ms`);
    }
  }
});
