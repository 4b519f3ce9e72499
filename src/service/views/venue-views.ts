import {
  type AssetSpec,
  type Engine,
  type InstrumentSpec,
  type TradingStatus,
  type UnderlyingSpec,
} from "../../clearing/index.ts";
import { expiredStatus, haltedStatus, reduceOnlyStatus } from "../../clearing/markets/index.ts";
import { formatMicros, formatPpb, formatPpm, formatUnits } from "./amounts.ts";

export interface VenueView {
  readonly venue: string;
  readonly chainId: number;
  readonly status: TradingStatus;
  /** Of the last command, and its time. */
  readonly sequence: number;
  readonly timeMs: number;
  readonly accounts: number;
  readonly openOrders: number;
}

/** Decimals are text: amounts in whole assets, prices in quote currency, shares and rates as fractions. */
export interface AssetView extends AssetSpec {
  readonly index: number;
  /** Number of its price feed, −1 for none; the spec's `feed` is its name. */
  readonly feedIndex: number;
  readonly priceUsd: string;
  readonly confidence: string;
}

export interface UnderlyingView extends UnderlyingSpec {
  readonly index: number;
  readonly feedIndex: number;
  readonly priceUsd: string;
  readonly confidence: string;
}

export type InstrumentStatus = TradingStatus | "expired";

export interface InstrumentView extends InstrumentSpec {
  readonly index: number;
  readonly status: InstrumentStatus;
  /** Price step, and size of a lot: in the underlying, or in quote currency for inverse instruments. */
  readonly tickSize: string;
  readonly lotSize: string;
  readonly strike?: string;
  /** Absent while there is no price. */
  readonly mark?: string;
  readonly indexPrice?: string;
  readonly forward?: string;
  /** Options: annual fraction. */
  readonly impliedVol?: number;
  readonly openInterestLots: number;
  readonly bestBid?: string;
  readonly bestAsk?: string;
  /** Perpetuals: the rate if the interval ended now, and when it does. */
  readonly predictedFundingRate?: string;
  readonly nextFundingMs?: number;
  readonly settlementPrice?: string;
}

export interface LevelView {
  readonly price: string;
  readonly priceTicks: number;
  readonly lots: number;
  readonly size: string;
}

export interface BookView {
  readonly instrument: string;
  readonly sequence: number;
  readonly bids: readonly LevelView[];
  readonly asks: readonly LevelView[];
}

export interface PoolView {
  readonly instrument: string;
  readonly account: number;
  readonly shareAsset: string;
  readonly positionLots: number;
  readonly depthLotsPerPercent: number;
  readonly minPrice: string;
  readonly maxPrice: string;
}

export function venueView({ stores, sequence, timeMs }: Engine): VenueView {
  const { state, accounts, orders } = stores;
  return {
    venue: state.venue,
    chainId: state.chainId,
    status: state.status,
    sequence,
    timeMs,
    accounts: accounts.count,
    openOrders: orders.orderCount,
  };
}

export function assetView({ stores: { markets } }: Engine, index: number): AssetView {
  return {
    index,
    feedIndex: markets.assets.get("feed", index),
    ...markets.assetSpec(index),
    priceUsd: formatMicros(markets.assetPriceMicros(index)),
    confidence: formatPpm(markets.assetConfidencePpm(index)),
  };
}

export function underlyingView({ stores: { markets } }: Engine, index: number): UnderlyingView {
  return {
    index,
    feedIndex: markets.underlyings.get("feed", index),
    ...markets.underlyingSpec(index),
    priceUsd: formatMicros(markets.indexMicros(index)),
    confidence: formatPpm(markets.indexConfidencePpm(index)),
  };
}

/** Size of one lot: units of the underlying, or of quote currency for inverse instruments. */
export const lotSizeOf = (spec: InstrumentSpec): string =>
  spec.settlement === "inverse" ? formatMicros(spec.lotUsdMicros) : formatUnits(spec.lotNanos, 9);

/** A number of lots as a size. */
export const sizeOf = (spec: InstrumentSpec, lots: number): string =>
  spec.settlement === "inverse"
    ? formatUnits(BigInt(lots) * BigInt(spec.lotUsdMicros), 6)
    : formatUnits(BigInt(lots) * BigInt(spec.lotNanos), 9);

/** A price in ticks as a decimal. */
export const priceOf = (spec: InstrumentSpec, ticks: number): string => formatMicros(ticks * spec.tickMicros);

function statusOf(code: number): InstrumentStatus {
  if (code === expiredStatus) return "expired";
  if (code === haltedStatus) return "halted";
  return code === reduceOnlyStatus ? "reduceOnly" : "active";
}

export function instrumentView({ stores }: Engine, index: number): InstrumentView {
  const { markets, positions, orders } = stores;
  const spec = markets.instrumentSpec(index);
  const { instruments } = markets;
  const book = orders.book(index);
  const indexMicros = markets.indexMicros(instruments.get("underlying", index));
  const settlementMicros = instruments.get("settlementMicros", index);
  const vol = spec.kind === "option" ? markets.impliedVol(index) : NaN;
  const dated = spec.kind === "future" || spec.kind === "option";
  return {
    index,
    ...spec,
    status: statusOf(instruments.get("status", index)),
    tickSize: formatMicros(spec.tickMicros),
    lotSize: lotSizeOf(spec),
    ...(spec.kind === "option" ? { strike: formatMicros(spec.strikeMicros) } : {}),
    ...(markets.hasMark(index) ? { mark: formatMicros(markets.markMicros(index)) } : {}),
    ...(indexMicros > 0 ? { indexPrice: formatMicros(indexMicros) } : {}),
    ...(dated && markets.forwardMicros(index) > 0
      ? { forward: formatMicros(markets.forwardMicros(index)) }
      : {}),
    ...(Number.isNaN(vol) ? {} : { impliedVol: vol }),
    openInterestLots: positions.openInterest(index),
    ...(book.bestBidTicks > 0 ? { bestBid: priceOf(spec, book.bestBidTicks) } : {}),
    ...(book.bestAskTicks > 0 ? { bestAsk: priceOf(spec, book.bestAskTicks) } : {}),
    ...(spec.kind === "perpetual"
      ? {
          predictedFundingRate: formatPpb(markets.predictedFundingPpb(index)),
          nextFundingMs: markets.nextFundingMs(index),
        }
      : {}),
    ...(settlementMicros > 0 ? { settlementPrice: formatMicros(settlementMicros) } : {}),
  };
}

/** The best levels of a book, best first. */
export function bookView({ stores, sequence }: Engine, index: number, depth: number): BookView {
  const { markets, orders } = stores;
  const spec = markets.instrumentSpec(index);
  const book = orders.book(index);
  const levels = (side: 0 | 1): LevelView[] =>
    book.depth(side, depth).map(({ priceTicks, lots }) => ({
      price: priceOf(spec, priceTicks),
      priceTicks,
      lots,
      size: sizeOf(spec, lots),
    }));
  return { instrument: spec.name, sequence, bids: levels(0), asks: levels(1) };
}

/** The virtual AMM of an instrument, if it has one. */
export function poolView({ stores }: Engine, index: number): PoolView | undefined {
  const pool = stores.pools.find(index);
  if (pool === undefined) return undefined;
  const { markets } = stores;
  return {
    instrument: markets.instrumentSpec(index).name,
    account: pool.account,
    shareAsset: markets.assetSpec(pool.shareAsset).name,
    positionLots: pool.curve.positionLots,
    depthLotsPerPercent: pool.spec.depthLotsPerPercent,
    minPrice: formatMicros(pool.terms.minPriceMicros),
    maxPrice: formatMicros(pool.terms.maxPriceMicros),
  };
}
