import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { msPerYear } from "../market/instrument.ts";
import { sviButterflyViolation, type SviParameters, sviTotalVariance } from "../market/svi.ts";
import { syntheticMarket } from "../market/synthetic-market.ts";
import { exp } from "../numerics/exp-log.ts";
import { randomStream } from "../numerics/random.ts";
import { black76Price } from "./black76.ts";
import { fitSurface, type FitSurfaceOptions, fitSurfaceToQuotes, withFittedSurfaces } from "./fit-surface.ts";
import { type OptionQuote } from "./fit-surface-quotes.ts";
import { butterflyReach } from "./fit-surface-polish.ts";

const asOfMs = 1_700_000_000_000;

interface ChainShape {
  readonly years?: number;
  readonly strikes: readonly number[];
  readonly vol: (k: number) => number;
  readonly spread?: number;
  readonly quoted?: boolean;
}

/** Calls and puts at strikes given as log-moneyness. */
function chain({
  years = 0.25,
  strikes,
  vol,
  spread = 0,
  quoted = true,
}: ChainShape): readonly OptionQuote[] {
  const forward = 50_000;
  const expiryMs = asOfMs + Math.round(years * msPerYear);
  const expiryYears = (expiryMs - asOfMs) / msPerYear;
  return strikes.flatMap((k) =>
    (["call", "put"] as const).map((optionType): OptionQuote => {
      const strike = forward * exp(k);
      const mark = black76Price({ optionType, forward, strike, expiryYears, vol: vol(k) });
      return {
        instrument: `${optionType} ${k}`,
        optionType,
        expiryMs,
        timeMs: asOfMs,
        strike,
        forward,
        mark,
        bid: Math.max(0, mark - spread / 2),
        ask: mark + spread / 2,
        ...(quoted && { impliedVol: vol(k) }),
      };
    }),
  );
}

const sviVol =
  (parameters: SviParameters, years: number) =>
  (k: number): number =>
    Math.sqrt(sviTotalVariance(parameters, k) / years);

const grid = (from: number, to: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

function fitOne(quotes: readonly OptionQuote[], options: FitSurfaceOptions = {}) {
  const fitted = fitSurfaceToQuotes({ underlying: "X", asOfMs, quotes }, options);
  const slice = fitted?.surface.slices[0];
  const expiry = fitted?.expiries[0];
  assert.ok(fitted !== undefined && slice !== undefined && expiry !== undefined);
  return { fitted, slice, expiry };
}

test("known parameters come back", () => {
  const cases: readonly [number, SviParameters][] = [
    [0.25, { a: 0.04, b: 0.12, rho: -0.25, m: 0.03, sigma: 0.25 }],
    [1 / 365, { a: 0.0003, b: 0.008, rho: 0.2, m: -0.005, sigma: 0.03 }],
    [1.5, { a: 0.1, b: 0.3, rho: -0.6, m: -0.1, sigma: 0.5 }],
    [0.05, { a: 0.01, b: 0.03, rho: 0, m: 0, sigma: 0.1 }],
  ];
  for (const [years, parameters] of cases) {
    const width = 3 * Math.sqrt(sviTotalVariance(parameters, 0));
    const strikes = grid(-width, width, 31);
    const { slice, expiry } = fitOne(chain({ years, strikes, vol: sviVol(parameters, years) }));
    assert.equal(expiry.method, "svi");
    assert.equal(expiry.identified, true);
    assert.ok(expiry.rmseVolPoints < 1e-4, `${expiry.rmseVolPoints}`);
    for (const name of ["a", "b", "rho", "m", "sigma"] as const) {
      assert.ok(
        Math.abs(slice.parameters[name] - parameters[name]) < 1e-3,
        `${name} ${slice.parameters[name]}`,
      );
    }
  }
});

test("the same smile comes from quoted volatilities, from marks and from mids", () => {
  const parameters = { a: 0.04, b: 0.12, rho: -0.25, m: 0.03, sigma: 0.25 };
  const quotes = chain({
    strikes: grid(-0.8, 0.8, 25),
    vol: sviVol(parameters, 0.25),
    spread: 10,
    quoted: false,
  });
  for (const volSource of ["quoted", "mark", "mid"] as const) {
    for (const weighting of ["vega", "vega-and-spread"] as const) {
      const { fitted, expiry } = fitOne(quotes, { volSource, weighting });
      assert.ok(expiry.rmseVolPoints < 0.01);
      assert.equal(expiry.quotesUsed + [...expiry.quotesSetAside.values()].reduce((p, q) => p + q, 0), 50);
      for (const k of [-0.5, 0, 0.5]) {
        const { value, extrapolated } = fitted.surface.volAt(expiry.expiryMs, k);
        assert.ok(Math.abs(value - sviVol(parameters, 0.25)(k)) < 1e-3);
        assert.equal(extrapolated, false);
      }
    }
  }
});

test("trader's metrics: ATM, risk reversal and butterfly at forward delta ±0.25", () => {
  const flat = fitOne(chain({ strikes: grid(-0.5, 0.5, 11), vol: () => 0.6 })).expiry;
  assert.ok(Math.abs(flat.atmVol - 0.6) < 1e-6);
  assert.ok(Math.abs(flat.riskReversal25) < 1e-5 && Math.abs(flat.butterfly25) < 1e-5);
  const skewed = fitOne(
    chain({ strikes: grid(-0.5, 0.5, 21), vol: (k) => 0.6 - 0.3 * k + 0.4 * k * k }),
  ).expiry;
  assert.ok(skewed.riskReversal25 < -0.05 && skewed.butterfly25 > 0);
});

test("few strikes are fitted with few parameters, and it says so", () => {
  const vol = (k: number): number => 0.6 - 0.1 * k;
  const expected = [
    [1, "flat"],
    [2, "ssvi"],
    [3, "ssvi"],
    [4, "ssvi"],
    [5, "svi"],
  ] as const;
  for (const [count, method] of expected) {
    const strikes = count === 1 ? [0.02] : grid(-0.2, 0.2, count);
    const { expiry } = fitOne(chain({ strikes, vol }));
    assert.equal(expiry.method, method, `${count} strikes`);
    assert.ok(expiry.rmseVolPoints < 0.5, `${count}: ${expiry.rmseVolPoints}`);
    assert.equal(expiry.identified, count !== 2);
  }
});

test("strikes without vega do not count: an hour before expiry", () => {
  const years = 1 / 8760;
  const deviation = 0.5 * Math.sqrt(years);
  const strikes = [-12, -9, -1, 0, 1, 9, 12].map((z) => z * deviation);
  const { expiry } = fitOne(chain({ years, strikes, vol: (k) => 0.5 + 2 * Math.abs(k) }));
  assert.equal(expiry.method, "ssvi");
  assert.ok(expiry.rmseVolPoints < 1);
});

test("unusable quotes are set aside with their reasons", () => {
  const quotes = chain({ strikes: grid(-0.4, 0.4, 9), vol: () => 0.5, quoted: false });
  const spoiled = quotes.map((quote, i): OptionQuote => {
    if (i === 1) return { ...quote, mark: 0 };
    if (i === 3) return { ...quote, mark: -1 };
    if (i === 16) return { ...quote, mark: quote.forward };
    return quote;
  });
  const { expiry } = fitOne(spoiled);
  assert.deepEqual(Object.fromEntries(expiry.quotesSetAside), {
    "above-maximum": 1,
    "at-intrinsic": 1,
    "below-intrinsic": 1,
    // the other eight of eighteen; at the money both options are used
    "in-the-money": 8,
  });
  assert.equal(expiry.quotesUsed, 7);
  assert.ok(expiry.rmseVolPoints < 1e-3);

  const expired = quotes.map((quote) => ({ ...quote, expiryMs: asOfMs }));
  assert.equal(fitSurfaceToQuotes({ underlying: "X", asOfMs, quotes: expired }), undefined);
  const both = fitSurfaceToQuotes({ underlying: "X", asOfMs, quotes: [...expired, ...quotes] });
  assert.deepEqual(both?.unfitted, [{ expiryMs: asOfMs, reasons: new Map([["expired", 18]]) }]);
});

test("one wild quote does not bend the smile", () => {
  const parameters = { a: 0.04, b: 0.12, rho: -0.25, m: 0.03, sigma: 0.25 };
  const vol = sviVol(parameters, 0.25);
  const quotes = chain({ strikes: grid(-0.8, 0.8, 33), vol }).map((quote, i) =>
    i === 36 ? { ...quote, impliedVol: 2.5 } : quote,
  );
  const { fitted, expiry } = fitOne(quotes);
  for (const k of [-0.4, -0.1, 0, 0.1, 0.3]) {
    assert.ok(Math.abs(fitted.surface.volAt(expiry.expiryMs, k).value - vol(k)) < 0.01, `${k}`);
  }
  assert.equal(expiry.worst.instrument, quotes[36]?.instrument);
  assert.ok(expiry.worst.errorVolPoints < -100);
});

test("a smile with butterfly arbitrage is repaired, and the cost stated", () => {
  // Gatheral and Jacquier (2014), example 3.1
  const vogt = { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };
  const { slice, expiry } = fitOne(chain({ years: 1, strikes: grid(-1, 1.3, 30), vol: sviVol(vogt, 1) }));
  assert.equal(sviButterflyViolation(slice.parameters, { reach: butterflyReach }), undefined);
  assert.ok(
    expiry.butterflyCostVolPoints > 0 && expiry.butterflyCostVolPoints < 1,
    `${expiry.butterflyCostVolPoints}`,
  );
});

test("calendar arbitrage between expiries is repaired, its cost stated and its place named", () => {
  const strikes = grid(-0.4, 0.4, 15);
  const quotes = [
    ...chain({ years: 0.25, strikes, vol: () => 0.9 }),
    ...chain({ years: 0.3, strikes, vol: () => 0.6 }),
  ];
  const fitted = fitSurfaceToQuotes({ underlying: "X", asOfMs, quotes });
  assert.ok(fitted !== undefined);
  const [near, far] = fitted.expiries;
  assert.ok(near !== undefined && far !== undefined);
  assert.ok(far.calendarCostVolPoints > 10 && near.calendarCostVolPoints < 1e-9);
  for (const k of [-1, -0.2, 0, 0.3, 2]) {
    const early = fitted.surface.totalVarianceAt(near.expiryMs, k).value;
    assert.ok(fitted.surface.totalVarianceAt(far.expiryMs, k).value >= early);
  }
  const kinds = new Set(fitted.findings.map(({ kind, source }) => `${source} ${kind}`));
  assert.ok(kinds.has("slices calendar") && kinds.has("marks calendar"));
});

test("whatever the smile, the slice is free of butterfly arbitrage and the surface finite", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          k: fc.double({ min: -2, max: 2, noNaN: true }),
          vol: fc.double({ min: 0.02, max: 4, noNaN: true }),
        }),
        { minLength: 1, maxLength: 25 },
      ),
      fc.double({ min: 1e-5, max: 2, noNaN: true }),
      (points, years) => {
        const vols = new Map(points.map(({ k, vol }) => [k, vol]));
        const quotes = chain({ years, strikes: [...vols.keys()], vol: (k) => vols.get(k) ?? 1 });
        const fitted = fitSurfaceToQuotes({ underlying: "X", asOfMs, quotes });
        // quotes without any vega may leave nothing to fit
        if (fitted === undefined) return;
        for (const { expiryMs, parameters } of fitted.surface.slices) {
          assert.equal(sviButterflyViolation(parameters, { reach: butterflyReach }), undefined);
          for (const k of [-50, -1, 0, 1, 50]) {
            assert.ok(Number.isFinite(fitted.surface.volAt(expiryMs, k).value));
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("the order of the quotes does not matter, and the result repeats bit for bit", () => {
  const vol = (k: number): number => 0.6 - 0.2 * k + 0.5 * k * k;
  const quotes = chain({ strikes: grid(-0.7, 0.9, 27), vol });
  const stream = randomStream(5);
  const shuffled = quotes
    .map((quote) => ({ quote, key: stream.nextFloat() }))
    .sort((p, q) => p.key - q.key)
    .map(({ quote }) => quote);
  assert.deepEqual(fitOne(shuffled).slice, fitOne(quotes).slice);
});

test("a market's inverse options are read in quote currency, and surfaces attached", () => {
  const market = syntheticMarket({ seed: 3, asOfMs, size: "small" });
  const bare = {
    ...market,
    underlyings: new Map(
      [...market.underlyings].map(
        ([symbol, { indexUsd, confidence, forwards }]) =>
          [symbol, { symbol, indexUsd, confidence, forwards }] as const,
      ),
    ),
  };
  const fitted = fitSurface(bare);
  assert.ok(fitted.size > 0);
  const attached = withFittedSurfaces(bare);
  for (const [symbol, { expiries }] of fitted) {
    assert.notEqual(attached.underlyings.get(symbol)?.surface, undefined);
    for (const expiry of expiries) assert.ok(expiry.rmseVolPoints < 1, `${symbol} ${expiry.rmseVolPoints}`);
  }
  const fromMarks = fitSurface(bare, { volSource: "mark" });
  for (const [symbol, { expiries }] of fromMarks) {
    for (const [i, expiry] of expiries.entries()) {
      const same = fitted.get(symbol)?.expiries[i];
      assert.ok(Math.abs(expiry.atmVol - (same?.atmVol ?? 0)) < 0.01);
    }
  }
});

test("wings that five parameters miss are bent, and said so", () => {
  // steep about the money, level beyond: as venues cap the volatility of far strikes
  const capped = (k: number): number => 0.6 + 6 * Math.max(0, Math.min(Math.abs(k), 0.12) - 0.02);
  const { slice, expiry } = fitOne(chain({ years: 1 / 365, strikes: grid(-0.25, 0.25, 41), vol: capped }));
  assert.equal(expiry.method, "bent-svi");
  assert.ok((slice.parameters.bends ?? []).length > 0);
  assert.equal(sviButterflyViolation(slice.parameters, { reach: butterflyReach }), undefined);
  const straight = leastError(capped);
  assert.ok(expiry.rmseVolPoints < straight, `${expiry.rmseVolPoints} ${straight}`);
});

/** The error of the same smile with too few strikes for bends. */
function leastError(vol: (k: number) => number): number {
  const { expiry } = fitOne(chain({ years: 1 / 365, strikes: grid(-0.25, 0.25, 11), vol }));
  assert.equal(expiry.method, "svi");
  return expiry.rmseVolPoints;
}

test("a steep wing stays below what later expiries quote beyond its own strikes", () => {
  const quotes = [
    ...chain({ years: 0.01, strikes: grid(-0.12, 0.12, 25), vol: (k) => 0.5 + 3 * Math.sqrt(k * k + 4e-4) }),
    ...chain({ years: 0.03, strikes: grid(-0.8, 0.8, 33), vol: (k) => 0.6 + 0.3 * Math.abs(k) }),
  ];
  const fitted = fitSurfaceToQuotes({ underlying: "X", asOfMs, quotes });
  const [near, far] = fitted?.expiries ?? [];
  assert.ok(near !== undefined && far !== undefined);
  const alone = fitOne(quotes.slice(0, 50));
  // on its own the wing would lift the later expiry by points
  const wing = sviTotalVariance(alone.slice.parameters, 0.6) / 0.03;
  assert.ok(Math.sqrt(wing) > 0.6 + 0.3 * 0.6 + 0.05, `${wing}`);
  assert.ok(near.rmseVolPoints < alone.expiry.rmseVolPoints + 0.3, `${near.rmseVolPoints}`);
  assert.ok(far.calendarCostVolPoints < 0.1, `${far.calendarCostVolPoints}`);
});

test("every valid chain has a finite surface or none: extreme strikes, volatilities, forwards and instants", () => {
  const power = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((x) => exp(x));
  const anyQuote = fc.record(
    {
      strike: fc.oneof(power(-25, 25), fc.constant(0)),
      forward: power(-25, 25),
      impliedVol: fc.oneof(power(-30, 4.6), fc.constant(0)),
      mark: fc.oneof(power(-25, 25), fc.constant(0)),
      bid: power(-25, 25),
      ask: power(-25, 25),
      optionType: fc.constantFrom("call" as const, "put" as const),
      expiryMs: fc.constantFrom(1, 1000, 86_400_000, 1e10, 2e14).map((ms) => asOfMs + ms),
      timeMs: fc.constantFrom(asOfMs, asOfMs - 60_000, 0),
      instrument: fc.string({ minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ["strike", "forward", "optionType", "expiryMs", "timeMs", "instrument"] },
  );
  fc.assert(
    fc.property(
      fc.array(anyQuote, { maxLength: 30 }),
      fc.constantFrom("quoted" as const, "mark" as const, "mid" as const),
      fc.constantFrom("vega" as const, "vega-and-spread" as const),
      (quotes, volSource, weighting) => {
        const fitted = fitSurfaceToQuotes({ underlying: "X", asOfMs, quotes }, { volSource, weighting });
        if (fitted === undefined) return;
        for (const expiry of fitted.expiries) {
          const { rmseVolPoints, atmVol, riskReversal25, butterfly25, worst } = expiry;
          for (const figure of [rmseVolPoints, atmVol, riskReversal25, butterfly25, worst.errorVolPoints]) {
            assert.ok(Number.isFinite(figure));
          }
        }
        for (const ms of [1, 86_400_000, 1e14]) {
          for (const k of [-Infinity, -1, 0, 3, Infinity]) {
            assert.ok(Number.isFinite(fitted.surface.volAt(asOfMs + ms, k).value));
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});
