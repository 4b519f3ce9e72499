import { msPerYear } from "../../market/instrument.ts";
import { maxVol } from "../../market/document-fields.ts";
import { log } from "../../numerics/exp-log.ts";
import { undiscountedPrice } from "../../pricing/black76.ts";
import { safeInteger } from "../../quantity/safe-integer.ts";
import { observePremium, premiumPpb } from "../funding/index.ts";
import { type MarkChanged } from "../protocol/events.ts";
import { clamp, mulDiv } from "./exact.ts";
import { fundingTerms } from "./funding-terms.ts";
import { futureKind, optionKind, perpetualKind } from "./instrument-codes.ts";
import { type MarketStores } from "./market-stores.ts";
import { type Surface } from "./surface.ts";

const wholePpb = 1_000_000_000;
/** A mark's basis is at most this share of its base, either way; and at most the maintenance rate. */
export const basisBandPpm = 20_000;

/** What an instrument settles at, as expected now, and the variance that is left in years. */
interface Expected {
  readonly micros: number;
  readonly years: number;
}

/**
 * Fair prices. Each is a function of the state alone; it is kept until something that it depends on changes, which the epoch of its
 * underlying counts. docs/oracles.md gives the formulas.
 */
export class Marks {
  readonly #stores: MarketStores;
  /** Live spot, perpetuals and futures by underlying, ascending: their marks are renewed at once. */
  readonly #eager: number[][] = [];
  /** Live options by underlying, ascending: their marks are made when they are asked for. */
  readonly #options: number[][] = [];
  /** One per underlying. */
  readonly #epochs: number[] = [];
  readonly #micros: number[] = [];
  /** Epoch in which a mark was made. */
  readonly #stamps: number[] = [];
  readonly #ratios: number[] = [];
  /** The surface that a ratio was made from. */
  readonly #ratioSurfaces: (Surface | undefined)[] = [];

  constructor(stores: MarketStores) {
    this.#stores = stores;
  }

  addUnderlying(): void {
    this.#eager.push([]);
    this.#options.push([]);
    this.#epochs.push(1);
  }

  addInstrument(instrument: number): void {
    const { instruments } = this.#stores;
    this.#micros[instrument] = 0;
    this.#stamps[instrument] = 0;
    this.#ratios[instrument] = 1;
    this.#ratioSurfaces[instrument] = undefined;
    if (this.#stores.isExpired(instrument)) return;
    this.#listOf(instrument).push(instrument);
    // Eager marks are always those of the present state, so that only a change is an event.
    if (instruments.get("kind", instrument) !== optionKind) this.mark(instrument);
  }

  removeInstrument(instrument: number): void {
    const list = this.#listOf(instrument);
    list.splice(list.indexOf(instrument), 1);
    this.#stamps[instrument] = 0;
  }

  #listOf(instrument: number): number[] {
    const { instruments } = this.#stores;
    const lists = instruments.get("kind", instrument) === optionKind ? this.#options : this.#eager;
    return lists[instruments.get("underlying", instrument)] ?? [];
  }

  /** Live options of an underlying, ascending. */
  optionsOf(underlying: number): readonly number[] {
    return this.#options[underlying] ?? [];
  }

  /**
   * Everything of an underlying is worth something else from now on. Returns the marks that changed, options' excepted, to be told once the state is
   * whole again: whoever hears of one may ask for the others.
   */
  renew(underlying: number): MarkChanged[] {
    this.#epochs[underlying] = (this.#epochs[underlying] ?? 0) + 1;
    const changed: MarkChanged[] = [];
    for (const instrument of this.#eager[underlying] ?? []) {
      this.observeBook(instrument);
      const before = this.#micros[instrument];
      const priceMicros = this.mark(instrument);
      if (priceMicros !== before) changed.push({ type: "markChanged", instrument, priceMicros });
    }
    return changed;
  }

  /** Takes note of where the book in force stands over the base now. */
  observeBook(instrument: number): void {
    const { instruments, running, clock } = this.#stores;
    const basis = running.basis(instrument);
    if (basis === undefined) return;
    const { bidMicros, askMicros, window } = basis;
    const baseMicros = this.#baseMicros(instrument);
    const inside = bidMicros <= baseMicros && (askMicros === 0 || askMicros >= baseMicros);
    const ppb = inside || baseMicros === 0 ? 0 : premiumPpb(baseMicros, bidMicros, askMicros);
    const bandPpm = Math.min(basisBandPpm, instruments.get("maintenanceMarginPpm", instrument));
    window.observe(clock.nowMs, clamp(ppb, -bandPpm * 1_000, bandPpm * 1_000));
    const funding = running.funding(instrument);
    if (funding !== undefined) {
      const terms = fundingTerms(instruments, instrument);
      funding.premium = observePremium(funding.premium, clock.nowMs, ppb, terms);
    }
    running.dirty.mark(instrument);
  }

  /** 0 while there is no index. */
  mark(instrument: number): number {
    const underlying = this.#stores.instruments.columns.underlying[instrument]!;
    const epoch = this.#epochs[underlying] ?? 0;
    if (this.#stamps[instrument] !== epoch) {
      this.#micros[instrument] = this.#compute(instrument, underlying);
      this.#stamps[instrument] = epoch;
    }
    return this.#micros[instrument] ?? 0;
  }

  has(instrument: number): boolean {
    const { instruments, surfaces } = this.#stores;
    if (this.#stores.isExpired(instrument)) return true;
    const underlying = instruments.columns.underlying[instrument]!;
    if (this.#stores.indexMicros(underlying) === 0) return false;
    return instruments.columns.kind[instrument]! !== optionKind || surfaces.get(underlying) !== undefined;
  }

  forwardMicros(instrument: number): number {
    const { instruments } = this.#stores;
    if (this.#stores.isExpired(instrument)) return instruments.get("settlementMicros", instrument);
    const baseMicros = this.#baseMicros(instrument);
    return baseMicros === 0 ? 0 : this.#expected(instrument, baseMicros).micros;
  }

  vol(instrument: number): number {
    return this.#stores.isExpired(instrument) ? NaN : this.#volAt(instrument, this.forwardMicros(instrument));
  }

  #volAt(instrument: number, forwardMicros: number): number {
    const { instruments, surfaces } = this.#stores;
    const surface = surfaces.get(instruments.get("underlying", instrument));
    if (surface === undefined || forwardMicros === 0) return NaN;
    const logMoneyness = log(instruments.get("strikeMicros", instrument) / forwardMicros);
    const { value } = surface.svi.volAt(instruments.get("expiryMs", instrument), logMoneyness);
    return Math.min(maxVol, value);
  }

  #compute(instrument: number, underlying: number): number {
    const { instruments, running } = this.#stores;
    if (this.#stores.isExpired(instrument)) {
      return this.#stores.closeMicros(instrument, instruments.get("settlementMicros", instrument));
    }
    const indexMicros = this.#stores.indexMicros(underlying);
    if (indexMicros === 0) return 0;
    const kind = instruments.get("kind", instrument);
    if (kind === optionKind) return this.#optionMicros(instrument);
    const basisPpb = running.basis(instrument)?.window.meanPpb() ?? 0;
    const fairMicros = mulDiv(this.#baseMicros(instrument), wholePpb + basisPpb, wholePpb);
    return kind === futureKind ? this.#expected(instrument, fairMicros).micros : fairMicros;
  }

  #optionMicros(instrument: number): number {
    const { instruments } = this.#stores;
    const { micros, years } = this.#expected(instrument, this.#baseMicros(instrument));
    const vol = this.#volAt(instrument, micros);
    const totalVol = Number.isNaN(vol) ? 0 : vol * Math.sqrt(years);
    const strikeMicros = instruments.get("strikeMicros", instrument);
    const isCall = instruments.get("optionSign", instrument) === 1;
    return Math.round(undiscountedPrice(isCall, micros, strikeMicros, totalVol));
  }

  /** The index, for what expires the forward that goes with it. 0 while there is no index. */
  #baseMicros(instrument: number): number {
    const { instruments, surfaces } = this.#stores;
    const underlying = instruments.get("underlying", instrument);
    const indexMicros = this.#stores.indexMicros(underlying);
    const kind = instruments.get("kind", instrument);
    if (kind !== futureKind && kind !== optionKind) return indexMicros;
    const surface = surfaces.get(underlying);
    if (this.#ratioSurfaces[instrument] !== surface) {
      this.#ratioSurfaces[instrument] = surface;
      this.#ratios[instrument] = surface?.forwardRatio(instruments.get("expiryMs", instrument)) ?? 1;
    }
    return Math.round(indexMicros * (this.#ratios[instrument] ?? 1));
  }

  /**
   * What a future or option settles at if its base stays at `baseMicros`, and the years over which its variance still accrues: within
   * the window part of the average is known already.
   */
  #expected(instrument: number, baseMicros: number): Expected {
    const { instruments, running, clock } = this.#stores;
    const underlying = instruments.get("underlying", instrument);
    const expiryMs = instruments.get("expiryMs", instrument);
    if (expiryMs === 0) return { micros: baseMicros, years: 0 };
    const feed = this.#stores.feedOf(underlying);
    const start = running.window(instrument);
    // The grid may lag behind the window's start, before which nothing is averaged.
    const startMs = start === undefined ? 0 : expiryMs - instruments.get("settlementWindowMs", instrument);
    const atMs = Math.min(expiryMs, Math.max(clock.markMs, feed.evaluatedMs, startMs));
    const restMs = expiryMs - atMs;
    if (start === undefined) {
      const windowMs = Math.min(restMs, instruments.get("settlementWindowMs", instrument));
      return { micros: baseMicros, years: (restMs - (2 * windowMs) / 3) / msPerYear };
    }
    const observedMs = feed.observedMsAt(atMs) - start.observedMs;
    const averagedMs = observedMs + restMs;
    if (averagedMs === 0) return { micros: baseMicros, years: 0 };
    const integral = feed.integralAt(atMs) - start.integral + BigInt(baseMicros) * BigInt(restMs);
    const micros = safeInteger(integral / BigInt(averagedMs), "expected settlement");
    const share = restMs / averagedMs;
    return { micros: Math.max(1, micros), years: (share * share * restMs) / 3 / msPerYear };
  }
}

export const hasBook = (kind: number): boolean => kind === perpetualKind || kind === futureKind;
