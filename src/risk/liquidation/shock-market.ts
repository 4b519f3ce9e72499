import {
  type AssetState,
  type ForwardCurve,
  type Instrument,
  type Market,
  type Quote,
  type UnderlyingState,
  yearsToExpiry,
} from "../../market/index.ts";
import { black76Price } from "../../pricing/index.ts";
import { optionForward, optionVol } from "../option-vol.ts";

/** A move away from a market, everything else as it stands. */
export interface MarketShock {
  /** Symbol of the underlying that moves. */
  readonly underlying?: string;
  /** Relative move of spot, forwards and every asset that moves with the underlying; > −1. Default 0. */
  readonly spotMove?: number;
  /** Relative move of every implied volatility of the underlying; ≥ −1. Default 0. */
  readonly volMove?: number;
  /** Added to every implied volatility of the underlying after that, annual fraction. Volatility never falls below 0. Default 0. */
  readonly volShift?: number;
  /** An asset whose price moves alone, away from what it follows: a stablecoin, a staked token. */
  readonly asset?: string;
  /** Relative move of that asset's price; > −1. Default 0. */
  readonly assetMove?: number;
}

function scaledCurve(curve: ForwardCurve, factor: number): ForwardCurve {
  return {
    asOfMs: curve.asOfMs,
    spot: curve.spot * factor,
    points: curve.points.map(({ expiryMs, forward }) => ({ expiryMs, forward: forward * factor })),
    forwardAt: (expiryMs) => {
      const { value, extrapolated } = curve.forwardAt(expiryMs);
      return { value: value * factor, extrapolated };
    },
  };
}

function shockedQuote(
  quote: Quote,
  instrument: Instrument,
  market: Market,
  factor: number,
  volAfter: (vol: number) => number,
): Quote {
  if (instrument.kind !== "option") {
    const { bid: _bid, ask: _ask, ...rest } = quote;
    return { ...rest, mark: quote.mark * factor };
  }
  const forward = optionForward(instrument, market);
  const volNow = optionVol(instrument, market).value;
  const vol = volAfter(volNow);
  const inverse = instrument.settlement === "inverse";
  const priceAt = (f: number, v: number): number => {
    const value = black76Price({
      optionType: instrument.optionType,
      forward: f,
      strike: instrument.strike,
      expiryYears: yearsToExpiry(instrument.expiryMs, market.asOfMs),
      vol: v,
    });
    return inverse ? value / f : value;
  };
  // The quoted mark need not be the model's price: its distance is carried along, so that no move changes nothing.
  const change = priceAt(forward * factor, vol) - priceAt(forward, volNow);
  const mark = Math.max(0, quote.mark + change);
  const { bid: _bid, ask: _ask, ...rest } = quote;
  return { ...rest, mark, forward: forward * factor, impliedVol: vol };
}

/**
 * The market as it would stand right after a move: the underlying's index, forwards, delta-one marks and every asset that
 * follows it scale together, options are re-priced at their own implied volatility (sticky strike; without a quoted one, at what
 * their mark implies), a lone asset moves by
 * itself. Time stands still. Instruments outside `keep` are dropped when `keep` is given, so that a solver pays only for what a book holds.
 */
export function shockMarket(market: Market, shock: MarketShock, keep?: ReadonlySet<string>): Market {
  const factor = 1 + (shock.spotMove ?? 0);
  const volFactor = 1 + (shock.volMove ?? 0);
  const volAfter = (vol: number): number => Math.max(0, vol * volFactor + (shock.volShift ?? 0));
  const followsUnderlying = (underlying: string | undefined): boolean =>
    underlying !== undefined && underlying === shock.underlying;
  const assets = new Map<string, AssetState>();
  for (const [id, asset] of market.assets) {
    const moved =
      (followsUnderlying(asset.underlying) ? factor : 1) *
      (id === shock.asset ? 1 + (shock.assetMove ?? 0) : 1);
    assets.set(id, moved === 1 ? asset : { ...asset, priceUsd: asset.priceUsd * moved });
  }
  const underlyings = new Map<string, UnderlyingState>();
  for (const [id, state] of market.underlyings) {
    const moved =
      id === shock.underlying
        ? { ...state, indexUsd: state.indexUsd * factor, forwards: scaledCurve(state.forwards, factor) }
        : state;
    underlyings.set(id, moved);
  }
  const instruments = new Map<string, Instrument>();
  const quotes = new Map<string, Quote>();
  for (const [id, instrument] of market.instruments) {
    if (keep && !keep.has(id)) continue;
    instruments.set(id, instrument);
    const quote = market.quotes.get(id);
    if (!quote) continue;
    quotes.set(
      id,
      instrument.underlying === shock.underlying
        ? shockedQuote(quote, instrument, market, factor, volAfter)
        : quote,
    );
  }
  return { ...market, assets, underlyings, instruments, quotes };
}
