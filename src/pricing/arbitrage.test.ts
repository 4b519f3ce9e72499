import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { msPerYear } from "../market/instrument.ts";
import {
  densityFactor,
  flatSvi,
  sviDerivatives,
  type SviParameters,
  sviTotalVariance,
} from "../market/svi.ts";
import { sviSurface, type SviSlice } from "../market/svi-surface.ts";
import { exp, log } from "../numerics/exp-log.ts";
import { normalPdf } from "../numerics/normal.ts";
import { type ArbitrageFinding, quoteArbitrage, sliceArbitrage, surfaceButterfly } from "./arbitrage.ts";
import { black76Price } from "./black76.ts";
import { type OptionQuote } from "./fit-surface-quotes.ts";

const asOfMs = 1_700_000_000_000;
const monthMs = msPerYear / 12;
const strikes = [80, 90, 95, 100, 105, 110, 120];

/** A chain without arbitrage: two expiries, one volatility, bid and ask 0.05 around the mark. */
function cleanChain(forward = 100): readonly OptionQuote[] {
  return [1, 2].flatMap((month) =>
    strikes.flatMap((strike) =>
      (["call", "put"] as const).map((optionType): OptionQuote => {
        const expiryMs = asOfMs + month * monthMs;
        const vol = 0.6;
        const mark = black76Price({ optionType, forward, strike, expiryYears: month / 12, vol });
        return {
          instrument: `X-${month}-${strike}-${optionType === "call" ? "C" : "P"}`,
          optionType,
          expiryMs,
          timeMs: asOfMs,
          strike,
          forward,
          impliedVol: vol,
          mark,
          bid: Math.max(0, mark - 0.05),
          ask: mark + 0.05,
        };
      }),
    ),
  );
}

const changed = (instrument: string, change: Partial<OptionQuote>): readonly OptionQuote[] =>
  cleanChain().map((quote) => (quote.instrument === instrument ? { ...quote, ...change } : quote));

const markOf = (instrument: string): number =>
  cleanChain().find((quote) => quote.instrument === instrument)?.mark ?? 0;

const kindsOf = (findings: readonly ArbitrageFinding[]): readonly string[] => [
  ...new Set(findings.map(({ kind, source }) => `${source} ${kind}`)),
];

test("a chain without arbitrage has no findings, whatever its forward", () => {
  fc.assert(
    fc.property(fc.double({ min: 60, max: 150, noNaN: true }), (forward) => {
      assert.deepEqual(quoteArbitrage(cleanChain(forward)), []);
    }),
  );
});

test("a mark above the line through its neighbours is a butterfly that names it", () => {
  const findings = quoteArbitrage(changed("X-1-105-C", { mark: markOf("X-1-105-C") + 2 }));
  const butterfly = findings.find(({ kind }) => kind === "butterfly");
  assert.deepEqual(butterfly?.instruments, ["X-1-100-C", "X-1-110-C", "X-1-105-C"]);
  assert.deepEqual(butterfly?.strikes, [100, 110, 105]);
  const line = (markOf("X-1-100-C") + markOf("X-1-110-C")) / 2;
  assert.ok(Math.abs((butterfly?.amount ?? 0) - (markOf("X-1-105-C") + 2 - line)) < 1e-9);
  assert.equal(butterfly?.unit, "price");
});

test("a higher strike's call that costs more is a vertical", () => {
  const findings = quoteArbitrage(changed("X-2-120-C", { mark: markOf("X-2-110-C") + 0.5 }));
  const vertical = findings.find(({ kind, source }) => kind === "vertical" && source === "marks");
  assert.deepEqual(vertical?.instruments, ["X-2-110-C", "X-2-120-C"]);
  assert.ok(Math.abs((vertical?.amount ?? 0) - 0.5) < 1e-9);
});

test("put–call parity names the pair", () => {
  // the put is in the money, so its mark does not shape the curve of calls
  const findings = quoteArbitrage(changed("X-1-110-P", { mark: markOf("X-1-110-P") + 1 }));
  assert.deepEqual(kindsOf(findings), ["marks parity"]);
  assert.deepEqual(findings[0]?.instruments, ["X-1-110-C", "X-1-110-P"]);
  assert.ok(Math.abs((findings[0]?.amount ?? 0) - 1) < 1e-9);
});

test("less total variance at a later expiry is a calendar that names all three options", () => {
  const quotes = cleanChain().map((quote) =>
    quote.expiryMs === asOfMs + monthMs ? { ...quote, impliedVol: 1 } : quote,
  );
  const findings = quoteArbitrage(quotes).filter(({ kind }) => kind === "calendar");
  assert.equal(findings.length, strikes.length);
  const atTheMoney = findings.find(({ strikes }) => strikes[0] === 100);
  assert.equal(atTheMoney?.instruments[0], "X-1-100-C");
  assert.deepEqual(atTheMoney?.expiriesMs, [asOfMs + monthMs, asOfMs + 2 * monthMs]);
  const price = (vol: number, expiryYears: number): number =>
    black76Price({ optionType: "call", forward: 100, strike: 100, expiryYears, vol });
  assert.ok(Math.abs((atTheMoney?.amount ?? 0) - (price(1, 1 / 12) - price(0.6, 2 / 12))) < 1e-9);
});

test("tradable arbitrage is told apart: crossed quotes, spreads and butterflies at bid and ask", () => {
  const crossed = quoteArbitrage(changed("X-1-100-C", { bid: 9, ask: 8.5 }));
  const own = crossed.find(({ kind }) => kind === "crossed");
  assert.deepEqual(own?.instruments, ["X-1-100-C"]);
  assert.ok(Math.abs((own?.amount ?? 0) - 0.5) < 1e-12);

  const spread = quoteArbitrage(changed("X-1-105-C", { bid: markOf("X-1-100-C") + 1, ask: 20 }));
  const vertical = spread.find(({ kind, source }) => kind === "vertical" && source === "bid-ask");
  assert.deepEqual(vertical?.instruments, ["X-1-100-C", "X-1-105-C"]);
  assert.ok(Math.abs((vertical?.amount ?? 0) - 0.95) < 1e-9);
  const butterfly = spread.find(({ kind, source }) => kind === "butterfly" && source === "bid-ask");
  assert.deepEqual(butterfly?.instruments, ["X-1-100-C", "X-1-110-C", "X-1-105-C"]);

  // a put spread that costs more than the difference of the strikes
  const wide = quoteArbitrage(changed("X-1-90-P", { ask: 0.1, bid: 0.05 })).filter(
    ({ kind, source }) => kind === "vertical" && source === "bid-ask",
  );
  assert.deepEqual(wide[0]?.instruments, ["X-1-90-P", "X-1-80-P"]);
});

test("differences within the tolerance are not findings", () => {
  const quotes = changed("X-1-105-C", { mark: markOf("X-1-105-C") + 2 });
  assert.equal(quoteArbitrage(quotes, { tolerance: 0.05, parityTolerance: 0.05 }).length, 0);
});

test("slices: negative density, too steep a wing and crossing expiries are found where they are", () => {
  const slice = (month: number, parameters: SviParameters): SviSlice => ({
    expiryMs: asOfMs + month * monthMs,
    parameters,
    minLogMoneyness: -1,
    maxLogMoneyness: 1,
  });
  // Gatheral and Jacquier (2014), example 3.1
  const vogt = { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };
  const findings = sliceArbitrage([slice(12, vogt), slice(13, flatSvi(0.05)), slice(14, flatSvi(0.06))]);
  assert.deepEqual(kindsOf(findings), ["slices density", "slices calendar"]);
  const crossing = findings.find(({ kind }) => kind === "calendar");
  assert.deepEqual(crossing?.expiriesMs, [asOfMs + 12 * monthMs, asOfMs + 13 * monthMs]);
  assert.equal(crossing?.logMoneyness, -1);
  assert.ok(Math.abs((crossing?.amount ?? 0) - (sviTotalVariance(vogt, -1) - 0.05)) < 1e-12);
  assert.equal(sliceArbitrage([slice(1, { a: 0, b: 2, rho: 0.9, m: 0, sigma: 0.1 })])[0]?.kind, "wing");
  const wings = sliceArbitrage([
    slice(1, { a: 0.01, b: 0.1, rho: 0, m: 0, sigma: 0.1 }),
    slice(2, { a: 0.2, b: 0.05, rho: 0, m: 0, sigma: 0.1 }),
  ]);
  assert.equal(wings[0]?.unit, "slope");
  assert.ok(Math.abs((wings[0]?.amount ?? 0) - 0.05) < 1e-12);
});

test("g is the density of the prices: their second difference by strike", () => {
  const smile: SviParameters = { a: 0.02, b: 0.1, rho: -0.3, m: 0.05, sigma: 0.2 };
  const call = (strike: number): number => {
    const vol = Math.sqrt(sviTotalVariance(smile, log(strike)));
    return black76Price({ optionType: "call", forward: 1, strike, expiryYears: 1, vol });
  };
  for (const k of [-0.6, -0.2, 0, 0.05, 0.3, 0.8]) {
    const strike = exp(k);
    const width = 1e-3 * strike;
    const density = (call(strike + width) - 2 * call(strike) + call(strike - width)) / (width * width);
    const root = Math.sqrt(sviTotalVariance(smile, k));
    const d2 = -k / root - root / 2;
    const g = densityFactor(k, sviDerivatives(smile, k));
    assert.ok(Math.abs((g * normalPdf(d2)) / (root * strike) - density) < 1e-4 * density, `${k}`);
  }
});

test("a surface's own prices are convex at its slices; a slice with butterflies is not", () => {
  const range = { minLogMoneyness: -1.5, maxLogMoneyness: 1.5 };
  const at = (parameters: SviParameters): number =>
    surfaceButterfly(
      sviSurface({ asOfMs, slices: [{ expiryMs: asOfMs + 12 * monthMs, parameters, ...range }] }),
      asOfMs + 12 * monthMs,
      range,
    );
  assert.equal(at({ a: 0.02, b: 0.1, rho: -0.3, m: 0.05, sigma: 0.2 }), 0);
  assert.ok(at({ a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 }) > 1e-9);
});
