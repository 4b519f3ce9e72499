import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, officer, order } from "../../../../test/properties/clearing-venue.ts";
import { firstAccount, wholeVenue } from "../../../../test/properties/clearing-whole-venue.ts";
import { targetMicros } from "./health.ts";

test("a venue may lessen leverage past the initial requirement, and ends there", () => {
  const bob = firstAccount + 2;
  const small = firstAccount + 6;
  const owner = addressOf(9);
  const venue = wholeVenue();
  const rule = { target: "liquidation", index: 0, parameter: "deleverPpm", value: 4_000_000 } as const;
  venue.must(officer, { type: "setParameter", ...rule });
  venue.tick(3_600_000);
  venue.price(0, 100_000);
  assert.equal(venue.account(owner, 1_000_000_000), small);
  venue.must(addressOf(2), order({ account: bob, side: "sell", lots: 100, priceTicks: 100_000 }));
  venue.must(owner, order({ account: small, lots: 100, priceTicks: 100_000 }));
  venue.timeMs += 60_000;
  venue.price(0, 93_000);
  venue.must(addressOf(2), order({ account: bob, lots: 500, priceTicks: 92_100 }));
  for (let i = 0; i < 20; i++) {
    venue.timeMs += 5_000;
    venue.price(0, 92_200);
  }
  const { positions, margin, ledger, liquidations } = venue.engine.stores;
  assert.equal(liquidations.size, 0);
  const figures = margin.figures(small);
  assert.equal(targetMicros(venue.engine.stores, figures), 4 * figures.maintenanceMicros);
  assert.ok(figures.equityMicros >= 4 * figures.maintenanceMicros);
  assert.ok(figures.equityMicros > figures.initialMicros);
  const lots = positions.lotsOf(small, 0);
  assert.ok(lots > 0 && lots < 30, `${lots} lots left`);
  // No more was sold than that took.
  const lotMaintenance = figures.maintenanceMicros / lots;
  assert.ok(figures.equityMicros - 4 * figures.maintenanceMicros < 8 * lotMaintenance);
  assert.equal(ledger.total(0), 0n);
});
