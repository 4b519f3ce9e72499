import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkInvariants } from "./clearing-invariants.ts";
import {
  addressOf,
  coin,
  future,
  inversePerpetual,
  officer,
  option,
  order,
  perpetual,
  spot,
  startMs,
  TestVenue,
  underlying,
  usdc,
} from "./clearing-venue.ts";

const expiryMs = startMs + 3_600_000;
const hugeMicros = 100_000_000_000_000;

/** Instruments at the edges of what may be listed, most on an index that may be anything from 1e-6 to 100 million. */
function extremeVenue(): TestVenue {
  const venue = new TestVenue();
  venue.open();
  venue.must(officer, { type: "listAsset", asset: usdc });
  const loose = { maxMovePerSecondPpm: 1_000_000, maxPriceAgeMs: 86_400_000 };
  for (const name of ["BTC", "ETH"]) {
    venue.must(officer, { type: "listUnderlying", underlying: underlying(name, loose) });
  }
  // Never published: an asset whose price nobody knows.
  venue.must(officer, { type: "listAsset", asset: coin("BTC", { borrowable: true, borrowCapUnits: 1e12 }) });
  venue.must(officer, { type: "listAsset", asset: coin("LOST", { underlying: "", feed: "LOST" }) });
  const wide = { priceBandPpm: 1_000_000, maxOrderLots: 2 ** 40, positionLimitLots: 2 ** 40 };
  const tiny = { tickMicros: 1, lotNanos: 1_000_000_000 };
  for (const instrument of [
    perpetual({ ...wide, ...tiny, name: "FINE" }),
    perpetual({ ...wide, name: "COARSE", tickMicros: 1_000_000, lotNanos: 1_000_000_000_000_000 }),
    inversePerpetual({ ...wide, name: "INVERSE", tickMicros: 1, lotUsdMicros: 1_000_000_000_000 }),
    inversePerpetual({
      ...wide,
      name: "INVERSE-CENT",
      tickMicros: 1,
      lotUsdMicros: 1,
      kind: "future",
      expiryMs,
      settlementWindowMs: 60_000,
      fundingIntervalMs: 0,
      fundingCapPpm: 0,
    }),
    future(expiryMs, { ...wide, ...tiny, name: "FUTURE" }),
    option(expiryMs, { ...wide, ...tiny, name: "LOW-CALL", strikeMicros: 1 }),
    option(expiryMs, { ...wide, ...tiny, name: "LOW-PUT", strikeMicros: 1, optionType: "put" }),
    option(expiryMs, { ...wide, ...tiny, name: "HIGH-CALL", strikeMicros: hugeMicros }),
    option(expiryMs, { ...wide, ...tiny, name: "HIGH-PUT", strikeMicros: hugeMicros, optionType: "put" }),
    spot({ ...wide, name: "SPOT", tickMicros: 1, lotNanos: 1_000_000_000 }),
    perpetual({ ...wide, ...tiny, name: "UNPRICED", underlying: "ETH" }),
  ]) {
    venue.must(officer, { type: "listInstrument", instrument });
  }
  venue.price(0, 100);
  const slice = { forwardMicros: 100_000_000, a: 0.0001, b: 0.0001, rho: 0, m: 0, sigma: 0.1 };
  const slices = [
    { ...slice, expiryMs },
    { ...slice, expiryMs: expiryMs + 86_400_000 },
  ];
  venue.must(officer, { type: "publishSurface", underlying: 0, timeMs: venue.timeMs, slices });
  for (let i = 0; i < 4; i++) {
    const account = venue.account(addressOf(1 + i), 100_000_000_000_000, i % 2 === 0 ? "cross" : "isolated");
    venue.deposit(account, 1, 10_000_000_000);
    venue.deposit(account, 2, 10_000_000_000);
  }
  return venue;
}

const instrumentCount = 11;
const firstAccount = 5 + instrumentCount;

const price = fc.oneof(
  fc.integer({ min: 1, max: 1_000 }),
  fc.integer({ min: 1, max: hugeMicros }),
  fc.integer({ min: 99_000_000, max: 101_000_000 }),
);
const action = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("order" as const),
      by: fc.nat(3),
      instrument: fc.nat(instrumentCount - 1),
      side: fc.constantFrom("buy" as const, "sell" as const),
      lots: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 2 ** 40 })),
      off: fc.integer({ min: -3, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("price" as const), micros: price }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 600_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("withdraw" as const),
      by: fc.nat(3),
      asset: fc.nat(2),
      units: fc.integer({ min: 1, max: 1e13 }),
    }),
  },
);

test("CLR-12 nothing that may be listed, published or sent stops the machine", () => {
  let trades = 0;
  let settled = 0;
  fc.assert(
    fc.property(fc.array(action, { minLength: 40, maxLength: 100, size: "max" }), (actions) => {
      const venue = extremeVenue();
      const m = venue.engine.stores;
      for (const one of actions) {
        if (one.kind === "wait") venue.tick(one.ms);
        else if (one.kind === "price") {
          venue.timeMs += 1_000;
          const prices = [
            { feed: 0, priceMicros: one.micros, confidencePpm: 1_000_000, timeMs: venue.timeMs },
          ];
          venue.send(officer, { type: "publishPrices", prices });
        } else if (one.kind === "withdraw") {
          const { by, asset, units } = one;
          venue.send(addressOf(1 + by), {
            type: "withdraw",
            account: firstAccount + by,
            asset,
            units,
            destination: "",
          });
        } else {
          const { by, instrument, side, lots, off } = one;
          const ticks = Math.round(m.markets.markMicros(instrument) / m.terms(instrument).tickMicros) + off;
          const priceTicks = Math.min(2 ** 31 - 1, Math.max(1, ticks));
          // Half of them as large as the account can bear.
          for (const size of [lots, Math.ceil(lots / 2 ** 20), 1]) {
            const placed = order({ account: firstAccount + by, instrument, side, lots: size, priceTicks });
            const events = venue.send(addressOf(1 + by), placed);
            if (events.some(({ type }) => type === "traded")) trades++;
            if (!events.some(({ type }) => type === "rejected")) break;
          }
        }
        settled += venue.events.filter(({ type }) => type === "instrumentSettled").length;
        checkInvariants(venue);
      }
    }),
    { seed: 20_261_125, numRuns: 80 },
  );
  assert.ok(trades > 100 && settled > 0, `${trades} trades, ${settled} settlements`);
});
