import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { waterFill, type Winner } from "./water-fill.ts";

const usd = 1_000_000;
const winner = (lots: number, netLots: number, equity: number): Winner => ({
  lots,
  netLots,
  equityMicros: equity * usd,
});

const leverage = ({ netLots, equityMicros }: Winner, cut: number): number =>
  Math.abs(netLots - cut) / (equityMicros / usd);

test("the most leveraged come down to a common level", () => {
  // 10, 5 and 1 lots per 1,000 USD: the first two meet at 4.
  const winners = [winner(100, 100, 10_000), winner(50, 50, 10_000), winner(10, 10, 10_000)];
  const cuts = waterFill(70, winners);
  assert.deepEqual(cuts, [60, 10, 0]);
  assert.equal(leverage(winners[0]!, 60), leverage(winners[1]!, 10));
});

test("a hedged book is cut last, and hedges evenly by equity", () => {
  const hedged = winner(100, 0, 10_000);
  assert.deepEqual(waterFill(50, [hedged, winner(60, 60, 50_000)]), [0, 50]);
  assert.deepEqual(waterFill(90, [hedged, winner(60, 60, 50_000)]), [30, 60]);
  assert.deepEqual(waterFill(30, [hedged, winner(100, 0, 20_000)]), [10, 20]);
});

test("no more is closed than there is", () => {
  assert.deepEqual(waterFill(100, [winner(3, 3, 10), winner(4, -2, 10)]), [3, 4]);
  assert.deepEqual(waterFill(1, []), []);
});

const anyWinner: fc.Arbitrary<Winner> = fc
  .tuple(
    fc.integer({ min: 1, max: 200 }),
    fc.integer({ min: -50, max: 250 }),
    fc.integer({ min: 1, max: 5_000 }),
  )
  .map(([lots, net, equity]) => winner(lots, net, equity));

test("no other way to close as much leaves a lower maximum leverage", () => {
  fc.assert(
    fc.property(
      fc.array(anyWinner, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 400 }),
      (winners, lots) => {
        const cuts = waterFill(lots, winners);
        const all = winners.reduce((sum, w) => sum + w.lots, 0);
        assert.equal(
          cuts.reduce((sum, cut) => sum + cut, 0),
          Math.min(lots, all),
        );
        for (const [i, cut] of cuts.entries()) assert.ok(cut >= 0 && cut <= winners[i]!.lots);
        // One lot moved from any to any other never lowers the maximum of the two by more than a lot's worth.
        const most = (at: readonly number[]): number =>
          winners.reduce((max, w, i) => Math.max(max, leverage(w, at[i]!)), 0);
        const tolerance = 1.001 / Math.min(...winners.map(({ equityMicros }) => equityMicros / usd));
        for (let i = 0; i < winners.length; i++) {
          for (let j = 0; j < winners.length; j++) {
            if (i === j || cuts[i] === 0 || cuts[j] === winners[j]!.lots) continue;
            const moved = cuts.map((cut, k) => (k === i ? cut - 1 : k === j ? cut + 1 : cut));
            assert.ok(most(moved) >= most(cuts) - tolerance);
          }
        }
      },
    ),
    { numRuns: 400, seed: 11 },
  );
});
