import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import {
  type AssetState,
  type History,
  type Instrument,
  linearForwardCurve,
  type Market,
  msPerYear,
  type Portfolio,
  type Quote,
  sviSurface,
  syntheticHistory,
  type UnderlyingState,
} from "../../src/market/index.ts";
import { exp, log } from "../../src/numerics/index.ts";
import { black76Price } from "../../src/pricing/index.ts";
import { parseDecimal } from "../../src/quantity/index.ts";
import {
  type MarginParameters,
  type MeasuredStressParameters,
  parseMarginParameters,
} from "../../src/risk/index.ts";

// A small market of our own making, with every kind of instrument: what the tests of the portfolio margin run on.

export const asOfMs = 1_767_225_600_000;
const dayMs = 86_400_000;

export const shippedParameters: MarginParameters = parseMarginParameters(
  readFileSync(new URL("../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);

const { departureStretch: _stretch, ...unstretched } = shippedParameters.shortfall;
const { measured: _measured, strayCount: _strays, ...wholeStress } = shippedParameters.stress;

/** The shipped classes with every shock in full, any number of strays, and a far tail. */
export const wholeParameters: MarginParameters = {
  ...shippedParameters,
  shortfall: {
    ...unstretched,
    initialLevel: 0.995,
    maintenanceLevel: 0.99,
    initialMultiplier: 1,
    maintenanceMultiplier: 0.9,
  },
  stress: wholeStress,
};

const coarse = [-1, -0.5, 0, 0.5, 1];

/** Parameters on a coarse grid and few scenarios, so that properties run many books. */
const coarsely = (parameters: MarginParameters): MarginParameters => ({
  ...parameters,
  shortfall: { ...parameters.shortfall, tailScenarios: 60, bodyScenarios: 20, minimumMoves: 50 },
  stress: {
    ...parameters.stress,
    spotPoints: coarse,
    marketPoints: coarse,
    volPoints: [-1, 0, 1],
    volResidual: 1,
  },
});

export const testParameters: MarginParameters = coarsely(wholeParameters);

export const testHistory: History = syntheticHistory({
  seed: 7,
  asOfMs,
  days: 200,
  intervalMs: 4 * 3_600_000,
});

/** What stress keeps where there is a past: each share another one, so that none can stand in for another. */
export const measuredShares: MeasuredStressParameters = {
  fullDays: 120,
  spotShare: 0.6,
  volUpShare: 0.5,
  volDownShare: 0.7,
  skewShare: 0.4,
  basisShare: 0.3,
  pegShare: 0.8,
};

/** The test parameters with shares of what is measured, a limited number of strays and stretched departures. */
export const measuredParameters = (strayCount: number): MarginParameters => ({
  ...testParameters,
  shortfall: { ...testParameters.shortfall, departureStretch: 1.3 },
  stress: { ...testParameters.stress, measured: measuredShares, strayCount },
});

/** A history in which some series are unknown until their last days. */
export const knownLately = (history: History, days: Readonly<Record<string, number>>): History => ({
  ...history,
  series: new Map(
    [...history.series].map(([key, series]) => {
      const own = days[key];
      const from = own === undefined ? 0 : history.length - 1 - (own * dayMs) / history.intervalMs;
      return [
        key,
        { ...series, values: series.values.map((value, index) => (index < from ? Number.NaN : value)) },
      ];
    }),
  ),
});

/** SOL and the pegs known for half of the days that are enough, or fewer. */
export const lateHistory: History = knownLately(testHistory, {
  "spot:SOL": 61,
  "ratio:stETH": 31,
  "price:USDC": 91,
});

const spots: Readonly<Record<string, number>> = { BTC: 80_000, ETH: 2_500, SOL: 150 };
const vols: Readonly<Record<string, number>> = { BTC: 0.5, ETH: 0.7, SOL: 0.9 };
const strikes: Readonly<Record<string, readonly number[]>> = {
  BTC: [70_000, 80_000, 90_000],
  ETH: [2_000, 2_500, 3_000],
  SOL: [130, 150, 170],
};
export const expiriesMs: readonly number[] = [asOfMs + dayMs / 2, asOfMs + 30 * dayMs, asOfMs + 120 * dayMs];

/** @param symbols - of BTC, ETH and SOL. */
export function testMarket(symbols: readonly string[] = ["BTC", "ETH"]): Market {
  const assets: AssetState[] = [
    { asset: "USD", kind: "fiat", priceUsd: 1, confidence: 1 },
    { asset: "EUR", kind: "fiat", priceUsd: 1.1, confidence: 1 },
    { asset: "USDC", kind: "stablecoin", priceUsd: 0.9995, confidence: 1 },
    { asset: "BTC", kind: "major", priceUsd: 80_000, confidence: 1, underlying: "BTC" },
    { asset: "ETH", kind: "major", priceUsd: 2_500, confidence: 0.9, underlying: "ETH" },
    { asset: "stETH", kind: "staked", priceUsd: 2_495, confidence: 0.8, underlying: "ETH" },
    { asset: "XYZ", kind: "other", priceUsd: 3, confidence: 0.7 },
  ];
  if (symbols.includes("SOL")) {
    assets.push({ asset: "SOL", kind: "major", priceUsd: 150, confidence: 0.95, underlying: "SOL" });
  }
  const instruments: Instrument[] = [];
  const quotes: Quote[] = [];
  const underlyings = new Map<string, UnderlyingState>();
  for (const symbol of symbols) {
    const spot = spots[symbol]!;
    const forwards = linearForwardCurve({
      asOfMs,
      spot,
      points: expiriesMs.map((expiryMs) => ({
        expiryMs,
        forward: spot * exp((0.06 * (expiryMs - asOfMs)) / msPerYear),
      })),
    });
    const vol = vols[symbol]!;
    const surface = sviSurface({
      asOfMs,
      slices: expiriesMs.map((expiryMs) => {
        const variance = (vol * vol * (expiryMs - asOfMs)) / msPerYear;
        const sigma = 0.5 * Math.sqrt(variance) + 0.02;
        const b = (0.3 * variance) / sigma;
        return {
          expiryMs,
          parameters: { a: variance - b * sigma, b, rho: -0.2, m: 0, sigma },
          minLogMoneyness: -0.5,
          maxLogMoneyness: 0.5,
        };
      }),
    });
    underlyings.set(symbol, {
      symbol,
      indexUsd: spot,
      confidence: 0.98,
      forwards,
      surface,
      depth50bpsUsd: 5e6,
      dailyVolumeUsd: 5e9,
    });
    const add = (instrument: Instrument, mark: number, extra: Partial<Quote> = {}): void => {
      instruments.push(instrument);
      quotes.push({ instrument: instrument.id, mark, timeMs: asOfMs, confidence: 1, ...extra });
    };
    const common = { underlying: symbol, contractSize: 1 };
    add(
      { ...common, id: `${symbol}-SPOT`, kind: "spot", quoteAsset: "USDC", settlement: "linear" },
      spot / 0.9995,
    );
    add(
      { ...common, id: `${symbol}-PERP`, kind: "perpetual", quoteAsset: "USD", settlement: "linear" },
      spot * 1.001,
      {
        bid: spot * 1.0008,
        ask: spot * 1.0012,
      },
    );
    add(
      { ...common, id: `${symbol}-PERP-USDC`, kind: "perpetual", quoteAsset: "USDC", settlement: "linear" },
      spot,
    );
    add(
      {
        ...common,
        id: `${symbol}-PERP-INV`,
        kind: "perpetual",
        quoteAsset: "USD",
        settlement: "inverse",
        contractSize: 100,
      },
      spot * 0.9995,
    );
    for (const expiryMs of expiriesMs) {
      const forward = forwards.forwardAt(expiryMs).value;
      const days = Math.round(((expiryMs - asOfMs) / dayMs) * 10) / 10;
      add(
        {
          ...common,
          id: `${symbol}-F${days}`,
          kind: "future",
          quoteAsset: "USD",
          settlement: "linear",
          expiryMs,
        },
        forward,
      );
      for (const strike of strikes[symbol]!) {
        const impliedVol = surface.volAt(expiryMs, log(strike / forward)).value;
        for (const optionType of ["call", "put"] as const) {
          const expiryYears = (expiryMs - asOfMs) / msPerYear;
          const price = black76Price({ optionType, forward, strike, expiryYears, vol: impliedVol });
          const name = `${symbol}-${days}-${strike}-${optionType[0]!.toUpperCase()}`;
          const option = { ...common, kind: "option", expiryMs, strike, optionType } as const;
          add({ ...option, id: name, quoteAsset: "USD", settlement: "linear" }, price, {
            impliedVol,
            forward,
          });
          const inverse = { ...option, id: `${name}-INV`, quoteAsset: "USD", settlement: "inverse" } as const;
          add(inverse, price / forward, { impliedVol, forward });
        }
      }
    }
  }
  return {
    asOfMs,
    source: "test",
    synthetic: true,
    assets: new Map(assets.map((asset) => [asset.asset, asset])),
    underlyings,
    instruments: new Map(instruments.map((instrument) => [instrument.id, instrument])),
    quotes: new Map(quotes.map((quote) => [quote.instrument, quote])),
  };
}

/** What margins the books of a property. */
export interface MarginCase {
  readonly name: string;
  readonly market: Market;
  readonly parameters: MarginParameters;
  readonly history: History;
}

/** Every shock in full; as shipped; then what has a past keeps shares, and one underlying strays at a time, or two. */
export const marginCases: readonly MarginCase[] = [
  { name: "all shocks in full", market: testMarket(), parameters: testParameters, history: testHistory },
  {
    name: "as shipped",
    market: testMarket(["BTC", "ETH", "SOL"]),
    parameters: coarsely(shippedParameters),
    history: testHistory,
  },
  ...[lateHistory, testHistory].map((history, index) => ({
    name: index === 0 ? "one strays, SOL always does" : "two of three stray",
    market: testMarket(["BTC", "ETH", "SOL"]),
    parameters: measuredParameters(index + 1),
    history,
  })),
];

/** A portfolio from plain numbers. */
export const portfolioOf = (
  balances: Readonly<Record<string, string | number>>,
  positions: Readonly<Record<string, string | number>> = {},
  orders: Portfolio["orders"] = [],
): Portfolio => ({
  name: "test",
  balances: Object.entries(balances).map(([asset, amount]) => ({ asset, amount: parseDecimal(amount) })),
  positions: Object.entries(positions).map(([instrument, size]) => ({
    instrument,
    size: parseDecimal(size),
  })),
  orders,
});

const hundredths = (limit: number): fc.Arbitrary<string> =>
  fc.integer({ min: -limit, max: limit }).map((units) => String(units / 100));

/** Books of every kind of instrument and asset, long and short. */
export function anyPortfolio(market: Market, most: number = 8): fc.Arbitrary<Portfolio> {
  const instruments = [...market.instruments.keys()];
  const assets = [...market.assets.keys()];
  const sizeOf = (id: string): fc.Arbitrary<string> =>
    market.instruments.get(id)?.kind === "perpetual" && id.endsWith("INV")
      ? hundredths(100_000)
      : hundredths(500);
  const position = fc.constantFrom(...instruments).chain((id) =>
    fc.record({
      id: fc.constant(id),
      size: sizeOf(id),
      entry: fc.option(fc.integer({ min: 80, max: 120 })),
    }),
  );
  const balance = fc
    .constantFrom(...assets)
    .chain((asset) =>
      fc.record({ asset: fc.constant(asset), amount: hundredths(asset.startsWith("USD") ? 5_000_000 : 500) }),
    );
  return fc
    .record({
      positions: fc.uniqueArray(position, { maxLength: most, selector: ({ id }) => id }),
      balances: fc.uniqueArray(balance, { maxLength: 4, selector: ({ asset }) => asset }),
    })
    .map(({ positions, balances }) => ({
      name: "any",
      balances: balances.map(({ asset, amount }) => ({ asset, amount: parseDecimal(amount) })),
      positions: positions.map(({ id, size, entry }) => ({
        instrument: id,
        size: parseDecimal(size),
        ...(entry === null ? {} : { entryPrice: ((market.quotes.get(id)?.mark ?? 1) * entry) / 100 }),
      })),
      orders: [],
    }));
}
