import { type ClearingEvent, type Quote } from "../../clearing/index.ts";
import { type Party, type Trading } from "../population/trading.ts";
import { halved } from "./impact.ts";
import { market } from "./plan.ts";

/** Where the gaps between levels end, ppm from fair; each level quotes the depth of its gap, in the middle of it. */
const edgesPpm = [0, 300, 1_000, 2_500, 5_000, 10_000, 20_000, 50_000, 90_000];
export const levelCount: number = edgesPpm.length - 1;

/** A book as it is now. */
export interface LadderBook {
  readonly instrument: number;
  readonly fairUsd: number;
  /** Within {@link market.depthWithinPpm} of fair, both sides, when nothing was traded away. */
  readonly depthUsd: number;
  /** What the market trades, of its usual volume. */
  readonly volumeFactor: number;
}

interface Gone {
  /** Lots that were taken and have not come back, by level. */
  readonly buy: Float64Array;
  readonly sell: Float64Array;
}

/**
 * Market makers with a finite depth about fair: as much per basis point as the recorded books had near the middle. What was traded away comes
 * back with time. One account per level.
 */
export class Ladder {
  readonly #trading: Trading;
  readonly #makers: readonly Party[];
  readonly #levelOf: Map<number, number>;
  readonly #gone: Map<number, Gone> = new Map();
  /** Fair prices of the last quotes. */
  readonly #quoted: Map<number, number> = new Map();

  constructor(trading: Trading, makers: readonly Party[]) {
    this.#trading = trading;
    this.#makers = makers;
    this.#levelOf = new Map(makers.map(({ account }, level) => [account, level]));
  }

  /** Notes what was traded away. */
  see(event: ClearingEvent): void {
    if (event.type !== "orderFilled" || event.role !== "maker") return;
    const level = this.#levelOf.get(event.account);
    if (level === undefined) return;
    const gone = this.#goneOf(event.instrument)[event.side];
    gone[level] = gone[level]! + event.lots;
  }

  #goneOf(instrument: number): Gone {
    const known = this.#gone.get(instrument);
    if (known) return known;
    const fresh: Gone = { buy: new Float64Array(levelCount), sell: new Float64Array(levelCount) };
    this.#gone.set(instrument, fresh);
    return fresh;
  }

  /** Time passes: what was traded away comes back, the faster the more the market trades. */
  pass(elapsedMs: number, books: readonly LadderBook[]): void {
    for (const { instrument, volumeFactor } of books) {
      const keep = halved(elapsedMs * volumeFactor, market.refillHalfLifeMs);
      const { buy, sell } = this.#goneOf(instrument);
      for (let level = 0; level < levelCount; level++) {
        buy[level] = buy[level]! * keep;
        sell[level] = sell[level]! * keep;
      }
    }
  }

  /** Quotes every book anew. */
  quote(books: readonly LadderBook[]): void {
    const { desk } = this.#trading;
    // Where prices moved past the innermost quotes, the old ones go first: new ones may not meet them.
    const isFar = books.some(({ instrument, fairUsd }) => {
      const before = this.#quoted.get(instrument);
      return before === undefined || Math.abs(fairUsd / before - 1) > edgesPpm[1]! / 2e6;
    });
    if (isFar) for (const maker of this.#makers) this.#trading.cancelAll(maker);
    for (const { instrument, fairUsd } of books) this.#quoted.set(instrument, fairUsd);
    for (const [level, maker] of this.#makers.entries()) {
      const quotes = books.map((book) => this.#quoteOf(book, level));
      const { rejection } = desk.send(maker.signer, { type: "massQuote", account: maker.account, quotes });
      if (rejection === undefined) continue;
      for (const quote of quotes)
        desk.send(maker.signer, { type: "massQuote", account: maker.account, quotes: [quote] });
    }
  }

  #quoteOf({ instrument, fairUsd, depthUsd }: LadderBook, level: number): Quote {
    const { view } = this.#trading;
    const [from, to] = [edgesPpm[level]!, edgesPpm[level + 1]!];
    const perPpm = depthUsd / 2 / market.depthWithinPpm;
    const lotUsd = view.lotCoins(instrument) * fairUsd;
    const full = (perPpm * (to - from)) / lotUsd;
    const { buy, sell } = this.#goneOf(instrument);
    const bidLots = Math.max(0, Math.round(full - buy[level]!));
    const askLots = Math.max(0, Math.round(full - sell[level]!));
    const away = (from + to) / 2 / 1e6;
    const bidTicks = Math.max(1, view.ticks(instrument, fairUsd * (1 - away) * 1e6));
    const askTicks = Math.max(bidTicks + 1, view.ticks(instrument, fairUsd * (1 + away) * 1e6));
    return {
      instrument,
      bidTicks: bidLots > 0 ? bidTicks : 0,
      bidLots,
      askTicks: askLots > 0 ? askTicks : 0,
      askLots,
    };
  }
}
