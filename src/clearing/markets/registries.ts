import { Registry } from "./registry.ts";

/** Columns of assets. Those named as in `AssetSpec` mean what they mean there, at their effective values. */
export const assetColumns = [
  /** Index into {@link assetKinds}. */
  "kind",
  "decimals",
  /** 10^decimals. */
  "unitsPerOne",
  /** Number of the underlying that its price follows, −1 for none. */
  "underlying",
  /** Number of its price feed, −1: 1 USD by definition. */
  "feed",
  /** 1 or 0. */
  "borrowable",
  "depositCapUnits",
  "haircutPpm",
  "borrowCapUnits",
  "rateAtZeroPpm",
  "rateAtOptimumPpm",
  "rateAtFullPpm",
  "optimalUsePpm",
  "reserveSharePpm",
] as const;
export type AssetColumn = (typeof assetColumns)[number];

/** Columns of underlyings. The rules of its feed are the feed's. */
export const underlyingColumns = ["feed"] as const;
export type UnderlyingColumn = (typeof underlyingColumns)[number];

/** Columns of instruments. Those named as in `InstrumentSpec` mean what they mean there, at their effective values. */
export const instrumentColumns = [
  /** spotKind, perpetualKind, futureKind or optionKind. */
  "kind",
  /** activeStatus, reduceOnlyStatus, haltedStatus or expiredStatus. */
  "status",
  /** 1 for inverse, 0 for linear settlement. */
  "inverse",
  "underlying",
  "settlementAsset",
  /** −1 unless spot. */
  "baseAsset",
  /** +1 call, −1 put, 0 no option. */
  "optionSign",
  "tickMicros",
  "lotNanos",
  "lotUsdMicros",
  /** Linear: settlement units of one lot per tick of price = tickMicros × lotNanos / 1e9. 0 if inverse. */
  "unitsPerLotTick",
  "expiryMs",
  "settlementWindowMs",
  "strikeMicros",
  "fundingIntervalMs",
  "fundingInterestPpm",
  "fundingCapPpm",
  "priceBandPpm",
  "maxOrderLots",
  "positionLimitLots",
  "openInterestCapLots",
  "openInterestLowerLots",
  "openInterestUpperLots",
  /** While open-interest thresholds are exchanged: the old pair, and how far the initial rate is on its way to the new one's. */
  "openInterestFromLowerLots",
  "openInterestFromUpperLots",
  "openInterestBlendPpm",
  "makerFeePpm",
  "takerFeePpm",
  "optionFeeCapPpm",
  "initialMarginPpm",
  "maintenanceMarginPpm",
  /** What positions were closed against, once expired: the average of the index. 0 before. */
  "settlementMicros",
] as const;
export type InstrumentColumn = (typeof instrumentColumns)[number];

export type AssetRegistry = Registry<AssetColumn>;
export type UnderlyingRegistry = Registry<UnderlyingColumn>;
export type InstrumentRegistry = Registry<InstrumentColumn>;

export const makeAssets = (): AssetRegistry => new Registry("market-assets", assetColumns);
export const makeUnderlyings = (): UnderlyingRegistry =>
  new Registry("market-underlyings", underlyingColumns);
export const makeInstruments = (): InstrumentRegistry =>
  new Registry("market-instruments", instrumentColumns);
