import assert from "node:assert/strict";
import { test } from "node:test";
import { sviTotalVariance } from "../../market/index.ts";
import { log, normalInverse, randomStream } from "../../numerics/index.ts";
import { sviButterflyViolation } from "../../market/svi.ts";
import {
  atmVolOf,
  carryOf,
  fitSmile,
  forwardsOf,
  type QuotedSmile,
  shapeNames,
  stateOf,
  surfaceOf,
  type SurfaceState,
} from "./simulated-surface.ts";

const asOfMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const expiriesMs = [1, 2, 7, 14, 30, 60, 90, 180, 270].map((days) => asOfMs + days * dayMs);

/** A state by hand: near volatility above far, puts dearer than calls. */
const state: SurfaceState = {
  level: log(0.6),
  shape: [0.2, 0.08, -0.04, -0.08, -0.3, -0.25, -0.2, log(0.9), log(0.8), log(0.7), 0.04, 0.06],
};

/** Volatilities at the quoted deltas, read off the surface of a state. */
function smilesOf(of: SurfaceState): readonly QuotedSmile[] {
  const spot = 80_000;
  const surface = surfaceOf(of, asOfMs, expiriesMs);
  const forwards = forwardsOf(of, spot, asOfMs, expiriesMs);
  return surface.slices.map(({ expiryMs, parameters }): QuotedSmile => {
    const expiryYears = (expiryMs - asOfMs) / (365 * dayMs);
    const volAt = (k: number): number => Math.sqrt(sviTotalVariance(parameters, k) / expiryYears);
    // N(d1) is the delta of a call: iterate on the strike until its own volatility agrees.
    const atDelta = (share: number): number => {
      let k = 0;
      for (let round = 0; round < 200; round++) {
        const deviation = volAt(k) * Math.sqrt(expiryYears);
        k = (k + (-normalInverse(share) * deviation + (deviation * deviation) / 2)) / 2;
      }
      return volAt(k);
    };
    return {
      expiryYears,
      forward: forwards.forwardAt(expiryMs).value,
      indexUsd: spot,
      atmVol: volAt(0),
      call25Vol: atDelta(0.25),
      put25Vol: atDelta(0.75),
      call10Vol: atDelta(0.1),
      put10Vol: atDelta(0.9),
    };
  });
}

test("a smile gives back the ρ and v that it was made with", () => {
  for (const smile of smilesOf(state)) {
    const { rho, v } = fitSmile(smile);
    const days = smile.expiryYears * 365;
    if (days <= 2) assert.ok(Math.abs(rho + 0.3) < 1e-6 && Math.abs(v - 0.9) < 1e-6);
    if (days === 30) assert.ok(Math.abs(rho + 0.25) < 1e-6 && Math.abs(v - 0.8) < 1e-6);
  }
});

test("a surface gives back its state", () => {
  const found = stateOf(smilesOf(state));
  assert.ok(found);
  assert.ok(Math.abs(found.level - state.level) < 1e-9);
  for (const [place, value] of state.shape.entries())
    assert.ok(Math.abs(found.shape[place]! - value) < 1e-5, shapeNames[place]);
});

test("volatility at the money and forwards go through the nodes, and stay level beyond them", () => {
  assert.ok(Math.abs(atmVolOf(state, 30) - 0.6) < 1e-12);
  assert.ok(Math.abs(log(atmVolOf(state, 7) / 0.6) - 0.08) < 1e-12);
  assert.equal(atmVolOf(state, 0.3), atmVolOf(state, 2));
  assert.equal(atmVolOf(state, 400), atmVolOf(state, 180));
  assert.ok(Math.abs(log(carryOf(state, 180)) - (0.06 * 180) / 365) < 1e-12);
});

test("surfaces of wild states have no butterfly arbitrage, and their variance never falls with time", () => {
  const draw = randomStream(11);
  for (let round = 0; round < 40; round++) {
    const wild: SurfaceState = {
      level: state.level + draw.nextNormal() * 0.5,
      shape: state.shape.map((value, place) => value + draw.nextNormal() * (place < 4 ? 0.15 : 0.3)),
    };
    const surface = surfaceOf(wild, asOfMs, expiriesMs);
    for (const { parameters } of surface.slices) assert.equal(sviButterflyViolation(parameters), undefined);
    for (const k of [-0.6, -0.2, 0, 0.2, 0.6]) {
      let before = 0;
      for (const expiryMs of expiriesMs) {
        const { value } = surface.totalVarianceAt(expiryMs, k);
        assert.ok(value >= before);
        before = value;
      }
    }
  }
});

test("a surface without near or far expiries has no state", () => {
  const smiles = smilesOf(state);
  assert.equal(stateOf(smiles.filter(({ expiryYears }) => expiryYears * 365 > 10)), undefined);
  assert.equal(stateOf(smiles.filter(({ expiryYears }) => expiryYears * 365 < 80)), undefined);
  assert.equal(stateOf([]), undefined);
});
