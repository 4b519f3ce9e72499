import { type AssetKind } from "../../market/market.ts";
import { type AssetSpec, type InstrumentSpec, type UnderlyingSpec } from "../protocol/specs.ts";
import { assetKinds } from "./check-specs.ts";
import { Clock } from "./clock.ts";
import { type Feed } from "./feed.ts";
import { Feeds } from "./feeds.ts";
import { expiredStatus, instrumentKinds, optionKind } from "./instrument-codes.ts";
import { LiquidationTerms } from "./liquidation-terms.ts";
import { Ramps } from "./ramps.ts";
import {
  type AssetRegistry,
  type InstrumentColumn,
  type InstrumentRegistry,
  makeAssets,
  makeInstruments,
  makeUnderlyings,
  type UnderlyingRegistry,
} from "./registries.ts";
import { RunningStates } from "./running.ts";
import { Surfaces } from "./surfaces.ts";

/** The state of the markets: everything that survives, and plain readings of it. */
export class MarketStores {
  readonly assets: AssetRegistry = makeAssets();
  readonly underlyings: UnderlyingRegistry = makeUnderlyings();
  readonly instruments: InstrumentRegistry = makeInstruments();
  readonly feeds: Feeds = new Feeds();
  readonly surfaces: Surfaces = new Surfaces();
  readonly running: RunningStates = new RunningStates();
  readonly ramps: Ramps = new Ramps();
  readonly clock: Clock = new Clock();
  readonly liquidation: LiquidationTerms = new LiquidationTerms();

  feedOf(underlying: number): Feed {
    return this.feeds.get(this.underlyings.columns.feed[underlying]!);
  }

  indexMicros(underlying: number): number {
    return this.feedOf(underlying).priceMicros;
  }

  assetKind(asset: number): AssetKind {
    return assetKinds[this.assets.get("kind", asset)] ?? "other";
  }

  isExpired(instrument: number): boolean {
    return this.instruments.columns.status[instrument] === expiredStatus;
  }

  /** What one unit of underlying is worth in a future or option that settles at `settlementMicros`. */
  closeMicros(instrument: number, settlementMicros: number): number {
    const { instruments } = this;
    if (instruments.get("kind", instrument) !== optionKind) return settlementMicros;
    const distance = settlementMicros - instruments.get("strikeMicros", instrument);
    return Math.max(0, instruments.get("optionSign", instrument) * distance) + 0;
  }

  assetSpec(asset: number): AssetSpec {
    const { assets, underlyings, feeds } = this;
    const of = (column: Parameters<AssetRegistry["get"]>[0]): number => assets.get(column, asset);
    const [underlying, feed] = [of("underlying"), of("feed")];
    return {
      name: assets.label(asset),
      kind: this.assetKind(asset),
      decimals: of("decimals"),
      underlying: underlying < 0 ? "" : underlyings.label(underlying),
      feed: feed < 0 ? "" : feeds.get(feed).name,
      depositCapUnits: of("depositCapUnits"),
      haircutPpm: of("haircutPpm"),
      borrowable: of("borrowable") === 1,
      borrowCapUnits: of("borrowCapUnits"),
      rateAtZeroPpm: of("rateAtZeroPpm"),
      rateAtOptimumPpm: of("rateAtOptimumPpm"),
      rateAtFullPpm: of("rateAtFullPpm"),
      optimalUsePpm: of("optimalUsePpm"),
      reserveSharePpm: of("reserveSharePpm"),
    };
  }

  underlyingSpec(underlying: number): UnderlyingSpec {
    return { name: this.underlyings.label(underlying), ...this.feedOf(underlying).rules };
  }

  instrumentSpec(instrument: number): InstrumentSpec {
    const { assets, underlyings, instruments } = this;
    const of = (column: InstrumentColumn): number => instruments.get(column, instrument);
    const [baseAsset, optionSign] = [of("baseAsset"), of("optionSign")];
    return {
      name: instruments.label(instrument),
      kind: instrumentKinds[of("kind")] ?? "spot",
      underlying: underlyings.label(of("underlying")),
      settlementAsset: assets.label(of("settlementAsset")),
      baseAsset: baseAsset < 0 ? "" : assets.label(baseAsset),
      settlement: of("inverse") === 1 ? "inverse" : "linear",
      tickMicros: of("tickMicros"),
      lotNanos: of("lotNanos"),
      lotUsdMicros: of("lotUsdMicros"),
      expiryMs: of("expiryMs"),
      settlementWindowMs: of("settlementWindowMs"),
      strikeMicros: of("strikeMicros"),
      optionType: optionSign === 1 ? "call" : optionSign === -1 ? "put" : "none",
      fundingIntervalMs: of("fundingIntervalMs"),
      fundingInterestPpm: of("fundingInterestPpm"),
      fundingCapPpm: of("fundingCapPpm"),
      priceBandPpm: of("priceBandPpm"),
      maxOrderLots: of("maxOrderLots"),
      positionLimitLots: of("positionLimitLots"),
      openInterestCapLots: of("openInterestCapLots"),
      openInterestLowerLots: of("openInterestLowerLots"),
      openInterestUpperLots: of("openInterestUpperLots"),
      makerFeePpm: of("makerFeePpm"),
      takerFeePpm: of("takerFeePpm"),
      optionFeeCapPpm: of("optionFeeCapPpm"),
      initialMarginPpm: of("initialMarginPpm"),
      maintenanceMarginPpm: of("maintenanceMarginPpm"),
    };
  }
}
