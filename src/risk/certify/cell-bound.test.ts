import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { cellBounder, emptyBound } from "./cell-bound.ts";
import { certifyLimits, legsOf, type LossProblem, lossAt, type OptionLeg } from "./legs.ts";
import { randomStream } from "../../numerics/random.ts";

const nodes = [0.5, 2];
const leg = (
  weightUsd: number,
  isCall: boolean,
  strike: number,
  totalVol: number,
  forward = 100,
): OptionLeg => ({
  weightUsd,
  isCall,
  forward,
  strike,
  totalVolNow: totalVol,
  totalVols: nodes.map((factor) => factor * totalVol),
});
const problemOf = (options: readonly OptionLeg[], linearUsd = 0): LossProblem => ({
  options,
  linearUsd,
  volNodes: nodes,
});

interface ReferenceCases {
  readonly cases: readonly (readonly [number, number, number, number, string])[];
}

test("rounding uses up less than a tenth of what is allowed for it, against references of 25 digits", () => {
  const file = new URL("../../../test/vectors/pricing/outOfTheMoneyPrice.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as ReferenceCases;
  const within = cases.filter(([forward, strike]) => Math.max(forward, strike) <= certifyLimits.price);
  assert.ok(within.length > 400);
  const found = emptyBound();
  for (const [forward, strike, expiryYears, vol, reference] of within) {
    const totalVol = vol * Math.sqrt(expiryYears);
    for (const weightUsd of [1, -1]) {
      // Out of the money and without volatility it is worth nothing now: the loss is the price then.
      const option = {
        weightUsd,
        isCall: forward <= strike,
        forward,
        strike,
        totalVolNow: 0,
        totalVols: [totalVol],
      };
      const legs = legsOf({ options: [option], linearUsd: 0, volNodes: [1] });
      cellBounder(legs)({ spotDown: 0, spotUp: 0, volDown: 1, volUp: 1, piece: 0 }, found);
      const slack = found.upperUsd + weightUsd * Number(reference);
      assert.ok(Math.abs(slack / forward - 1e-11) <= 1e-12, `${forward} ${strike} ${totalVol}: ${slack}`);
    }
  }
});

// Every kind of cell: total volatilities from nothing to huge, at and far from the strike, needles included; then large cells at
// ordinary volatilities, where each of the bound's terms counts.
for (const [name, least, narrowest] of [
  ["of any", -9, -8],
  ["of ordinary", -1.2, -1.5],
] as const) {
  test(`no sampled point of a random cell ${name} volatility loses more than its bound, option by option`, () => {
    const random = randomStream(7);
    const found = emptyBound();
    const between = (from: number, to: number): number => from + (to - from) * random.nextFloat();
    const decade = (from: number, to: number): number => 10 ** between(from, to);
    for (let run = 0; run < 6000; run++) {
      const strike = random.nextBelow(4) === 0 ? 100 : between(40, 180);
      const weight = random.nextBelow(2) === 0 ? 1 : -1;
      const legs = legsOf(problemOf([leg(weight, random.nextBelow(2) === 0, strike, decade(least, 0.5))]));
      const spot = random.nextBelow(3) === 0 ? between(-0.95, 1.5) : between(-0.3, 0.3);
      const vol = between(0.5, 2);
      const spotWidth = random.nextBelow(8) === 0 ? 0 : decade(narrowest, -0.4);
      const volWidth = random.nextBelow(8) === 0 ? 0 : decade(narrowest, 0.2);
      const cell = {
        spotDown: spot,
        spotUp: spot + spotWidth,
        volDown: Math.max(0.5, vol - volWidth),
        volUp: vol,
        piece: 0,
      };
      cellBounder(legs)(cell, found);
      for (let sample = 0; sample < 14; sample++) {
        const corner = sample < 4;
        const side = sample >= 4 && sample < 8;
        const s =
          corner || side ? (sample & 1 ? cell.spotUp : cell.spotDown) : between(cell.spotDown, cell.spotUp);
        const v = corner ? (sample & 2 ? cell.volUp : cell.volDown) : between(cell.volDown, cell.volUp);
        assert.ok(lossAt(legs, s, v) <= found.upperUsd, `run ${run}: ${s} ${v}`);
      }
      assert.ok(found.centreUsd <= found.upperUsd);
      assert.ok(Number.isFinite(found.upperUsd));
    }
  });
}

test("halving a cell closes the gap by about eight where prices are smooth: the bound is of third order", () => {
  const legs = legsOf(
    problemOf([
      leg(1, true, 100, 0.2),
      leg(-2, true, 110, 0.2),
      leg(1.5, false, 90, 0.3),
      leg(-0.3, false, 95, 0.1),
    ]),
  );
  const found = emptyBound();
  const gapOf = (half: number): number => {
    const cell = {
      spotDown: 0.01 - half,
      spotUp: 0.01 + half,
      volDown: 1.1 - half,
      volUp: 1.1 + half,
      piece: 0,
    };
    cellBounder(legs)(cell, found);
    let highest = -Infinity;
    for (let i = 0; i <= 60; i++) {
      for (let j = 0; j <= 60; j++) {
        const spot = 0.01 + half * (i / 30 - 1);
        highest = Math.max(highest, lossAt(legs, spot, 1.1 + half * (j / 30 - 1)));
      }
    }
    return found.upperUsd - highest;
  };
  const ratio = gapOf(0.02) / gapOf(0.01);
  assert.ok(ratio > 6 && ratio < 10, String(ratio));
});
