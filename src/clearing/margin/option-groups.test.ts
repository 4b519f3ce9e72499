import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { farMs, sampleWorld } from "../../../test/properties/clearing-margin-world.ts";

const lots = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 4, maxLength: 4 });

test("options that can pay nothing at worst require their value to the micro", () => {
  const world = sampleWorld();
  const { instruments } = world.markets;
  const strikesOf = (instrument: number): number => instruments.get("strikeMicros", instrument);
  // By falling strike: those of the highest are bought, the others sold.
  const puts = Array.from({ length: instruments.count }, (_, i) => i)
    .filter((i) => instruments.get("underlying", i) === 0 && instruments.get("expiryMs", i) === farMs)
    .filter((i) => instruments.get("optionSign", i) === -1)
    .sort((a, b) => strikesOf(b) - strikesOf(a));
  assert.equal(puts.length, 5);
  fc.assert(
    fc.property(lots, (sold) => {
      const account = world.open("cross");
      for (const [i, size] of sold.entries()) if (size > 0) world.fill(account, puts[i + 1]!, -size, 1);
      world.fill(account, puts[0]!, 1 + sold.reduce((sum, size) => sum + size, 0), 1);
      const { equityMicros, initialMicros, maintenanceMicros } = world.margin.figures(account);
      assert.ok(equityMicros > 0);
      assert.deepEqual([initialMicros, maintenanceMicros], [equityMicros, equityMicros]);
    }),
    { seed: 896, numRuns: 300 },
  );
});
