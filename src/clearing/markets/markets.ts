import { type Market } from "../../market/market.ts";
import {
  type PublishedPrice,
  type PublishSurface,
  type SetParameter,
  type TradingStatus,
} from "../protocol/commands.ts";
import { type Rejection } from "../protocol/rejections.ts";
import { type AssetSpec, type InstrumentSpec, type UnderlyingSpec } from "../protocol/specs.ts";
import { type StateSection } from "../state/section.ts";
import { type LiquidationTerms } from "./liquidation-terms.ts";
import { type MarketSink } from "./market-sink.ts";
import { type AssetRegistry, type InstrumentRegistry, type UnderlyingRegistry } from "./registries.ts";

/** Number of what was just listed, or why it was not. */
export type ListingResult = { readonly index: number } | { readonly rejection: Rejection };

/**
 * What is listed and what it is worth: registry, oracle, surfaces, marks, funding, settlement averages and parameters.
 *
 * Two kinds of calls change it: commands, which return a rejection and change nothing, or succeed; and {@link advance}, which lets
 * time pass and is called with the time of every envelope before its command is applied. Commands act at the time of the last
 * `advance`. All prices are micros of quote currency per unit of underlying; 0 means that there is none yet.
 */
export interface Markets {
  /** For snapshots and the state root. */
  readonly sections: readonly StateSection[];
  readonly assets: AssetRegistry;
  readonly underlyings: UnderlyingRegistry;
  readonly instruments: InstrumentRegistry;
  /** Time of the last {@link advance}. */
  readonly nowMs: number;

  listAsset(spec: AssetSpec, sink: MarketSink): ListingResult;
  listUnderlying(spec: UnderlyingSpec, sink: MarketSink): ListingResult;
  /** Opens the instrument's funding, marks and settlement too. The engine gives it its accounts and book. */
  listInstrument(spec: InstrumentSpec, sink: MarketSink): ListingResult;
  setInstrumentStatus(instrument: number, status: TradingStatus, sink: MarketSink): Rejection | undefined;
  /** Starts a ramp, or sets at once what can raise nobody's requirement. docs/parameters.md has the table. */
  setParameter(command: SetParameter, sink: MarketSink): Rejection | undefined;
  /** The venue's rules for accounts in default, as they are in force. */
  readonly liquidation: LiquidationTerms;
  /** The specs as they are in force. */
  assetSpec(asset: number): AssetSpec;
  underlyingSpec(underlying: number): UnderlyingSpec;
  instrumentSpec(instrument: number): InstrumentSpec;

  /** One publisher's prices; all are taken or none. `publisher` is the envelope's signer. */
  publishPrices(
    publisher: string,
    prices: readonly PublishedPrice[],
    sink: MarketSink,
  ): Rejection | undefined;
  /** One publisher's surface. The one that most publishers' are nearest to is in force. */
  publishSurface(publisher: string, command: PublishSurface, sink: MarketSink): Rejection | undefined;
  /** Forgets what a key reported, everywhere: for when it loses the role `publisher`. */
  forgetPublisher(publisher: string, sink: MarketSink): void;

  /** A feed's price, its confidence now (0 when stale: the last price stands), and the machine's time when it last changed. */
  readonly feedCount: number;
  /** Number of the feed of that name, −1 if there is none. */
  findFeed(name: string): number;
  feedPriceMicros(feed: number): number;
  feedConfidencePpm(feed: number): number;
  feedTimeMs(feed: number): number;
  indexMicros(underlying: number): number;
  indexConfidencePpm(underlying: number): number;
  /** USD. 1,000,000 at full confidence for assets that have no feed. */
  assetPriceMicros(asset: number): number;
  assetConfidencePpm(asset: number): number;

  /** The fair price that positions are valued at. Options': at least the intrinsic value, may be 0 far from the money. */
  markMicros(instrument: number): number;
  /** False until everything that the mark needs has been published; an option's mark of 0 is a price if this says so. */
  hasMark(instrument: number): boolean;
  /**
   * The forward that marks a future or option, in micros: a surface's forward moved along with the index, inside the settlement window
   * the settlement to be expected. The index for perpetuals and spot.
   */
  forwardMicros(instrument: number): number;
  /** Black-76 volatility of an option on the published surface, as an annual fraction; NaN without one. */
  impliedVol(instrument: number): number;

  /**
   * Where the book of a perpetual or future stands from now on: the prices at which an impact amount could be sold and bought, or best
   * bid and ask; 0 where there is none. It weighs in mark and funding for as long as it stood, so call it after every change.
   */
  sampleBook(instrument: number, bidMicros: number, askMicros: number): void;
  /** Cumulative funding per lot, units × `fundingScale` (src/clearing/funding). Longs pay its growth. */
  fundingPerLot(instrument: number): bigint;
  /** Rate that would be charged if the interval ended now, ppb per interval. */
  predictedFundingPpb(instrument: number): number;
  /** End of the running interval; 0 without funding. */
  nextFundingMs(instrument: number): number;

  /**
   * Initial requirement on notional for new risk, ppm rounded up: the instrument's rate, rising to the whole notional with open
   * interest. The maintenance requirement does not rise: open interest alone liquidates nobody.
   */
  initialRatePpm(instrument: number, openInterestLots: number): number;
  maintenanceRatePpm(instrument: number): number;

  /**
   * Lets time pass, in order of time: expiries reached (through `sink.expired`), funding intervals that ended, parameters on the 60-s
   * grid. Cheap when nothing is due.
   *
   * @param nowMs - never less than before.
   */
  advance(nowMs: number, sink: MarketSink): void;

  /** Instruments, quotes, forwards, surfaces and assets as the document that risk models read. What has no price is left out. */
  marketSnapshot(): Market;
  /**
   * Grows whenever prices, surfaces or listings change what {@link marketSnapshot} returns, and at each step of the grid of marks. Bids, asks and
   * confidences move without it. Not part of the state: it starts anew when that is restored.
   */
  readonly version: number;
}
