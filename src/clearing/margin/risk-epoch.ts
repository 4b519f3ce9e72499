import { type AssetState, type Market } from "../../market/index.ts";
import { wholeShocks } from "../../risk/parameters/index.ts";
import { type ItemRows, prepareMarket, type PreparedMarket } from "../../risk/portfolio-margin/index.ts";
import { type Markets } from "../markets/markets.ts";
import { type ByteReader, ByteReader as Reader, ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { ChunkedSection } from "./chunked-section.ts";
import { type InstrumentTerms } from "./instrument-terms.ts";
import { decodeMarket, encodeMarket } from "./market-codec.ts";
import { type RiskDocuments, type WeightedDocuments } from "./risk-documents.ts";

/** The market is looked at once per this time of the machine. */
export const epochCheckMs = 1_000;
/** An epoch is no older than this when the market is looked at. */
export const longestEpochMs = 10_000;
/** A price that moved by this much since the epoch began ends it, ppm. */
export const epochMovePpm = 2_000;
/** Scenarios are made for instants on this grid: those of one minute share them. */
export const scenarioGridMs = 60_000;

/** The scenario matrix of one set of documents. */
export interface EpochModel {
  /** Of the requirement that this model makes. Those of an epoch add up to 1. */
  readonly share: number;
  readonly matrix: PreparedMarket;
  /** Matrix row by number; undefined for what the epoch's market does not have. */
  instrumentRows(instrument: number): ItemRows | undefined;
  /** Undefined too for the currency that requirements are in, which no scenario moves. */
  assetRows(asset: number): ItemRows | undefined;
  /** The same market with every stress shock in full: what the fund is measured by. */
  whole(): EpochModel;
}

/** One risk epoch: a market that stands still, made ready. */
export interface Epoch {
  readonly market: Market;
  /** One, or two while requirements are on their way from former documents to the present ones, which come last. */
  readonly models: readonly [EpochModel, ...EpochModel[]];
  /** Has the epoch's market the instrument? */
  knows(instrument: number): boolean;
  /** Mark of an instrument when the epoch began; 0 for what its market does not have. */
  markMicros(instrument: number): number;
  /** Contracts of the risk model in one lot. */
  contractsPerLot(instrument: number, terms: InstrumentTerms): number;
  /** Of an asset when the epoch began. */
  assetState(asset: number): AssetState | undefined;
}

/** When the market was last looked at: what else decides when an epoch ends. Leaf 0. */
class EpochClock implements StateSection {
  readonly name = "risk-clock";
  readonly leafCount = 1;
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  second = 0;
  isStale = false;

  constructor() {
    this.dirty.mark(0);
  }

  encodeLeaf(_index: number, out: ByteWriter): void {
    out.integer(this.second);
    out.u8(this.isStale ? 1 : 0);
  }

  decodeLeaf(_index: number, from: ByteReader): void {
    this.second = from.integer();
    this.isStale = from.u8() === 1;
  }

  finishRestore(): void {
    this.dirty.take();
  }
}

/**
 * The market that portfolio requirements are computed on. It stands still for an epoch, so that a requirement is made once and every replica
 * makes the same; the epoch's prices are part of the state. The rule for its end is {@link advance}.
 */
export class RiskEpochs {
  readonly #markets: Markets;
  readonly #documents: RiskDocuments;
  readonly #clock: EpochClock = new EpochClock();
  readonly #section: ChunkedSection;
  readonly sections: readonly StateSection[];
  #startMs = 0;
  /** Prices by number when the epoch began. */
  #indices: readonly number[] = [];
  #assetPrices: readonly number[] = [];
  #market: Market | undefined;
  #epoch: Epoch | undefined;

  constructor(markets: Markets, documents: RiskDocuments) {
    this.#markets = markets;
    this.#documents = documents;
    this.#section = new ChunkedSection("risk-epoch", (bytes) => {
      this.#decode(new Reader(bytes));
    });
    this.sections = [this.#clock, this.#section];
  }

  /** The documents changed: the epoch ends with the next {@link advance}. */
  expire(): void {
    this.#clock.isStale = true;
    this.#clock.dirty.mark(0);
    this.#epoch = undefined;
  }

  /**
   * Begins a new epoch when documents changed, and otherwise, looking once per second of the machine's time, when none has begun, it is
   * 10 s old, or an index or asset price is 20 basis points from where it was. Says whether it did. Call it when prices are up to date.
   */
  advance(nowMs: number): boolean {
    const clock = this.#clock;
    const second = Math.floor(nowMs / epochCheckMs);
    if (second === clock.second && !clock.isStale) return false;
    const isDue = clock.isStale || nowMs - this.#startMs >= longestEpochMs || this.#hasMoved();
    clock.second = second;
    clock.isStale = false;
    clock.dirty.mark(0);
    if (!isDue || !this.#documents.isComplete) return false;
    this.#begin(nowMs);
    return true;
  }

  /** Has any epoch begun? */
  hasBegun(): boolean {
    return this.#market !== undefined;
  }

  /** The epoch; none before documents and a first price are there. */
  current(): Epoch | undefined {
    this.#epoch ??= this.#prepare();
    return this.#epoch;
  }

  #hasMoved(): boolean {
    const { underlyings, assets } = this.#markets;
    const moved = (before: number | undefined, now: number): boolean =>
      before === undefined || Math.abs(now - before) * 1e6 >= before * epochMovePpm;
    for (let at = 0; at < underlyings.count; at++) {
      const now = this.#markets.indexMicros(at);
      if (now > 0 && moved(this.#indices[at], now)) return true;
    }
    for (let at = 0; at < assets.count; at++) {
      const now = this.#markets.assetPriceMicros(at);
      if (now > 0 && moved(this.#assetPrices[at], now)) return true;
    }
    return false;
  }

  #begin(nowMs: number): void {
    const markets = this.#markets;
    this.#documents.finishRamp(nowMs);
    const out = new ByteWriter(65_536);
    out.integer(nowMs);
    out.u32(markets.underlyings.count);
    for (let at = 0; at < markets.underlyings.count; at++) out.integer(markets.indexMicros(at));
    out.u32(markets.assets.count);
    for (let at = 0; at < markets.assets.count; at++) out.integer(markets.assetPriceMicros(at));
    encodeMarket({ ...markets.marketSnapshot(), asOfMs: nowMs - (nowMs % scenarioGridMs) }, out);
    const bytes = out.copy();
    this.#section.set(bytes);
    // Read back rather than taken over: a replica that was restored in the meantime has exactly this.
    this.#decode(new Reader(bytes));
  }

  #decode(from: ByteReader): void {
    this.#startMs = from.integer();
    this.#indices = Array.from({ length: from.u32() }, () => from.integer());
    this.#assetPrices = Array.from({ length: from.u32() }, () => from.integer());
    this.#market = decodeMarket(from);
    this.#epoch = undefined;
  }

  #prepare(): Epoch | undefined {
    const market = this.#market;
    if (!market) return undefined;
    const [first, ...others] = this.#documents
      .inForce(this.#startMs)
      .map((documents) => this.#model(market, documents));
    if (!first) return undefined;
    const { instruments, assets } = this.#markets;
    const marks: (number | undefined)[] = [];
    const markOf = (instrument: number): number =>
      market.quotes.get(instruments.label(instrument))?.mark ?? 0;
    return {
      market,
      models: [first, ...others],
      knows: (instrument) => first.instrumentRows(instrument) !== undefined,
      markMicros: (instrument) => (marks[instrument] ??= Math.round(markOf(instrument) * 1e6)),
      contractsPerLot(instrument, { lotSize }) {
        const size = market.instruments.get(instruments.label(instrument))?.contractSize ?? lotSize;
        return size === lotSize ? 1 : lotSize / size;
      },
      assetState: (asset) => market.assets.get(assets.label(asset)),
    };
  }

  #model(market: Market, documents: WeightedDocuments): EpochModel {
    const { share, parameters, history } = documents;
    const { instruments, assets } = this.#markets;
    const wholeParameters = wholeShocks(parameters);
    let whole: EpochModel | undefined;
    const matrix = prepareMarket({ market, parameters, ...(history ? { history } : {}) });
    const byInstrument: (ItemRows | undefined)[] = [];
    const byAsset: (ItemRows | undefined)[] = [];
    const model: EpochModel = {
      share,
      matrix,
      instrumentRows: (instrument) =>
        (byInstrument[instrument] ??= matrix.instrumentRow(instruments.label(instrument))),
      assetRows(asset) {
        const name = assets.label(asset);
        return name === parameters.settlementAsset ? undefined : (byAsset[asset] ??= matrix.assetRow(name));
      },
      whole: () =>
        wholeParameters === parameters
          ? model
          : (whole ??= this.#model(market, { ...documents, parameters: wholeParameters })),
    };
    return model;
  }
}
