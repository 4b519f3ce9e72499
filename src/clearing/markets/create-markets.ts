import { type Instrument } from "../../market/instrument.ts";
import { type Market } from "../../market/market.ts";
import { invariant } from "../../quantity/error.ts";
import { averagePremiumPpb, fundingRatePpb } from "../funding/index.ts";
import {
  type PublishedPrice,
  type PublishSurface,
  type SetParameter,
  type TradingStatus,
} from "../protocol/commands.ts";
import { type MarkChanged } from "../protocol/events.ts";
import { type Rejection } from "../protocol/rejections.ts";
import { type AssetSpec, type InstrumentSpec, type UnderlyingSpec } from "../protocol/specs.ts";
import { type StateSection } from "../state/section.ts";
import { wholePpm } from "./aggregate.ts";
import { markGridMs } from "./basis-window.ts";
import { catchUpMs } from "./feed.ts";
import { chargeFunding } from "./charge-funding.ts";
import { fundingTerms } from "./funding-terms.ts";
import { initialRatePpm } from "./initial-rate.ts";
import { expiredStatus, perpetualKind, tradingStatuses } from "./instrument-codes.ts";
import { listAsset, listInstrument, listUnderlying } from "./listing.ts";
import { type MarketSink } from "./market-sink.ts";
import { marketSnapshot } from "./market-snapshot.ts";
import { type LiquidationTerms } from "./liquidation-terms.ts";
import { MarketStores } from "./market-stores.ts";
import { type ListingResult, type Markets } from "./markets.ts";
import { hasBook, Marks } from "./marks.ts";
import { dropParameters, moveParameters, setParameter } from "./parameter-changes.ts";
import { gridStep } from "./ramps.ts";
import { refuse } from "./refuse.ts";
import { type AssetRegistry, type InstrumentRegistry, type UnderlyingRegistry } from "./registries.ts";
import { Schedule } from "./schedule.ts";
import { settlementAverage, windowStart } from "./settlement.ts";

/** Markets with nothing listed, at time 0. */
export const createMarkets = (): Markets => new MarketEngine();

class MarketEngine implements Markets {
  readonly sections: readonly StateSection[];
  readonly assets: AssetRegistry;
  readonly underlyings: UnderlyingRegistry;
  readonly instruments: InstrumentRegistry;
  readonly liquidation: LiquidationTerms;
  version: number = 0;
  readonly #stores: MarketStores = new MarketStores();
  // All below is derived from the stores.
  #marks: Marks;
  #expiries = new Schedule();
  #windowStarts = new Schedule();
  /** Perpetuals, ascending. */
  #perpetuals: number[] = [];
  #liveCount = 0;
  /** Underlying by feed, −1 for assets' own. */
  #underlyingByFeed: number[] = [];
  /** As risk models read them, by number, once made. */
  #instruments: (Instrument | undefined)[] = [];
  /** Before this time nothing is due. */
  #dueMs = 0;

  constructor() {
    const stores = this.#stores;
    this.assets = stores.assets;
    this.underlyings = stores.underlyings;
    this.instruments = stores.instruments;
    const { assets, underlyings, instruments, feeds, surfaces, running, ramps, liquidation, clock } = stores;
    this.liquidation = liquidation;
    this.sections = [assets, underlyings, instruments, feeds, surfaces, running, ramps, liquidation, clock];
    this.#marks = new Marks(stores);
    clock.onRestored = () => this.#rebuild();
  }

  get nowMs(): number {
    return this.#stores.clock.nowMs;
  }

  get feedCount(): number {
    return this.#stores.feeds.count;
  }

  /** Everything derived, from restored stores. */
  #rebuild(): void {
    for (let underlying = 0; underlying < this.underlyings.count; underlying++)
      this.#addUnderlying(underlying);
    for (let instrument = 0; instrument < this.instruments.count; instrument++)
      this.#addInstrument(instrument);
    this.#schedule();
  }

  #addUnderlying(underlying: number): void {
    this.#marks.addUnderlying();
    this.#underlyingByFeed[this.underlyings.get("feed", underlying)] = underlying;
  }

  #addInstrument(instrument: number): void {
    this.#marks.addInstrument(instrument);
    if (this.#stores.isExpired(instrument)) return;
    this.#liveCount++;
    if (this.instruments.get("kind", instrument) === perpetualKind) this.#perpetuals.push(instrument);
    const expiryMs = this.instruments.get("expiryMs", instrument);
    if (expiryMs === 0) return;
    this.#expiries.add(expiryMs, instrument);
    if (this.#stores.running.window(instrument) !== undefined) return;
    this.#windowStarts.add(expiryMs - this.instruments.get("settlementWindowMs", instrument), instrument);
  }

  listAsset(spec: AssetSpec, sink: MarketSink): ListingResult {
    const result = listAsset(this.#stores, spec);
    if ("rejection" in result) return result;
    const { index } = result;
    this.version++;
    sink.emit({ type: "assetListed", index, feed: this.assets.get("feed", index), asset: spec });
    return result;
  }

  listUnderlying(spec: UnderlyingSpec, sink: MarketSink): ListingResult {
    const result = listUnderlying(this.#stores, spec);
    if ("rejection" in result) return result;
    const { index } = result;
    this.#addUnderlying(index);
    this.version++;
    const feed = this.underlyings.get("feed", index);
    sink.emit({ type: "underlyingListed", index, feed, underlying: spec });
    return result;
  }

  listInstrument(spec: InstrumentSpec, sink: MarketSink): ListingResult {
    const result = listInstrument(this.#stores, spec, this.#liveCount);
    if ("rejection" in result) return result;
    const { index } = result;
    const { running } = this.#stores;
    running.add();
    if (hasBook(this.instruments.get("kind", index))) running.openBasis(index, this.nowMs);
    if (spec.kind === "perpetual") {
      const nextMs = (Math.floor(this.nowMs / spec.fundingIntervalMs) + 1) * spec.fundingIntervalMs;
      running.openFunding(index, this.nowMs, nextMs);
    }
    this.#addInstrument(index);
    sink.emit({ type: "instrumentListed", index, instrument: spec });
    // A window that is open already starts now.
    this.#openWindows(this.nowMs, sink);
    this.#schedule();
    this.version++;
    return result;
  }

  setInstrumentStatus(instrument: number, status: TradingStatus, sink: MarketSink): Rejection | undefined {
    if (!this.instruments.has(instrument)) {
      return refuse("unknownInstrument", "instrument", instrument, `0 to ${this.instruments.count - 1}`);
    }
    if (this.#stores.isExpired(instrument)) {
      return refuse("instrumentExpired", "instrument", instrument, "a live instrument");
    }
    this.instruments.set("status", instrument, tradingStatuses.indexOf(status));
    sink.emit({ type: "instrumentStatusChanged", instrument, status });
    return undefined;
  }

  setParameter(command: SetParameter, sink: MarketSink): Rejection | undefined {
    const rejection = setParameter(this.#stores, command, sink);
    if (rejection === undefined && command.target === "underlying") {
      this.#feedChanged(this.underlyings.get("feed", command.index), sink);
    }
    return rejection;
  }

  assetSpec(asset: number): AssetSpec {
    return this.#stores.assetSpec(asset);
  }

  underlyingSpec(underlying: number): UnderlyingSpec {
    return this.#stores.underlyingSpec(underlying);
  }

  instrumentSpec(instrument: number): InstrumentSpec {
    return this.#stores.instrumentSpec(instrument);
  }

  publishPrices(
    publisher: string,
    prices: readonly PublishedPrice[],
    sink: MarketSink,
  ): Rejection | undefined {
    const { feeds } = this.#stores;
    const rejection = feeds.check(publisher, prices, this.nowMs);
    if (rejection !== undefined) return rejection;
    for (const price of prices) {
      feeds.publish(publisher, price, this.nowMs);
      this.#feedChanged(price.feed, sink);
    }
    this.#schedule();
    return undefined;
  }

  forgetPublisher(publisher: string, sink: MarketSink): void {
    const { feeds, surfaces } = this.#stores;
    for (let feed = 0; feed < feeds.count; feed++) {
      if (feeds.forget(feed, publisher, this.nowMs)) this.#feedChanged(feed, sink);
    }
    for (let underlying = 0; underlying < this.underlyings.count; underlying++) {
      const marks = this.#optionMarks(underlying);
      if (surfaces.forget(underlying, publisher)) this.#surfaceChanged(underlying, marks, sink);
    }
    this.#schedule();
  }

  /** Tells what a feed says now, and lets what depends on it follow. */
  #feedChanged(feed: number, sink: MarketSink): void {
    const underlying = this.#underlyingByFeed[feed];
    const changed = underlying === undefined ? [] : this.#marks.renew(underlying);
    const { priceMicros } = this.#stores.feeds.get(feed);
    const confidencePpm = this.feedConfidencePpm(feed);
    sink.emit({ type: "indexChanged", feed, priceMicros, confidencePpm });
    this.version++;
    for (const change of changed) sink.emit(change);
  }

  publishSurface(publisher: string, command: PublishSurface, sink: MarketSink): Rejection | undefined {
    const { underlying } = command;
    if (!this.underlyings.has(underlying)) {
      return refuse("unknownUnderlying", "underlying", underlying, `0 to ${this.underlyings.count - 1}`);
    }
    const indexMicros = this.indexMicros(underlying);
    if (indexMicros === 0) {
      return refuse("noPrice", "underlying", underlying, "an underlying that has an index");
    }
    const { surfaces } = this.#stores;
    const before = surfaces.get(underlying);
    const marks = this.#optionMarks(underlying);
    const rejection = surfaces.publish(publisher, command, indexMicros, this.nowMs);
    if (rejection === undefined && surfaces.get(underlying) !== before) {
      this.#surfaceChanged(underlying, marks, sink);
    }
    return rejection;
  }

  #optionMarks(underlying: number): number[] {
    return this.#marks.optionsOf(underlying).map((option) => this.markMicros(option));
  }

  /** Tells that another surface is in force, and which marks it changed. */
  #surfaceChanged(underlying: number, marksBefore: readonly number[], sink: MarketSink): void {
    const changed = this.#marks.renew(underlying);
    for (const [i, instrument] of this.#marks.optionsOf(underlying).entries()) {
      const priceMicros = this.markMicros(instrument);
      if (priceMicros !== marksBefore[i]) changed.push({ type: "markChanged", instrument, priceMicros });
    }
    this.version++;
    const sliceCount = this.#stores.surfaces.get(underlying)?.slices.length ?? 0;
    sink.emit({ type: "surfaceChanged", underlying, sliceCount });
    for (const change of changed) sink.emit(change);
  }

  findFeed(name: string): number {
    return this.#stores.feeds.find(name);
  }

  feedPriceMicros(feed: number): number {
    return this.#stores.feeds.get(feed).priceMicros;
  }

  feedConfidencePpm(feed: number): number {
    return this.#stores.feeds.get(feed).confidencePpm(this.nowMs);
  }

  feedTimeMs(feed: number): number {
    return this.#stores.feeds.get(feed).evaluatedMs;
  }

  indexMicros(underlying: number): number {
    return this.#stores.indexMicros(underlying);
  }

  indexConfidencePpm(underlying: number): number {
    return this.feedConfidencePpm(this.underlyings.columns.feed[underlying]!);
  }

  assetPriceMicros(asset: number): number {
    const feed = this.assets.columns.feed[asset]!;
    return feed < 0 ? 1_000_000 : this.feedPriceMicros(feed);
  }

  assetConfidencePpm(asset: number): number {
    const feed = this.assets.columns.feed[asset]!;
    return feed < 0 ? wholePpm : this.feedConfidencePpm(feed);
  }

  markMicros(instrument: number): number {
    return this.#marks.mark(instrument);
  }

  hasMark(instrument: number): boolean {
    return this.#marks.has(instrument);
  }

  forwardMicros(instrument: number): number {
    return this.#marks.forwardMicros(instrument);
  }

  impliedVol(instrument: number): number {
    return this.#marks.vol(instrument);
  }

  sampleBook(instrument: number, bidMicros: number, askMicros: number): void {
    const { running } = this.#stores;
    const basis = running.basis(instrument);
    if (basis === undefined || (basis.bidMicros === bidMicros && basis.askMicros === askMicros)) return;
    basis.bidMicros = bidMicros;
    basis.askMicros = askMicros;
    this.#marks.observeBook(instrument);
  }

  fundingPerLot(instrument: number): bigint {
    return this.#stores.running.funding(instrument)?.perLot ?? 0n;
  }

  predictedFundingPpb(instrument: number): number {
    const funding = this.#stores.running.funding(instrument);
    if (funding === undefined) return 0;
    const terms = fundingTerms(this.instruments, instrument);
    return fundingRatePpb(averagePremiumPpb(funding.premium, this.nowMs, terms), terms);
  }

  nextFundingMs(instrument: number): number {
    return this.#stores.running.funding(instrument)?.nextMs ?? 0;
  }

  initialRatePpm(instrument: number, openInterestLots: number): number {
    return initialRatePpm(this.instruments, instrument, openInterestLots);
  }

  maintenanceRatePpm(instrument: number): number {
    return this.instruments.columns.maintenanceMarginPpm[instrument]!;
  }

  advance(nowMs: number, sink: MarketSink): void {
    const { clock } = this.#stores;
    invariant(nowMs >= clock.nowMs, "time never runs backwards");
    clock.set(nowMs);
    if (nowMs < this.#dueMs) return;
    this.#openWindows(nowMs, sink);
    for (;;) {
      const [expiryMs, fundingMs] = [this.#expiries.nextMs, this.#nextFundingMs()];
      if (Math.min(expiryMs, fundingMs) > nowMs) break;
      if (expiryMs <= fundingMs) this.#settle(this.#expiries.take(nowMs), sink);
      else chargeFunding(this.#stores, this.#perpetuals, fundingMs, sink);
    }
    const step = gridStep(nowMs);
    if (step !== clock.parameterStep) {
      clock.parameterStep = step;
      moveParameters(this.#stores, nowMs, sink);
    }
    this.#catchUp(nowMs, sink);
    const markMs = Math.floor(nowMs / markGridMs) * markGridMs;
    if (markMs !== clock.markMs) {
      clock.markMs = markMs;
      const changed: MarkChanged[] = [];
      for (let underlying = 0; underlying < this.underlyings.count; underlying++) {
        changed.push(...this.#marks.renew(underlying));
      }
      this.version++;
      for (const change of changed) sink.emit(change);
    }
    this.#schedule();
  }

  #openWindows(nowMs: number, sink: MarketSink): void {
    const { running } = this.#stores;
    for (;;) {
      const startMs = this.#windowStarts.nextMs;
      const instrument = this.#windowStarts.take(nowMs);
      if (instrument < 0) return;
      const underlying = this.instruments.get("underlying", instrument);
      running.openWindow(instrument, windowStart(this.#stores, instrument, startMs));
      for (const change of this.#marks.renew(underlying)) sink.emit(change);
    }
  }

  #settle(instrument: number, sink: MarketSink): void {
    const settlementMicros = settlementAverage(this.#stores, instrument);
    this.instruments.set("status", instrument, expiredStatus);
    this.instruments.set("settlementMicros", instrument, settlementMicros);
    this.#stores.running.close(instrument);
    this.#marks.removeInstrument(instrument);
    dropParameters(this.#stores, "instrument", instrument);
    this.#liveCount--;
    this.version++;
    sink.expired(instrument, settlementMicros, this.#stores.closeMicros(instrument, settlementMicros));
  }

  #nextFundingMs(): number {
    let nextMs = Infinity;
    for (const perpetual of this.#perpetuals) nextMs = Math.min(nextMs, this.nextFundingMs(perpetual));
    return nextMs;
  }

  #catchUp(nowMs: number, sink: MarketSink): void {
    const { feeds } = this.#stores;
    for (let index = 0; index < feeds.count; index++) {
      const feed = feeds.get(index);
      if (!feed.isHeldBack || nowMs < feed.evaluatedMs + catchUpMs) continue;
      feeds.catchUp(index, nowMs);
      this.#feedChanged(index, sink);
    }
  }

  /** When something is next due. */
  #schedule(): void {
    const { clock, feeds } = this.#stores;
    let dueMs = Math.min(
      clock.markMs + markGridMs,
      this.#expiries.nextMs,
      this.#windowStarts.nextMs,
      this.#nextFundingMs(),
    );
    for (let index = 0; index < feeds.count; index++) {
      const feed = feeds.get(index);
      if (feed.isHeldBack) dueMs = Math.min(dueMs, feed.evaluatedMs + catchUpMs);
    }
    this.#dueMs = dueMs;
  }

  marketSnapshot(): Market {
    return marketSnapshot(this.#stores, this.#marks, this.#instruments);
  }
}
