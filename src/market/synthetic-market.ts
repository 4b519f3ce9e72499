import { exp, log } from "../numerics/exp-log.ts";
import { normalCdf } from "../numerics/normal.ts";
import { type RandomStream, randomStream } from "../numerics/random.ts";
import { requireNumber } from "../quantity/error.ts";
import {
  civilDate,
  dayOfWeek,
  deribitExpiryTimeMs,
  expiryLabel,
  lastFridayExpiryMs,
  msPerDay,
} from "./calendar.ts";
import { maxTimeMs } from "./document-fields.ts";
import { type Instrument, type Option, yearsToExpiry } from "./instrument.ts";
import { linearForwardCurve } from "./linear-forward-curve.ts";
import { type AssetState, type Market, type Quote, type UnderlyingState } from "./market.ts";
import { sviSurface, type SviSlice } from "./svi-surface.ts";
import { type VolatilitySurface } from "./surface.ts";

export interface SyntheticMarketOptions {
  readonly seed: number | bigint;
  readonly asOfMs: number;
  /** `full`: about 1,700 options with every expiry that Deribit lists. `small`: about 300. Default `full`. */
  readonly size?: "full" | "small";
}

/** Round numbers of our own: a plausible market, no particular day's. */
interface UnderlyingShape {
  readonly symbol: string;
  readonly indexUsd: number;
  /** Volatility today and in the long run, annual fractions. */
  readonly volNow: number;
  readonly volLong: number;
  /** Correlation and convexity of the smile: ρ and η of the SSVI surface. Arbitrage-free while η(1 + |ρ|) ≤ 2. */
  readonly rho: number;
  readonly eta: number;
  /** Annualised basis of the forwards, near and far. */
  readonly basisNear: number;
  readonly basisFar: number;
  /** Smallest strike step, quote currency. Absent: no options. */
  readonly strikeStep?: number;
  readonly inverseContractUsd?: number;
  readonly depth50bpsUsd: number;
  readonly dailyVolumeUsd: number;
}

const shapes: readonly UnderlyingShape[] = [
  {
    symbol: "BTC",
    indexUsd: 80_000,
    volNow: 0.45,
    volLong: 0.55,
    rho: -0.25,
    eta: 0.8,
    basisNear: 0.05,
    basisFar: 0.06,
    strikeStep: 1_000,
    inverseContractUsd: 10,
    depth50bpsUsd: 20e6,
    dailyVolumeUsd: 30e9,
  },
  {
    symbol: "ETH",
    indexUsd: 2_500,
    volNow: 0.65,
    volLong: 0.7,
    rho: -0.2,
    eta: 0.85,
    basisNear: 0.04,
    basisFar: 0.05,
    strikeStep: 50,
    inverseContractUsd: 1,
    depth50bpsUsd: 10e6,
    dailyVolumeUsd: 15e9,
  },
  {
    symbol: "SOL",
    indexUsd: 150,
    volNow: 0.8,
    volLong: 0.85,
    rho: -0.15,
    eta: 0.8,
    basisNear: 0.06,
    basisFar: 0.06,
    depth50bpsUsd: 4e6,
    dailyVolumeUsd: 5e9,
  },
];

/** Yearly speed at which volatility returns to its long-run level. */
const volReversion = 3;
const venue = "synthetic";

/**
 * A seeded market that looks like a real one: BTC, ETH and SOL with spot, linear and inverse perpetuals, dated futures,
 * inverse option chains on BTC and ETH and a linear one on BTC, arbitrage-free smiles, dollars, stablecoins and staked
 * ether. Its parameters are round numbers of our own; the seed moves spot, volatility and skew by a few percent.
 * Labelled synthetic.
 */
export function syntheticMarket(options: SyntheticMarketOptions): Market {
  // Expiries reach two years ahead.
  const asOfMs = Math.trunc(requireNumber("asOfMs", options.asOfMs, 0, maxTimeMs - 1_000 * msPerDay));
  const size = options.size ?? "full";
  const random = randomStream(options.seed);
  const expiriesMs = listedExpiries(asOfMs, size);
  const book = createBook(asOfMs);
  const underlyings = new Map<string, UnderlyingState>();
  // All drawn before any contract, so that both sizes show the same spots and smiles.
  for (const shape of shapes) {
    underlyings.set(shape.symbol, drawUnderlying(shape, asOfMs, expiriesMs, random));
  }
  for (const shape of shapes) {
    const underlying = underlyings.get(shape.symbol);
    if (!underlying) continue;
    addDeltaOne(shape, underlying, expiriesMs, book, random);
    if (shape.strikeStep !== undefined && underlying.surface) {
      const chain = { underlying, surface: underlying.surface, strikeStep: shape.strikeStep, size };
      for (const expiryMs of expiriesMs)
        addOptions({ ...chain, expiryMs, settlement: "inverse" }, book, random);
      if (shape.symbol === "BTC" && size === "full") {
        for (const expiryMs of expiriesMs.slice(4, 6)) {
          addOptions({ ...chain, expiryMs, settlement: "linear" }, book, random);
        }
      }
    }
  }
  return {
    asOfMs,
    source: `synthetic market, seed ${options.seed}: generated, no real prices`,
    synthetic: true,
    assets: assetsOf(underlyings),
    underlyings,
    instruments: book.instruments,
    quotes: book.quotes,
  };
}

/** Ascending. Full: three days, four Fridays, two month ends, five quarter ends. Small: two Fridays, two month ends, two quarter ends. */
export function listedExpiries(asOfMs: number, size: "full" | "small"): readonly number[] {
  const expiries = new Set<number>();
  const firstDayMs = Math.floor(asOfMs / msPerDay) * msPerDay + deribitExpiryTimeMs;
  const soonest = asOfMs + 3_600_000;
  const firstMs = firstDayMs > soonest ? firstDayMs : firstDayMs + msPerDay;
  const fridayMs = firstMs + ((12 - dayOfWeek(firstMs)) % 7) * msPerDay;
  if (size === "full") for (const days of [0, 1, 2]) expiries.add(firstMs + days * msPerDay);
  for (const weeks of size === "full" ? [0, 1, 2, 3] : [0, 1]) expiries.add(fridayMs + weeks * 7 * msPerDay);
  const { year, month } = civilDate(asOfMs);
  let ends = 0;
  for (let ahead = 0; ends < (size === "full" ? 7 : 4) && ahead < 30; ahead += 1) {
    const index = month - 1 + ahead;
    const monthEndMs = lastFridayExpiryMs(year + Math.floor(index / 12), (index % 12) + 1);
    const isQuarter = index % 3 === 2;
    if (monthEndMs <= soonest || (ends >= 2 && !isQuarter)) continue;
    expiries.add(monthEndMs);
    ends += 1;
  }
  return [...expiries].sort((a, b) => a - b);
}

function drawUnderlying(
  shape: UnderlyingShape,
  asOfMs: number,
  expiriesMs: readonly number[],
  random: RandomStream,
): UnderlyingState {
  const { symbol, depth50bpsUsd, dailyVolumeUsd } = shape;
  const indexUsd = roundTo(shape.indexUsd * exp(0.05 * random.nextNormal()), 0.01);
  const level = exp(0.05 * random.nextNormal());
  const rho = shape.rho + 0.02 * random.nextNormal();
  const points = expiriesMs.map((expiryMs) => {
    const years = yearsToExpiry(expiryMs, asOfMs);
    const basis = shape.basisFar + (shape.basisNear - shape.basisFar) * exp(-2 * years);
    return { expiryMs, forward: roundTo(indexUsd * exp(basis * years), 0.01) };
  });
  const slices = expiriesMs.map((expiryMs): SviSlice => {
    const years = yearsToExpiry(expiryMs, asOfMs);
    const now = shape.volNow * shape.volNow * level * level;
    const long = shape.volLong * shape.volLong;
    // Variance that reverts to its long-run level: total variance grows with time whatever the two levels are.
    const variance = long * years + ((now - long) * (1 - exp(-volReversion * years))) / volReversion;
    return ssviSlice(expiryMs, variance, Math.max(-0.9, Math.min(0.9, rho)), shape.eta);
  });
  const surface = shape.strikeStep === undefined ? undefined : sviSurface({ asOfMs, slices });
  return {
    symbol,
    indexUsd,
    confidence: 1,
    forwards: linearForwardCurve({ asOfMs, spot: indexUsd, points }),
    ...(surface && { surface }),
    depth50bpsUsd,
    dailyVolumeUsd,
  };
}

/**
 * One expiry of the SSVI surface with φ(θ) = η/√(θ(1 + θ)), as a raw SVI slice. Free of static arbitrage for
 * η(1 + |ρ|) ≤ 2: Gatheral and Jacquier (2014), "Arbitrage-free SVI volatility surfaces", remark 4.4.
 */
export function ssviSlice(expiryMs: number, variance: number, rho: number, eta: number): SviSlice {
  const phi = eta / Math.sqrt(variance * (1 + variance));
  const root = Math.sqrt(1 - rho * rho);
  const reach = 4.5 * Math.sqrt(variance);
  return {
    expiryMs,
    parameters: {
      a: (variance / 2) * (1 - rho * rho),
      b: (variance * phi) / 2,
      rho,
      m: -rho / phi,
      sigma: root / phi,
    },
    minLogMoneyness: -reach,
    maxLogMoneyness: reach,
  };
}

interface Book {
  readonly asOfMs: number;
  readonly instruments: Map<string, Instrument>;
  readonly quotes: Map<string, Quote>;
  add(instrument: Instrument, quote: Omit<Quote, "instrument" | "timeMs" | "confidence">): void;
}

function createBook(asOfMs: number): Book {
  const instruments = new Map<string, Instrument>();
  const quotes = new Map<string, Quote>();
  return {
    asOfMs,
    instruments,
    quotes,
    add(instrument, quote) {
      instruments.set(instrument.id, instrument);
      quotes.set(instrument.id, { instrument: instrument.id, timeMs: asOfMs, confidence: 1, ...quote });
    },
  };
}

/** Spot, perpetuals and dated futures. */
function addDeltaOne(
  { symbol, inverseContractUsd }: UnderlyingShape,
  { indexUsd, forwards }: UnderlyingState,
  expiriesMs: readonly number[],
  book: Book,
  random: RandomStream,
): void {
  const tick = indexUsd > 10_000 ? 0.5 : indexUsd > 1_000 ? 0.05 : 0.01;
  const around = (mark: number): { mark: number; bid: number; ask: number } => ({
    mark: roundTo(mark, tick),
    bid: roundTo(mark - tick, tick),
    ask: roundTo(mark + tick, tick),
  });
  const linear = {
    underlying: symbol,
    quoteAsset: "USDC",
    settlement: "linear",
    contractSize: 1,
    venue,
  } as const;
  book.add({ id: `${symbol}_USDC`, kind: "spot", ...linear }, around(indexUsd));
  const perpetual = indexUsd * (1 + 1e-4 * random.nextNormal());
  book.add({ id: `${symbol}_USDC-PERPETUAL`, kind: "perpetual", ...linear }, around(perpetual));
  if (inverseContractUsd === undefined) return;
  const inverse = {
    underlying: symbol,
    quoteAsset: "USD",
    settlement: "inverse",
    contractSize: inverseContractUsd,
    venue,
  } as const;
  book.add({ id: `${symbol}-PERPETUAL`, kind: "perpetual", ...inverse }, around(perpetual));
  for (const expiryMs of expiriesMs) {
    // Daily options have no future of their own.
    if (expiryMs - book.asOfMs < 4 * msPerDay) continue;
    const id = `${symbol}-${expiryLabel(expiryMs)}`;
    book.add({ id, kind: "future", ...inverse, expiryMs }, around(forwards.forwardAt(expiryMs).value));
  }
}

interface ChainShape {
  readonly underlying: UnderlyingState;
  readonly surface: VolatilitySurface;
  readonly strikeStep: number;
  readonly size: "full" | "small";
  readonly expiryMs: number;
  readonly settlement: "linear" | "inverse";
}

function addOptions(chain: ChainShape, book: Book, random: RandomStream): void {
  const { underlying, surface, expiryMs, settlement } = chain;
  const { symbol } = underlying;
  const forward = underlying.forwards.forwardAt(expiryMs).value;
  const years = yearsToExpiry(expiryMs, book.asOfMs);
  for (const strike of listedStrikes(chain, forward)) {
    const logMoneyness = log(strike / forward);
    const impliedVol = roundTo(surface.volAt(expiryMs, logMoneyness).value, 1e-4);
    for (const optionType of ["call", "put"] as const) {
      const deviation = impliedVol * Math.sqrt(years);
      const valueUsd = optionValue(optionType, forward, strike, deviation);
      // One and a half percent of the volatility either side, and then out to the tick.
      const halfUsd = (optionValue(optionType, forward, strike, deviation * 1.01) - valueUsd) * 1.5;
      const unit = settlement === "inverse" ? forward : 1;
      const tick = settlement === "inverse" ? 1e-4 : 5;
      const bid = Math.max(0, Math.floor((valueUsd - halfUsd) / unit / tick) * tick);
      const ask = Math.ceil((valueUsd + halfUsd) / unit / tick) * tick + (halfUsd === 0 ? tick : 0);
      const prefix = settlement === "inverse" ? symbol : `${symbol}_USDC`;
      const instrument: Option = {
        id: `${prefix}-${expiryLabel(expiryMs)}-${strike}-${optionType === "call" ? "C" : "P"}`,
        kind: "option",
        underlying: symbol,
        quoteAsset: settlement === "inverse" ? "USD" : "USDC",
        settlement,
        contractSize: 1,
        venue,
        expiryMs,
        strike,
        optionType,
      };
      book.add(instrument, {
        mark: roundTo(valueUsd / unit, settlement === "inverse" ? 1e-6 : 1e-2),
        ...(bid > 0 && { bid: roundTo(bid, tick) }),
        ask: roundTo(ask, tick),
        impliedVol,
        forward,
        openInterest: Math.floor(1_000 * exp(-4 * Math.abs(logMoneyness)) * random.nextFloat()),
      });
    }
  }
}

/** Strikes on a round step that widens with the expiry's deviation, to four deviations either side. */
function listedStrikes(
  { surface, strikeStep, size, expiryMs, underlying }: ChainShape,
  forward: number,
): number[] {
  const years = yearsToExpiry(expiryMs, underlying.forwards.asOfMs);
  const deviation = surface.volAt(expiryMs, 0).value * Math.sqrt(years);
  const wanted = forward * deviation * (size === "full" ? 0.15 : 0.35);
  const widths = [1, 2, 5, 10, 20, 50, 100];
  const step = strikeStep * (widths.find((width) => width * strikeStep >= wanted) ?? 100);
  const reach = Math.min(size === "full" ? 4 * deviation : 2.5 * deviation, 1.6);
  const low = Math.max(step, Math.ceil((forward * exp(-reach)) / step) * step);
  const high = forward * exp(reach);
  const strikes: number[] = [];
  for (
    let strike = low;
    strike <= high && strikes.length < 200;
    strike += step * (strike > 2 * forward ? 4 : 1)
  ) {
    strikes.push(strike);
  }
  return strikes;
}

/**
 * Black-76 value, undiscounted, for the marks of this generator only: `pricing/` stands above `market/` and has the
 * version for use, accurate in every corner.
 */
function optionValue(optionType: "call" | "put", forward: number, strike: number, deviation: number): number {
  const d1 = log(forward / strike) / deviation + deviation / 2;
  const d2 = d1 - deviation;
  const value =
    optionType === "call"
      ? forward * normalCdf(d1) - strike * normalCdf(d2)
      : strike * normalCdf(-d2) - forward * normalCdf(-d1);
  return Math.max(0, value);
}

function assetsOf(underlyings: ReadonlyMap<string, UnderlyingState>): ReadonlyMap<string, AssetState> {
  const assets: AssetState[] = [
    { asset: "USD", kind: "fiat", priceUsd: 1, confidence: 1 },
    { asset: "USDC", kind: "stablecoin", priceUsd: 1, confidence: 1 },
    { asset: "USDT", kind: "stablecoin", priceUsd: 0.9995, confidence: 1 },
  ];
  for (const { symbol, indexUsd } of underlyings.values()) {
    assets.push({ asset: symbol, kind: "major", priceUsd: indexUsd, confidence: 1, underlying: symbol });
    if (symbol === "ETH") {
      const staked = { asset: "stETH", kind: "staked", confidence: 1, underlying: "ETH" } as const;
      assets.push({ ...staked, priceUsd: roundTo(indexUsd * 0.9995, 0.01) });
    }
  }
  return new Map(assets.map((asset) => [asset.asset, asset]));
}

/** To the nearest multiple of a decimal step, free of binary dust: the step's reciprocal is a whole number or the step is. */
function roundTo(value: number, step: number): number {
  return step < 1
    ? Math.round(value * Math.round(1 / step)) / Math.round(1 / step)
    : Math.round(value / step) * step;
}
