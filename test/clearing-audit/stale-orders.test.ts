import assert from "node:assert/strict";
import { test } from "node:test";
import { option, startMs } from "../properties/clearing-venue.ts";
import {
  checkConserved,
  codeOf,
  deficitOf,
  equityOf,
  officer,
  order,
  ownerOf,
  perpetual,
  usd,
  venueOf,
} from "./world.ts";

const far = 4_000_000_000;

test("a resting order that the mark has passed takes nothing from the house: it goes before its account cannot pay", () => {
  const venue = venueOf([perpetual()]);
  const [alice, bob] = [venue.account(ownerOf(1), usd(6_000)), venue.account(ownerOf(2), usd(100_000))];
  // 100,000 USD at 5 %: all that Alice has, and nobody but Bob trades.
  venue.must(ownerOf(1), order({ account: alice, priceTicks: 100_000, lots: 1_000 }));
  for (let price = 99_000; price >= 80_000; price -= 1_000) {
    venue.timeMs += 10_000;
    venue.price(0, price);
  }
  venue.send(
    ownerOf(2),
    order({ account: bob, side: "sell", priceTicks: 79_000, lots: 1_000, timeInForce: "ioc" }),
  );
  assert.equal(deficitOf(venue, [alice, bob]), 0);
  assert.equal(equityOf(venue, alice), usd(6_000));
  checkConserved(venue);
});

test("the same with a written option: what was offered cheap is withdrawn when it is dear", () => {
  const expiryMs = startMs + 86_400_000;
  const venue = venueOf([option(expiryMs, { strikeMicros: 120_000_000_000 })]);
  const surface = (forward: number): void => {
    const slice = { expiryMs, forwardMicros: forward * 1e6, a: 0.0002, b: 0.0001, rho: 0, m: 0, sigma: 0.1 };
    venue.must(officer, { type: "publishSurface", underlying: 0, timeMs: venue.timeMs, slices: [slice] });
  };
  surface(100_000);
  const [alice, bob] = [venue.account(ownerOf(1), usd(20_000)), venue.account(ownerOf(2), usd(200_000))];
  const mark = Math.max(1, Math.round(venue.engine.stores.markets.markMicros(0) / 1e6));
  venue.must(ownerOf(1), order({ account: alice, side: "sell", priceTicks: mark, lots: 1_000 }));
  for (let price = 101_000; price <= 150_000; price += 1_000) {
    venue.timeMs += 10_000;
    venue.price(0, price);
    surface(price);
  }
  venue.send(ownerOf(2), order({ account: bob, priceTicks: 30_000, lots: 1_000, timeInForce: "ioc" }));
  assert.equal(deficitOf(venue, [alice, bob]), 0);
  checkConserved(venue);
});

test("an order that the mark has passed stays as long as its account can afford it", () => {
  const venue = venueOf([perpetual()]);
  const alice = venue.account(ownerOf(1), usd(100_000));
  venue.must(ownerOf(1), order({ account: alice, priceTicks: 100_000, lots: 1_000 }));
  venue.timeMs += 60_000;
  const events = venue.price(0, 95_000);
  assert.ok(!events.some(({ type }) => type === "orderCancelled"));
});

test("a closing order that the mark has passed stays while what is left keeps its margin", () => {
  const venue = venueOf([perpetual()]);
  const [alice, bob] = [venue.account(ownerOf(1), usd(6_000)), venue.account(ownerOf(2), far * 10)];
  venue.must(ownerOf(2), order({ account: bob, side: "sell", priceTicks: 100_000, lots: 1_000 }));
  venue.must(ownerOf(1), order({ account: alice, priceTicks: 100_000, lots: 1_000 }));
  venue.must(ownerOf(1), order({ account: alice, side: "sell", priceTicks: 100_100, lots: 1_000 }));
  venue.timeMs += 60_000;
  venue.price(0, 101_000);
  const events = venue.send(ownerOf(2), order({ account: bob, priceTicks: 101_000, lots: 1_000 }));
  assert.equal(codeOf(events), undefined);
  assert.equal(venue.engine.stores.positions.lotsOf(alice, 0), 0);
  assert.ok(equityOf(venue, alice) > usd(5_900));
});
