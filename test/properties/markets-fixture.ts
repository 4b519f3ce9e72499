import {
  type AssetSpec,
  type ClearingEvent,
  type InstrumentSpec,
  type UnderlyingSpec,
} from "../../src/clearing/protocol/index.ts";
import {
  createMarkets,
  type ListingResult,
  type Markets,
  type MarketSink,
} from "../../src/clearing/markets/index.ts";
import { ByteReader, ByteWriter } from "../../src/clearing/state/bytes.ts";

/** What a few listed markets look like, for tests of everything that is built on them. */

export const startMs: number = Date.UTC(2026, 0, 5);
export const hourMs = 3_600_000;
export const dayMs: number = 24 * hourMs;

export const underlyingSpec = (name: string, changes: Partial<UnderlyingSpec> = {}): UnderlyingSpec => ({
  name,
  minimumPublishers: 2,
  maxPriceAgeMs: 60_000,
  maxMovePerSecondPpm: 20_000,
  ...changes,
});

export const assetSpec = (name: string, changes: Partial<AssetSpec> = {}): AssetSpec => ({
  name,
  kind: "stablecoin",
  decimals: 6,
  underlying: "",
  feed: "",
  depositCapUnits: 1_000_000_000_000_000,
  haircutPpm: 0,
  borrowable: true,
  borrowCapUnits: 1_000_000_000_000,
  rateAtZeroPpm: 0,
  rateAtOptimumPpm: 50_000,
  rateAtFullPpm: 500_000,
  optimalUsePpm: 800_000,
  reserveSharePpm: 100_000,
  ...changes,
});

export const perpetualSpec = (underlying: string, changes: Partial<InstrumentSpec> = {}): InstrumentSpec => ({
  name: `${underlying}-PERP`,
  kind: "perpetual",
  underlying,
  settlementAsset: "USDC",
  baseAsset: "",
  settlement: "linear",
  tickMicros: 100_000,
  lotNanos: 1_000_000,
  lotUsdMicros: 0,
  expiryMs: 0,
  settlementWindowMs: 0,
  strikeMicros: 0,
  optionType: "none",
  fundingIntervalMs: hourMs,
  fundingInterestPpm: 0,
  fundingCapPpm: 5_000,
  priceBandPpm: 50_000,
  maxOrderLots: 1_000_000,
  positionLimitLots: 100_000_000,
  openInterestCapLots: 0,
  openInterestLowerLots: 0,
  openInterestUpperLots: 0,
  makerFeePpm: -50,
  takerFeePpm: 450,
  optionFeeCapPpm: 0,
  initialMarginPpm: 50_000,
  maintenanceMarginPpm: 30_000,
  ...changes,
});

export const inverseSpec = (underlying: string): InstrumentSpec =>
  perpetualSpec(underlying, {
    name: `${underlying}-USD-PERP`,
    settlementAsset: underlying,
    settlement: "inverse",
    lotNanos: 0,
    lotUsdMicros: 10_000_000,
  });

export const futureSpec = (
  underlying: string,
  expiryMs: number,
  changes: Partial<InstrumentSpec> = {},
): InstrumentSpec =>
  perpetualSpec(underlying, {
    name: `${underlying}-F${expiryMs}`,
    kind: "future",
    expiryMs,
    settlementWindowMs: 1_800_000,
    fundingIntervalMs: 0,
    fundingCapPpm: 0,
    ...changes,
  });

export const optionSpec = (
  underlying: string,
  expiryMs: number,
  strike: number,
  optionType: "call" | "put",
  changes: Partial<InstrumentSpec> = {},
): InstrumentSpec =>
  futureSpec(underlying, expiryMs, {
    name: `${underlying}-${expiryMs}-${strike}-${optionType === "call" ? "C" : "P"}`,
    kind: "option",
    strikeMicros: strike * 1_000_000,
    optionType,
    optionFeeCapPpm: 125_000,
    ...changes,
  });

export interface RecordingSink extends MarketSink {
  readonly events: ClearingEvent[];
  readonly expiries: (readonly [instrument: number, settlementMicros: number, closeMicros: number])[];
}

export function recordingSink(): RecordingSink {
  const events: ClearingEvent[] = [];
  const expiries: RecordingSink["expiries"] = [];
  return {
    events,
    expiries,
    emit: (event) => void events.push(event),
    expired: (...expiry) => void expiries.push(expiry),
  };
}

export function listed(result: ListingResult): number {
  if ("rejection" in result) throw new Error(JSON.stringify(result.rejection));
  return result.index;
}

export const expiryMs: number = startMs + 2 * dayMs + 8 * hourMs;

/** BTC with all kinds of instruments, its coin, a stablecoin; no prices yet. */
export function sampleMarkets(): { markets: Markets; sink: RecordingSink } {
  const markets = createMarkets();
  const sink = recordingSink();
  markets.advance(startMs, sink);
  listed(markets.listUnderlying(underlyingSpec("BTC"), sink));
  listed(markets.listAsset(assetSpec("USDC"), sink));
  const coin = assetSpec("BTC", {
    kind: "major",
    decimals: 8,
    underlying: "BTC",
    feed: "BTC",
    haircutPpm: 100_000,
  });
  listed(markets.listAsset(coin, sink));
  listed(markets.listAsset(assetSpec("USDT", { feed: "USDT" }), sink));
  listed(markets.listInstrument(perpetualSpec("BTC"), sink));
  listed(markets.listInstrument(inverseSpec("BTC"), sink));
  listed(markets.listInstrument(futureSpec("BTC", expiryMs), sink));
  for (const strike of [90_000, 100_000, 110_000]) {
    listed(markets.listInstrument(optionSpec("BTC", expiryMs, strike, "call"), sink));
    listed(markets.listInstrument(optionSpec("BTC", expiryMs, strike, "put"), sink));
  }
  const spot = perpetualSpec("BTC", { name: "BTC-USDC", kind: "spot", baseAsset: "BTC" });
  listed(
    markets.listInstrument(
      { ...spot, fundingIntervalMs: 0, fundingCapPpm: 0, initialMarginPpm: 0, maintenanceMarginPpm: 0 },
      sink,
    ),
  );
  return { markets, sink };
}

/** Every publisher says the same of one feed, now. */
export function publishAll(
  markets: Markets,
  sink: MarketSink,
  feed: number,
  priceMicros: number,
  publishers: readonly string[] = ["a", "b", "c"],
): void {
  for (const publisher of publishers) {
    const price = { feed, priceMicros, confidencePpm: 1_000_000, timeMs: markets.nowMs };
    const rejection = markets.publishPrices(publisher, [price], sink);
    if (rejection !== undefined) throw new Error(JSON.stringify(rejection));
  }
}

/** A slice of about `vol` at the money, with a skew. */
export function publishSurface(
  markets: Markets,
  sink: MarketSink,
  vol: number,
  forwardMicros: number,
  expiry: number = expiryMs,
  publisher: string = "a",
): void {
  const years = (expiry - markets.nowMs) / (365 * dayMs);
  const level = vol * vol * years;
  const slice = {
    expiryMs: expiry,
    forwardMicros,
    a: level * 0.8,
    b: level * 0.9,
    rho: -0.2,
    m: 0,
    sigma: 0.2,
  };
  const rejection = markets.publishSurface(
    publisher,
    { type: "publishSurface", underlying: 0, slices: [slice], timeMs: markets.nowMs },
    sink,
  );
  if (rejection !== undefined) throw new Error(JSON.stringify(rejection));
}

/** All leaves, as a snapshot would hold them. */
export function leavesOf(markets: Markets): Map<string, Uint8Array[]> {
  const out = new ByteWriter();
  const sections = new Map<string, Uint8Array[]>();
  for (const section of markets.sections) {
    const leaves: Uint8Array[] = [];
    for (let leaf = 0; leaf < section.leafCount; leaf++) {
      out.clear();
      section.encodeLeaf(leaf, out);
      leaves.push(out.copy());
    }
    sections.set(section.name, leaves);
  }
  return sections;
}

/** New markets in the state of `markets`, by way of its leaves. */
export function restored(markets: Markets): Markets {
  const copy = createMarkets();
  const leaves = leavesOf(markets);
  for (const section of copy.sections) {
    for (const [index, bytes] of (leaves.get(section.name) ?? []).entries()) {
      if (bytes.length > 0) section.decodeLeaf(index, new ByteReader(bytes));
    }
  }
  for (const section of copy.sections) section.finishRestore(leaves.get(section.name)?.length ?? 0);
  return copy;
}
