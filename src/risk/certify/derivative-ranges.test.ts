import assert from "node:assert/strict";
import { test } from "node:test";
import { normalPdf } from "../../numerics/normal.ts";
import { randomStream } from "../../numerics/random.ts";
import { black76Greeks } from "../../pricing/black76.ts";
import { derivativeRanges, type DerivativeRanges, emptyRanges } from "./derivative-ranges.ts";

interface Rectangle {
  readonly xLow: number;
  readonly xHigh: number;
  readonly tLow: number;
  readonly tHigh: number;
}

function rangesOf({ xLow, xHigh, tLow, tHigh }: Rectangle): DerivativeRanges {
  const into = emptyRanges();
  derivativeRanges(xLow, xHigh, tLow, tHigh, into);
  return into;
}

/** Ranges over an even grid of the rectangle. */
function sampledRanges({ xLow, xHigh, tLow, tHigh }: Rectangle, steps: number): DerivativeRanges {
  const seen = {
    densityLow: Infinity,
    densityHigh: -Infinity,
    mixedLow: Infinity,
    mixedHigh: -Infinity,
    productLow: Infinity,
    productHigh: -Infinity,
  };
  for (let i = 0; i <= steps; i++) {
    for (let j = 0; j <= steps; j++) {
      const x = xLow + ((xHigh - xLow) * i) / steps;
      const t = tLow + ((tHigh - tLow) * j) / steps;
      const d1 = x / t + 0.5 * t;
      const d2 = d1 - t;
      const density = normalPdf(d1);
      seen.densityLow = Math.min(seen.densityLow, density);
      seen.densityHigh = Math.max(seen.densityHigh, density);
      seen.mixedLow = Math.min(seen.mixedLow, (density * d2) / t);
      seen.mixedHigh = Math.max(seen.mixedHigh, (density * d2) / t);
      seen.productLow = Math.min(seen.productLow, d1 * d2);
      seen.productHigh = Math.max(seen.productHigh, d1 * d2);
    }
  }
  return seen;
}

test("every range holds what is sampled; those of density and of the product are no wider than need be", () => {
  const random = randomStream(5);
  const between = (from: number, to: number): number => from + (to - from) * random.nextFloat();
  for (let run = 0; run < 1500; run++) {
    const tLow = 10 ** between(-2, 0.6);
    const xLow = between(-2, 2) * (random.nextBelow(2) === 0 ? 1 : tLow);
    const rectangle = { xLow, xHigh: xLow + between(0, 1) * tLow, tLow, tHigh: tLow * (1 + between(0, 2)) };
    const found = rangesOf(rectangle);
    const seen = sampledRanges(rectangle, 24);
    const slack = 1e-12;
    assert.ok(found.densityLow <= seen.densityLow + slack && found.densityHigh >= seen.densityHigh - slack);
    assert.ok(found.mixedLow <= seen.mixedLow + slack && found.mixedHigh >= seen.mixedHigh - slack);
    const scale = 1e-12 * (1 + Math.abs(seen.productLow) + Math.abs(seen.productHigh));
    assert.ok(found.productLow <= seen.productLow + scale && found.productHigh >= seen.productHigh - scale);
    assert.ok(found.densityHigh - seen.densityHigh < 0.002 && seen.densityLow - found.densityLow < 1e-8);
    const width = 1e-2 + 0.1 * (seen.productHigh - seen.productLow);
    assert.ok(seen.productLow - found.productLow < width && found.productHigh - seen.productHigh < width);
  }
});

test("at a point they are the greeks", () => {
  const strike = 100;
  for (const [forward, totalVol] of [
    [100, 0.2],
    [120, 0.3],
    [70, 0.9],
  ] as const) {
    const x = Math.log(forward / strike);
    const found = rangesOf({ xLow: x, xHigh: x, tLow: totalVol, tHigh: totalVol });
    const { gamma, vanna, volga } = black76Greeks({
      optionType: "call",
      forward,
      strike,
      expiryYears: 1,
      vol: totalVol,
    });
    const close = (actual: number, expected: number): void =>
      assert.ok(Math.abs(actual - expected) <= 1e-8 * (1 + Math.abs(expected)), `${actual} ${expected}`);
    close(found.densityLow / (forward * totalVol), gamma);
    close(found.densityHigh / (forward * totalVol), gamma);
    close(-found.mixedLow, vanna);
    close(-found.mixedHigh, vanna);
    close((forward * found.densityLow * found.productLow) / totalVol, volga);
    close((forward * found.densityHigh * found.productHigh) / totalVol, volga);
  }
});
