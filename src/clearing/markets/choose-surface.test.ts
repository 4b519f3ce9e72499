import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chooseSurface, maxSurfaceLagMs, type PublishedBy } from "./choose-surface.ts";
import { makeSurface } from "./surface.ts";

const nowMs = 1_767_571_200_000;
const dayMs = 86_400_000;
const index = 100_000_000_000;

interface Draw {
  /** Share of the right volatility, of the right forward. */
  readonly vol: number;
  readonly forward: number;
  readonly rho: number;
  readonly lagMs?: number;
}

function published(publisher: string, { vol, forward, rho, lagMs = 0 }: Draw): PublishedBy {
  const slices = [1, 7, 30, 180].map((days) => {
    const variance = 0.25 * vol * vol * (days / 365);
    return {
      expiryMs: nowMs + days * dayMs,
      forwardMicros: Math.round(index * (1 + (forward - 1) * (days / 180))),
      a: variance * 0.6,
      b: variance * 2,
      rho,
      m: 0,
      sigma: 0.2,
    };
  });
  const surface = makeSurface(nowMs - lagMs, slices, index);
  if ("code" in surface) throw new Error(JSON.stringify(surface));
  return { publisher, surface };
}

const right = fc.record({
  vol: fc.integer({ min: 980, max: 1_020 }).map((x) => x / 1_000),
  forward: fc.integer({ min: 9_990, max: 10_010 }).map((x) => x / 10_000),
  rho: fc.integer({ min: -220, max: -180 }).map((x) => x / 1_000),
});
const wrong = fc.record({
  vol: fc.integer({ min: 20, max: 8_000 }).map((x) => x / 1_000),
  forward: fc.integer({ min: 600, max: 1_400 }).map((x) => x / 1_000),
  rho: fc.integer({ min: -950, max: 950 }).map((x) => x / 1_000),
});

const volsOf = ({ surface }: PublishedBy): number[] =>
  [1, 7, 30, 180].flatMap((days) =>
    [-0.1, 0, 0.1].map((k) => surface.svi.volAt(nowMs + days * dayMs, k).value),
  );

test("while fewer than half lie, what is chosen is near the right surfaces", () => {
  const mix = fc
    .tuple(fc.array(right, { minLength: 2, maxLength: 5 }), fc.array(wrong, { minLength: 1, maxLength: 3 }))
    .filter(([honest, lies]) => lies.length < honest.length);
  fc.assert(
    fc.property(mix, fc.nat(1_000), ([honest, lies], turn) => {
      const rightOnes = honest.map((draw, i) => published(`h${(i * 7 + turn) % 10}${i}`, draw));
      const wrongOnes = lies.map((draw, i) => published(`l${i}`, draw));
      const all = [...rightOnes, ...wrongOnes].sort((a, b) => (a.publisher < b.publisher ? -1 : 1));
      const chosen = chooseSurface(all);
      assert.ok(chosen);
      const vols = volsOf({ publisher: "", surface: chosen });
      const rightVols = rightOnes.map(volsOf);
      for (const [i, vol] of vols.entries()) {
        const around = rightVols.map((each) => each[i] ?? 0);
        const [low, high] = [Math.min(...around), Math.max(...around)];
        // Volatilities within 2 % of each other, smiles and forwards alike: twice what the right ones differ by anywhere.
        assert.ok(vol > low - 0.1 && vol < high + 0.1, `${vol} beside ${low} to ${high}`);
      }
      const ratio = chosen.forwardRatio(nowMs + 180 * dayMs);
      assert.ok(Math.abs(ratio - 1) < 0.012, `forward ${ratio}`);
    }),
    { numRuns: 200, seed: 1 },
  );
});

test("one is believed, of two the newer, of three that agree one of them", () => {
  const a = published("a", { vol: 1, forward: 1, rho: 0, lagMs: 10 });
  const b = published("b", { vol: 2, forward: 1, rho: 0, lagMs: 5 });
  const c = published("c", { vol: 1.01, forward: 1, rho: 0, lagMs: 20 });
  assert.equal(chooseSurface([]), undefined);
  assert.equal(chooseSurface([a]), a.surface);
  assert.equal(chooseSurface([a, b]), b.surface);
  assert.equal(chooseSurface([a, b, c]), a.surface);
});

test("who fell silent has no say", () => {
  const old = { vol: 1, forward: 1, rho: 0, lagMs: maxSurfaceLagMs + 1 };
  const fresh = published("c", { vol: 2, forward: 1, rho: 0 });
  assert.equal(chooseSurface([published("a", old), published("b", old), fresh]), fresh.surface);
});
