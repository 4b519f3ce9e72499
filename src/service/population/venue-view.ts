import { type ClearingEvent, type Machine as Stores } from "../../clearing/index.ts";
import { activeStatus } from "../../clearing/markets/instrument-codes.ts";

/** A coin and what trades on it, by number; −1 for what isn't listed. */
export interface CoinView {
  readonly name: string;
  readonly underlying: number;
  perpetual: number;
  spot: number;
  inverse: number;
  /** The coin as an asset. */
  asset: number;
  /** Expiries with options, nearest first. */
  readonly expiries: ExpiryView[];
  /** Dated futures, nearest first. */
  readonly futures: { readonly instrument: number; readonly expiryMs: number }[];
}

export interface ExpiryView {
  readonly expiryMs: number;
  /** Ascending. */
  readonly strikes: StrikeView[];
}

export interface StrikeView {
  readonly strikeMicros: number;
  call: number;
  put: number;
}

/** What traders know of the venue: its listings, marks and sizes of lots. */
export class VenueView {
  readonly stores: Stores;
  /** In order of listing. */
  readonly coins: CoinView[] = [];
  readonly #byName: Map<string, CoinView> = new Map();
  /** By instrument. */
  readonly names: string[] = [];

  constructor(stores: Stores) {
    this.stores = stores;
  }

  coin(name: string): CoinView | undefined {
    return this.#byName.get(name);
  }

  asset(name: string): number {
    return this.stores.markets.assets.find(name);
  }

  see(event: ClearingEvent): void {
    if (event.type === "instrumentListed") this.#list(event.index, event.instrument);
    else if (event.type === "instrumentSettled") this.#settle(event.instrument);
    else if (event.type === "underlyingListed") {
      const coin: CoinView = {
        name: event.underlying.name,
        underlying: event.index,
        perpetual: -1,
        spot: -1,
        inverse: -1,
        asset: -1,
        expiries: [],
        futures: [],
      };
      this.coins.push(coin);
      this.#byName.set(coin.name, coin);
    } else if (event.type === "assetListed") {
      const coin = this.#byName.get(event.asset.name);
      if (coin) coin.asset = event.index;
    }
  }

  #list(index: number, spec: Extract<ClearingEvent, { type: "instrumentListed" }>["instrument"]): void {
    this.names[index] = spec.name;
    const coin = this.#byName.get(spec.underlying);
    if (coin === undefined) return;
    if (spec.kind === "spot") coin.spot = index;
    else if (spec.kind === "perpetual") {
      if (spec.settlement === "inverse") coin.inverse = index;
      else coin.perpetual = index;
    } else if (spec.kind === "future") {
      coin.futures.push({ instrument: index, expiryMs: spec.expiryMs });
      coin.futures.sort((a, b) => a.expiryMs - b.expiryMs);
    } else this.#listOption(coin, index, spec.expiryMs, spec.strikeMicros, spec.optionType === "call");
  }

  #listOption(coin: CoinView, index: number, expiryMs: number, strikeMicros: number, isCall: boolean): void {
    let expiry = coin.expiries.find((one) => one.expiryMs === expiryMs);
    if (expiry === undefined) {
      expiry = { expiryMs, strikes: [] };
      coin.expiries.push(expiry);
      coin.expiries.sort((a, b) => a.expiryMs - b.expiryMs);
    }
    let strike = expiry.strikes.find((one) => one.strikeMicros === strikeMicros);
    if (strike === undefined) {
      strike = { strikeMicros, call: -1, put: -1 };
      expiry.strikes.push(strike);
      expiry.strikes.sort((a, b) => a.strikeMicros - b.strikeMicros);
    }
    if (isCall) strike.call = index;
    else strike.put = index;
  }

  #settle(instrument: number): void {
    for (const coin of this.coins) {
      const future = coin.futures.findIndex((one) => one.instrument === instrument);
      if (future >= 0) coin.futures.splice(future, 1);
      const expiry = coin.expiries.findIndex(({ strikes }) =>
        strikes.some(({ call, put }) => call === instrument || put === instrument),
      );
      // All of an expiry settle at once.
      if (expiry >= 0) coin.expiries.splice(expiry, 1);
    }
  }

  /** USD of one lot at the mark; of an option, of its underlying. */
  lotUsd(instrument: number): number {
    const { instruments } = this.stores.markets;
    if (instruments.get("inverse", instrument) === 1)
      return instruments.get("lotUsdMicros", instrument) / 1e6;
    const isOption = instruments.get("optionSign", instrument) !== 0;
    const { markets } = this.stores;
    const micros = isOption
      ? markets.indexMicros(instruments.get("underlying", instrument))
      : markets.markMicros(instrument);
    return (micros / 1e6) * (instruments.get("lotNanos", instrument) / 1e9);
  }

  /** Units of the coin in a lot of a linear instrument. */
  lotCoins(instrument: number): number {
    return this.stores.markets.instruments.get("lotNanos", instrument) / 1e9;
  }

  markMicros(instrument: number): number {
    return this.stores.markets.markMicros(instrument);
  }

  /** A price in whole ticks, at least one. */
  ticks(instrument: number, micros: number): number {
    return Math.max(1, Math.round(micros / this.stores.markets.instruments.get("tickMicros", instrument)));
  }

  isOpen(instrument: number): boolean {
    if (instrument < 0) return false;
    const { instruments } = this.stores.markets;
    const expiryMs = instruments.get("expiryMs", instrument);
    return (
      instruments.get("status", instrument) === activeStatus &&
      (expiryMs === 0 || expiryMs > this.stores.state.timeMs) &&
      this.stores.markets.hasMark(instrument)
    );
  }

  lotsOf(account: number, instrument: number): number {
    return instrument < 0 ? 0 : this.stores.positions.lotsOf(account, instrument);
  }
}
