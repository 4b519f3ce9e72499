import {
  type AssetKind,
  type AssetState,
  type Instrument,
  linearForwardCurve,
  type Market,
  type Quote,
  type SviSlice,
  type SviSurface,
  sviSurface,
  type UnderlyingState,
  type VolatilitySurface,
} from "../../market/index.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";

/** A market in bytes: what a risk epoch keeps in the state. */

const assetKinds: readonly AssetKind[] = ["fiat", "stablecoin", "major", "staked", "other"];
const instrumentKinds: readonly Instrument["kind"][] = ["spot", "perpetual", "future", "option"];

/** A number that is not known, or none, is left out. */
const writeMaybe = (out: ByteWriter, value: number | undefined): void => {
  const isKnown = value !== undefined && !Number.isNaN(value);
  out.u8(isKnown ? 1 : 0);
  if (isKnown) out.float(value);
};
const readMaybe = (from: ByteReader): number | undefined => (from.u8() === 0 ? undefined : from.float());

/** Writes a market of marks, forwards and SVI surfaces. A surface that is not made of slices is left out. */
export function encodeMarket(market: Market, out: ByteWriter): void {
  out.integer(market.asOfMs);
  out.u32(market.assets.size);
  for (const { asset, kind, priceUsd, confidence, underlying } of market.assets.values()) {
    out.text(asset);
    out.u8(assetKinds.indexOf(kind));
    out.float(priceUsd);
    out.float(confidence);
    out.text(underlying ?? "");
  }
  out.u32(market.underlyings.size);
  for (const state of market.underlyings.values()) encodeUnderlying(state, out);
  out.u32(market.instruments.size);
  for (const instrument of market.instruments.values()) {
    encodeInstrument(instrument, out);
    const quote = market.quotes.get(instrument.id);
    out.float(quote?.mark ?? 0);
    out.float(quote?.confidence ?? 0);
    writeMaybe(out, quote?.bid);
    writeMaybe(out, quote?.ask);
    writeMaybe(out, quote?.impliedVol);
    writeMaybe(out, quote?.forward);
  }
}

/** What {@link encodeMarket} wrote. Quotes are of the market's instant. */
export function decodeMarket(from: ByteReader): Market {
  const asOfMs = from.integer();
  const assets = new Map<string, AssetState>();
  for (let count = from.u32(); count > 0; count--) {
    const asset = from.text();
    const kind = assetKinds[from.u8()] ?? "other";
    const priceUsd = from.float();
    const confidence = from.float();
    const underlying = from.text();
    assets.set(asset, { asset, kind, priceUsd, confidence, ...(underlying === "" ? {} : { underlying }) });
  }
  const underlyings = new Map<string, UnderlyingState>();
  for (let count = from.u32(); count > 0; count--) {
    const state = decodeUnderlying(from);
    underlyings.set(state.symbol, state);
  }
  const instruments = new Map<string, Instrument>();
  const quotes = new Map<string, Quote>();
  for (let count = from.u32(); count > 0; count--) {
    const instrument = decodeInstrument(from);
    const mark = from.float();
    const confidence = from.float();
    const bid = readMaybe(from);
    const ask = readMaybe(from);
    const impliedVol = readMaybe(from);
    const forward = readMaybe(from);
    instruments.set(instrument.id, instrument);
    quotes.set(instrument.id, {
      instrument: instrument.id,
      mark,
      ...(bid === undefined ? {} : { bid }),
      ...(ask === undefined ? {} : { ask }),
      ...(impliedVol === undefined ? {} : { impliedVol }),
      ...(forward === undefined ? {} : { forward }),
      timeMs: asOfMs,
      confidence,
    });
  }
  return { asOfMs, source: "clearing", synthetic: false, assets, underlyings, instruments, quotes };
}

function encodeInstrument(instrument: Instrument, out: ByteWriter): void {
  const { id, kind, underlying, quoteAsset, settlement, contractSize } = instrument;
  out.text(id);
  out.u8(instrumentKinds.indexOf(kind));
  out.text(underlying);
  out.text(quoteAsset);
  out.u8(settlement === "inverse" ? 1 : 0);
  out.float(contractSize);
  if (kind === "future" || kind === "option") out.integer(instrument.expiryMs);
  if (kind !== "option") return;
  out.float(instrument.strike);
  out.u8(instrument.optionType === "call" ? 1 : 0);
}

function decodeInstrument(from: ByteReader): Instrument {
  const id = from.text();
  const kind = instrumentKinds[from.u8()] ?? "spot";
  const underlying = from.text();
  const quoteAsset = from.text();
  const settlement = from.u8() === 1 ? "inverse" : "linear";
  const contractSize = from.float();
  const base = { id, underlying, quoteAsset, contractSize };
  if (kind === "spot") return { ...base, kind, settlement: "linear" };
  if (kind === "perpetual") return { ...base, kind, settlement };
  const expiryMs = from.integer();
  if (kind === "future") return { ...base, kind, settlement, expiryMs };
  const strike = from.float();
  const optionType = from.u8() === 1 ? "call" : "put";
  return { ...base, kind, settlement, expiryMs, strike, optionType };
}

const slicesOf = (surface: VolatilitySurface & Partial<SviSurface>): readonly SviSlice[] =>
  surface.slices ?? [];

function encodeUnderlying(state: UnderlyingState, out: ByteWriter): void {
  out.text(state.symbol);
  out.float(state.indexUsd);
  out.float(state.confidence);
  writeMaybe(out, state.depth50bpsUsd);
  writeMaybe(out, state.dailyVolumeUsd);
  out.integer(state.forwards.asOfMs);
  out.float(state.forwards.spot);
  out.u16(state.forwards.points.length);
  for (const { expiryMs, forward } of state.forwards.points) {
    out.integer(expiryMs);
    out.float(forward);
  }
  const slices = state.surface ? slicesOf(state.surface) : [];
  out.u16(slices.length);
  if (!state.surface || slices.length === 0) return;
  out.integer(state.surface.asOfMs);
  for (const { expiryMs, parameters, minLogMoneyness, maxLogMoneyness } of slices) {
    out.integer(expiryMs);
    const { a, b, rho, m, sigma } = parameters;
    for (const value of [a, b, rho, m, sigma, minLogMoneyness, maxLogMoneyness]) out.float(value);
  }
}

function decodeUnderlying(from: ByteReader): UnderlyingState {
  const symbol = from.text();
  const indexUsd = from.float();
  const confidence = from.float();
  const depth50bpsUsd = readMaybe(from);
  const dailyVolumeUsd = readMaybe(from);
  const forwardsAsOfMs = from.integer();
  const spot = from.float();
  const points = Array.from({ length: from.u16() }, () => ({
    expiryMs: from.integer(),
    forward: from.float(),
  }));
  const sliceCount = from.u16();
  const surface = sliceCount === 0 ? undefined : decodeSurface(from, sliceCount);
  return {
    symbol,
    indexUsd,
    confidence,
    forwards: linearForwardCurve({ asOfMs: forwardsAsOfMs, spot, points }),
    ...(surface ? { surface } : {}),
    ...(depth50bpsUsd === undefined ? {} : { depth50bpsUsd }),
    ...(dailyVolumeUsd === undefined ? {} : { dailyVolumeUsd }),
  };
}

function decodeSurface(from: ByteReader, sliceCount: number): SviSurface {
  const asOfMs = from.integer();
  const slices = Array.from({ length: sliceCount }, (): SviSlice => {
    const expiryMs = from.integer();
    const parameters = {
      a: from.float(),
      b: from.float(),
      rho: from.float(),
      m: from.float(),
      sigma: from.float(),
    };
    return { expiryMs, parameters, minLogMoneyness: from.float(), maxLogMoneyness: from.float() };
  });
  return sviSurface({ asOfMs, slices });
}
