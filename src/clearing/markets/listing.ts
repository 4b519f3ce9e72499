import { type AssetSpec, type InstrumentSpec, type UnderlyingSpec } from "../protocol/specs.ts";
import { type Rejection } from "../protocol/rejections.ts";
import { type FeedRules, wholePpm } from "./aggregate.ts";
import { assetKinds, checkAsset, checkInstrument, checkUnderlying } from "./check-specs.ts";
import { activeStatus, instrumentKinds } from "./instrument-codes.ts";
import { maxAssets, maxInstruments, maxLiveInstruments, maxUnderlyings } from "./limits.ts";
import { type ListingResult } from "./markets.ts";
import { type MarketStores } from "./market-stores.ts";
import { refuse } from "./refuse.ts";

/** Rules of an asset's own feed, unless it follows an underlying and takes that one's. */
export const assetFeedRules: FeedRules = {
  minimumPublishers: 1,
  maxPriceAgeMs: 60_000,
  maxMovePerSecondPpm: 10_000,
};

const refused = (rejection: Rejection): ListingResult => ({ rejection });

export function listAsset(stores: MarketStores, spec: AssetSpec): ListingResult {
  const { assets, underlyings, feeds } = stores;
  const wrong = checkAsset(spec, underlyings);
  if (wrong !== undefined) return refused(wrong);
  if (assets.find(spec.name) >= 0) return refused(refuse("alreadyListed", "name", spec.name, "a new name"));
  if (assets.count >= maxAssets)
    return refused(refuse("overCapacity", "name", spec.name, `${maxAssets} assets`));
  const underlying = spec.underlying === "" ? -1 : underlyings.find(spec.underlying);
  let feed = -1;
  if (spec.feed !== "") {
    feed = feeds.find(spec.feed);
    const rules = underlying < 0 ? assetFeedRules : stores.feedOf(underlying).rules;
    if (feed < 0) feed = feeds.add(spec.feed, rules);
  }
  let unitsPerOne = 1;
  for (let i = 0; i < spec.decimals; i++) unitsPerOne *= 10;
  const index = assets.add(spec.name, {
    kind: assetKinds.indexOf(spec.kind),
    decimals: spec.decimals,
    unitsPerOne,
    underlying,
    feed,
    borrowable: spec.borrowable ? 1 : 0,
    depositCapUnits: spec.depositCapUnits,
    haircutPpm: spec.haircutPpm,
    borrowCapUnits: spec.borrowCapUnits,
    rateAtZeroPpm: spec.rateAtZeroPpm,
    rateAtOptimumPpm: spec.rateAtOptimumPpm,
    rateAtFullPpm: spec.rateAtFullPpm,
    optimalUsePpm: spec.optimalUsePpm,
    reserveSharePpm: spec.reserveSharePpm,
  });
  return { index };
}

export function listUnderlying(stores: MarketStores, spec: UnderlyingSpec): ListingResult {
  const { underlyings, feeds, surfaces, clock } = stores;
  const wrong = checkUnderlying(spec);
  if (wrong !== undefined) return refused(wrong);
  if (underlyings.find(spec.name) >= 0) {
    return refused(refuse("alreadyListed", "name", spec.name, "a new name"));
  }
  if (underlyings.count >= maxUnderlyings) {
    return refused(refuse("overCapacity", "name", spec.name, `${maxUnderlyings} underlyings`));
  }
  const rules: FeedRules = {
    minimumPublishers: spec.minimumPublishers,
    maxPriceAgeMs: spec.maxPriceAgeMs,
    maxMovePerSecondPpm: spec.maxMovePerSecondPpm,
  };
  // An underlying's feed goes by its name, also when an asset had one of that name before.
  let feed = feeds.find(spec.name);
  if (feed < 0) feed = feeds.add(spec.name, rules);
  else feeds.setRules(feed, rules, clock.nowMs);
  surfaces.add();
  return { index: underlyings.add(spec.name, { feed }) };
}

/** Of live instruments there are `liveCount`. */
export function listInstrument(stores: MarketStores, spec: InstrumentSpec, liveCount: number): ListingResult {
  const { assets, underlyings, instruments, clock } = stores;
  const wrong = checkInstrument(spec, stores, clock.nowMs);
  if (wrong !== undefined) return refused(wrong);
  if (instruments.find(spec.name) >= 0) {
    return refused(refuse("alreadyListed", "name", spec.name, "a new name"));
  }
  if (liveCount >= maxLiveInstruments || instruments.count >= maxInstruments) {
    const limit = `${maxLiveInstruments} live instruments, ${maxInstruments} ever`;
    return refused(refuse("overCapacity", "name", spec.name, limit));
  }
  const isLinear = spec.settlement === "linear";
  const index = instruments.add(spec.name, {
    kind: instrumentKinds.indexOf(spec.kind),
    status: activeStatus,
    inverse: isLinear ? 0 : 1,
    underlying: underlyings.find(spec.underlying),
    settlementAsset: assets.find(spec.settlementAsset),
    baseAsset: spec.baseAsset === "" ? -1 : assets.find(spec.baseAsset),
    optionSign: spec.optionType === "call" ? 1 : spec.optionType === "put" ? -1 : 0,
    tickMicros: spec.tickMicros,
    lotNanos: spec.lotNanos,
    lotUsdMicros: spec.lotUsdMicros,
    unitsPerLotTick: isLinear
      ? Number((BigInt(spec.tickMicros) * BigInt(spec.lotNanos)) / 1_000_000_000n)
      : 0,
    expiryMs: spec.expiryMs,
    settlementWindowMs: spec.settlementWindowMs,
    strikeMicros: spec.strikeMicros,
    fundingIntervalMs: spec.fundingIntervalMs,
    fundingInterestPpm: spec.fundingInterestPpm,
    fundingCapPpm: spec.fundingCapPpm,
    priceBandPpm: spec.priceBandPpm,
    maxOrderLots: spec.maxOrderLots,
    positionLimitLots: spec.positionLimitLots,
    openInterestCapLots: spec.openInterestCapLots,
    openInterestLowerLots: spec.openInterestLowerLots,
    openInterestUpperLots: spec.openInterestUpperLots,
    openInterestFromLowerLots: spec.openInterestLowerLots,
    openInterestFromUpperLots: spec.openInterestUpperLots,
    openInterestBlendPpm: wholePpm,
    makerFeePpm: spec.makerFeePpm,
    takerFeePpm: spec.takerFeePpm,
    optionFeeCapPpm: spec.optionFeeCapPpm,
    initialMarginPpm: spec.initialMarginPpm,
    maintenanceMarginPpm: spec.maintenanceMarginPpm,
    settlementMicros: 0,
  });
  return { index };
}
