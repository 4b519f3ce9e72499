import { type ForwardPoint } from "../../market/forward-curve.ts";
import { type Instrument } from "../../market/instrument.ts";
import { linearForwardCurve } from "../../market/linear-forward-curve.ts";
import { type AssetState, type Market, type Quote, type UnderlyingState } from "../../market/market.ts";
import { sviSurface, type SviSlice, type SviSurface } from "../../market/svi-surface.ts";
import { type MarketStores } from "./market-stores.ts";
import { type Marks } from "./marks.ts";
import { type Surface } from "./surface.ts";

const microsPerOne = 1e6;
/** The document's quotes of inverse instruments are in dollars. */
const dollar = "USD";
/** A surface so old has no confidence. */
export const maxSurfaceAgeMs = 900_000;

const fraction = (ppm: number): number => ppm / 1e6;

/**
 * The markets as risk models read them, one lot being one contract. What has no price yet is left out, and so is what expired.
 *
 * @param known - instruments by number, kept from call to call: they never change.
 */
export function marketSnapshot(
  stores: MarketStores,
  marks: Marks,
  known: (Instrument | undefined)[] = [],
): Market {
  const { clock } = stores;
  const assets = assetStates(stores);
  const underlyings = new Map<string, UnderlyingState>();
  const instruments = new Map<string, Instrument>();
  const quotes = new Map<string, Quote>();
  for (let index = 0; index < stores.instruments.count; index++) {
    if (stores.isExpired(index) || !marks.has(index)) continue;
    const instrument = (known[index] ??= instrumentOf(stores, index));
    if (!assets.has(instrument.quoteAsset)) continue;
    if (instrument.settlement === "inverse" && !assets.has(instrument.underlying)) continue;
    instruments.set(instrument.id, instrument);
    quotes.set(instrument.id, quoteOf(stores, marks, index, instrument));
  }
  for (let index = 0; index < stores.underlyings.count; index++) {
    if (stores.indexMicros(index) === 0) continue;
    const state = underlyingState(stores, index, instruments, quotes);
    underlyings.set(state.symbol, state);
  }
  return {
    asOfMs: clock.nowMs,
    source: "clearing",
    synthetic: false,
    assets,
    underlyings,
    instruments,
    quotes,
  };
}

function assetStates(stores: MarketStores): Map<string, AssetState> {
  const { assets, underlyings, feeds, clock } = stores;
  const states = new Map<string, AssetState>([
    [dollar, { asset: dollar, kind: "fiat", priceUsd: 1, confidence: 1 }],
  ]);
  for (let index = 0; index < assets.count; index++) {
    const feed = assets.get("feed", index);
    const priceMicros = feed < 0 ? microsPerOne : feeds.get(feed).priceMicros;
    if (priceMicros === 0) continue;
    const asset = assets.label(index);
    const underlying = assets.get("underlying", index);
    const hasIndex = underlying >= 0 && stores.indexMicros(underlying) > 0;
    states.set(asset, {
      asset,
      kind: stores.assetKind(index),
      priceUsd: priceMicros / microsPerOne,
      confidence: feed < 0 ? 1 : fraction(feeds.get(feed).confidencePpm(clock.nowMs)),
      ...(hasIndex && { underlying: underlyings.label(underlying) }),
    });
  }
  return states;
}

function instrumentOf(stores: MarketStores, index: number): Instrument {
  const { assets, underlyings, instruments } = stores;
  const spec = stores.instrumentSpec(index);
  const isInverse = spec.settlement === "inverse";
  const shared = {
    id: spec.name,
    underlying: underlyings.label(instruments.get("underlying", index)),
    quoteAsset: isInverse ? dollar : assets.label(instruments.get("settlementAsset", index)),
    contractSize: isInverse ? spec.lotUsdMicros / microsPerOne : spec.lotNanos / 1e9,
  };
  const { settlement, expiryMs } = spec;
  if (spec.kind === "spot") return { ...shared, kind: "spot", settlement: "linear" };
  if (spec.kind === "perpetual") return { ...shared, kind: "perpetual", settlement };
  if (spec.kind === "future") return { ...shared, kind: "future", settlement, expiryMs };
  const optionType = spec.optionType === "put" ? "put" : "call";
  const strike = spec.strikeMicros / microsPerOne;
  return { ...shared, kind: "option", settlement, expiryMs, strike, optionType };
}

function quoteOf(stores: MarketStores, marks: Marks, index: number, instrument: Instrument): Quote {
  const { instruments, running, surfaces, clock } = stores;
  const underlying = instruments.get("underlying", index);
  const feed = stores.feedOf(underlying);
  const { bidMicros = 0, askMicros = 0 } = running.basis(index) ?? {};
  const isCrossed = askMicros !== 0 && bidMicros > askMicros;
  const isOption = instrument.kind === "option";
  const indexConfidence = fraction(feed.confidencePpm(clock.nowMs));
  const surfaceAgeMs = clock.nowMs - (surfaces.get(underlying)?.timeMs ?? 0);
  const surfaceConfidence = isOption ? Math.max(0, 1 - Math.max(0, surfaceAgeMs) / maxSurfaceAgeMs) : 1;
  return {
    instrument: instrument.id,
    mark: marks.mark(index) / microsPerOne,
    ...(bidMicros > 0 && !isCrossed && { bid: bidMicros / microsPerOne }),
    ...(askMicros > 0 && !isCrossed && { ask: askMicros / microsPerOne }),
    ...(isOption && { impliedVol: marks.vol(index), forward: marks.forwardMicros(index) / microsPerOne }),
    timeMs: feed.evaluatedMs,
    confidence: Math.min(indexConfidence, surfaceConfidence),
  };
}

function underlyingState(
  stores: MarketStores,
  underlying: number,
  instruments: ReadonlyMap<string, Instrument>,
  quotes: ReadonlyMap<string, Quote>,
): UnderlyingState {
  const { clock, surfaces } = stores;
  const asOfMs = clock.nowMs;
  const indexMicros = stores.indexMicros(underlying);
  const spot = indexMicros / microsPerOne;
  const symbol = stores.underlyings.label(underlying);
  const published = surfaces.get(underlying);
  const points: ForwardPoint[] = [];
  if (published !== undefined) {
    for (const { expiryMs, forwardMicros } of published.slices) {
      if (expiryMs <= asOfMs) continue;
      points.push({ expiryMs, forward: (forwardMicros / published.indexMicros) * spot });
    }
  } else {
    const byExpiry = new Map<number, number>();
    for (const [id, instrument] of instruments) {
      if (instrument.kind !== "future" || instrument.underlying !== symbol) continue;
      byExpiry.set(instrument.expiryMs, quotes.get(id)?.mark ?? spot);
    }
    for (const [expiryMs, forward] of byExpiry) points.push({ expiryMs, forward });
  }
  const surface = published === undefined ? undefined : surfaceAt(published, asOfMs);
  return {
    symbol,
    indexUsd: spot,
    confidence: fraction(stores.feedOf(underlying).confidencePpm(asOfMs)),
    forwards: linearForwardCurve({ asOfMs, spot, points }),
    ...(surface !== undefined && { surface }),
  };
}

/** The surface at a later instant: each slice keeps its volatilities over the time that is left. */
function surfaceAt({ svi, timeMs }: Surface, asOfMs: number): SviSurface | undefined {
  const slices: SviSlice[] = [];
  for (const slice of svi.slices) {
    if (slice.expiryMs <= asOfMs) continue;
    const left = Math.min(1, (slice.expiryMs - asOfMs) / (slice.expiryMs - timeMs));
    const { a, b } = slice.parameters;
    slices.push({ ...slice, parameters: { ...slice.parameters, a: a * left, b: b * left } });
  }
  return slices.length === 0 ? undefined : sviSurface({ asOfMs, slices });
}
