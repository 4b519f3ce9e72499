import { type Leg, type MarginMode, type Quote } from "../../clearing/index.ts";
import { type FairPrice } from "../feeds/index.ts";
import { type CoinView } from "./venue-view.ts";
import { type Party, type Trading } from "./trading.ts";

/** A market maker: an account like any other, with much money. */
export interface Maker extends Party {
  account: number;
  readonly mode: MarginMode;
  readonly capitalUsd: number;
  /** Also coins, for inverse perpetuals: by name, USD. */
  readonly coinUsd: number;
}

/** Half of the spread and the size of each maker of perpetuals, at calm. */
const levels = [
  { halfPpm: 150, usd: 400_000 },
  { halfPpm: 500, usd: 1_500_000 },
  { halfPpm: 1_500, usd: 6_000_000 },
] as const;
/** Coins after the first few are quoted in smaller sizes. */
const sizeOfRank = [1, 0.7, 0.4, 0.2] as const;
/** Most by which a maker leans its prices against its own position, and the position at which it does. */
const leanPpm = 800;
const leanUsd = 40_000_000;
/** Options: half of the spread as a share of the mark, and of the index. */
const optionHalfShare = 0.02;
const optionHalfIndexPpm = 100;
const optionMakersPerCoin = 4;

/**
 * The venue's makers. Those of perpetuals quote every book anew at each step, about where the perpetual is worth, wider as prices move
 * more. Those of options and futures answer when they are asked, in the book or for several legs at once.
 */
export class Makers {
  readonly perpetual: readonly Maker[];
  readonly option: readonly Maker[];
  readonly #trading: Trading;
  /** What each perpetual is worth, micros, by instrument. */
  readonly #fair: Map<number, number> = new Map();
  /** Mean of absolute moves of late, ppm, by instrument. */
  readonly #moves: Map<number, number> = new Map();
  /** Was a quote refused when they were last renewed? Prices that arrive may change that. */
  isRefused = false;
  readonly #asked: Set<Maker> = new Set();

  constructor(trading: Trading, signerOf: (number: number) => string) {
    this.#trading = trading;
    let number = 0;
    const maker = (mode: MarginMode, capitalUsd: number, coinUsd: number): Maker => {
      return { signer: signerOf(number++), account: -1, mode, capitalUsd, coinUsd };
    };
    this.perpetual = levels.map(() => maker("cross", 300_000_000, 60_000_000));
    this.option = Array.from({ length: 2 * optionMakersPerCoin }, () => maker("portfolio", 100_000_000, 0));
  }

  get all(): readonly Maker[] {
    return [...this.perpetual, ...this.option];
  }

  /** What perpetuals are worth from now on. Before their quotes are renewed. */
  see(fair: readonly FairPrice[]): void {
    const { instruments } = this.#trading.view.stores.markets;
    for (const { instrument: name, priceMicros } of fair) {
      const instrument = instruments.find(name);
      if (instrument < 0) continue;
      const before = this.#fair.get(instrument);
      if (before !== undefined) {
        const move = (Math.abs(priceMicros - before) / before) * 1e6;
        this.#moves.set(instrument, 0.9 * (this.#moves.get(instrument) ?? 0) + 0.1 * move);
      }
      this.#fair.set(instrument, priceMicros);
    }
  }

  /** Mean of absolute moves from step to step of late, ppm, of the first coin. */
  moveOfLatePpm(): number {
    const { coins } = this.#trading.view;
    return this.#moves.get(coins[0]?.perpetual ?? -1) ?? 0;
  }

  /** Perpetuals whose books can be quoted now, with their coin's rank. */
  #quoted(): { readonly instrument: number; readonly rank: number }[] {
    const { view } = this.#trading;
    const quoted: { instrument: number; rank: number }[] = [];
    for (const [rank, coin] of view.coins.entries()) {
      if (!view.stores.hasFreshIndex(coin.underlying)) continue;
      for (const instrument of [coin.perpetual, coin.inverse]) {
        if (view.isOpen(instrument)) quoted.push({ instrument, rank });
      }
    }
    return quoted;
  }

  #fairMicros(coin: CoinView | undefined, instrument: number): number {
    const known = this.#fair.get(instrument) ?? (coin && this.#fair.get(coin.perpetual));
    return known ?? this.#trading.view.markMicros(instrument);
  }

  /** Takes the former quotes away and puts new ones up. Says how many books have quotes now. */
  requote(): number {
    const { desk, view } = this.#trading;
    const { orders } = view.stores;
    for (const maker of [...this.perpetual, ...this.#asked]) {
      if (orders.accountOrderCount(maker.account) > 0) this.#trading.cancelAll(maker);
    }
    this.#asked.clear();
    this.isRefused = false;
    const quoted = this.#quoted();
    if (quoted.length === 0) return 0;
    this.#sweep(quoted);
    for (const [level, maker] of this.perpetual.entries()) {
      const quotes = quoted.map(({ instrument, rank }) => this.#quote(maker, level, instrument, rank));
      for (let at = 0; at < quotes.length; at += 100) {
        const some = quotes.slice(at, at + 100);
        const { rejection } = desk.send(maker.signer, {
          type: "massQuote",
          account: maker.account,
          quotes: some,
        });
        if (rejection === undefined) continue;
        // One book in the way of all: quote each by itself.
        for (const quote of some) {
          const alone = desk.send(maker.signer, {
            type: "massQuote",
            account: maker.account,
            quotes: [quote],
          });
          if (alone.rejection !== undefined) this.isRefused = true;
        }
      }
    }
    return quoted.length;
  }

  #centre(maker: Maker, instrument: number): number {
    const { view } = this.#trading;
    const coin = this.#coinOf(instrument);
    const fair = this.#fairMicros(coin, instrument);
    const held = view.lotsOf(maker.account, instrument) * view.lotUsd(instrument);
    const lean = Math.max(-1, Math.min(1, held / leanUsd)) * leanPpm;
    return fair * (1 - lean / 1e6);
  }

  #coinOf(instrument: number): CoinView | undefined {
    const { view } = this.#trading;
    return view.coins[view.stores.markets.instruments.get("underlying", instrument)];
  }

  #half(level: number, instrument: number): number {
    const calm = levels[level]?.halfPpm ?? 1_000;
    return calm + 0.3 * (this.#moves.get(instrument) ?? 0);
  }

  #quote(maker: Maker, level: number, instrument: number, rank: number): Quote {
    const { view } = this.#trading;
    const book = view.stores.orders.book(instrument);
    const centre = this.#centre(maker, instrument);
    const half = (centre * this.#half(level, instrument)) / 1e6;
    const usd = (levels[level]?.usd ?? 0) * (sizeOfRank[Math.min(rank, sizeOfRank.length - 1)] ?? 0.2);
    const lots = Math.max(1, this.#trading.lotsFor(instrument, usd));
    const [bestBid, bestAsk] = [book.bestBidTicks, book.bestAskTicks];
    const bid = view.ticks(instrument, centre - half);
    const ask = view.ticks(instrument, centre + half);
    const bidTicks = bestAsk > 0 ? Math.min(bid, bestAsk - 1) : bid;
    const askTicks = Math.max(ask, bestBid + 1, bidTicks + 1);
    return { instrument, bidTicks, bidLots: bidTicks > 0 ? lots : 0, askTicks, askLots: lots };
  }

  /** Takes what rests beyond where the makers are about to quote. */
  #sweep(quoted: readonly { readonly instrument: number }[]): void {
    const { view } = this.#trading;
    const maker = this.perpetual[0];
    if (maker === undefined) return;
    for (const { instrument } of quoted) {
      const book = view.stores.orders.book(instrument);
      const fair = this.#fairMicros(this.#coinOf(instrument), instrument);
      const fairTicks = view.ticks(instrument, fair);
      for (let tries = 0; tries < 2; tries++) {
        const buys = book.bestAskTicks > 0 && book.bestAskTicks < fairTicks;
        const sells = book.bestBidTicks > fairTicks;
        if (!buys && !sells) break;
        const lots = this.#trading.lotsFor(instrument, buys ? 5e6 : -5e6);
        const slip = Math.abs(fair - view.markMicros(instrument));
        const isBeyond = buys ? fair > view.markMicros(instrument) : fair < view.markMicros(instrument);
        this.#trading.take(maker, instrument, lots, isBeyond ? slip : -slip);
      }
    }
  }

  /** Who answers for an option or dated future. */
  answering(instrument: number): Maker | undefined {
    const { instruments } = this.#trading.view.stores.markets;
    const expiryDay = Math.floor(instruments.get("expiryMs", instrument) / 86_400_000);
    const at =
      (instruments.get("underlying", instrument) % 2) * optionMakersPerCoin +
      (expiryDay % optionMakersPerCoin);
    return this.option[at];
  }

  /** Half of the spread on an option, future or perpetual that is asked for. */
  halfMicros(instrument: number): number {
    const { markets } = this.#trading.view.stores;
    const index = markets.indexMicros(markets.instruments.get("underlying", instrument));
    if (markets.instruments.get("optionSign", instrument) === 0) return (index * 400) / 1e6;
    return markets.markMicros(instrument) * optionHalfShare + (index * optionHalfIndexPpm) / 1e6;
  }

  /** Puts a quote for at least so many lots into an option's or future's book, for whoever asked. */
  quoteFor(instrument: number, lots: number): void {
    const maker = this.answering(instrument);
    if (maker === undefined) return;
    const { desk, view } = this.#trading;
    const mark = view.markMicros(instrument);
    const half = this.halfMicros(instrument);
    const bid = Math.floor((mark - half) / view.stores.markets.instruments.get("tickMicros", instrument));
    const bidTicks = Math.max(1, bid);
    const askTicks = Math.max(bidTicks + 1, view.ticks(instrument, mark + half));
    const quote = { instrument, bidTicks, bidLots: bid >= 1 ? lots : 0, askTicks, askLots: lots };
    desk.send(maker.signer, { type: "massQuote", account: maker.account, quotes: [quote] });
    this.#asked.add(maker);
  }

  /** A maker's price for each leg, in ticks. */
  legTicks(legs: readonly Leg[]): number[] {
    const { view } = this.#trading;
    return legs.map(({ instrument, lots }) => {
      const micros = view.markMicros(instrument) + Math.sign(lots) * 0.7 * this.halfMicros(instrument);
      return view.ticks(instrument, Math.max(0, micros));
    });
  }
}
