import { PlimsollError } from "../../../quantity/index.ts";
import { marketFromCcxt } from "../../../market/readers/ccxt-market.ts";
import {
  type FairPrice,
  type Feed,
  type FeedBatch,
  type FeedNote,
  type FeedPrice,
  type FeedSurface,
  type Listing,
  maxNotes,
  priceMicrosOf,
  type PublisherPrices,
} from "../feed.ts";
import { ListingPlan, type PricedThing } from "../listing-plan.ts";
import { perpetualName } from "../listings.ts";
import { systemTime, type WallTime } from "../pace.ts";
import { chainView } from "../published-surface.ts";
import { SteppedFeed } from "../stepped-feed.ts";
import { ccxtExchanges, type ExchangeFactory, isRecord, type LiveExchange } from "./exchange.ts";
import { type Sighting, sightingOf } from "./ticker.ts";

/** A feed and where it is seen. Each exchange is a publisher. */
export interface LiveMarket extends PricedThing {
  /** ccxt's symbol by its exchange id: `{ kraken: "BTC/USD", coinbase: "BTC/USD" }`. Spot, in dollars. */
  readonly symbols: Readonly<Record<string, string>>;
  /** Underlyings: where its perpetual trades, for the fair price. */
  readonly perpetual?: { readonly exchange: string; readonly symbol: string };
  /** Underlyings: an exchange with `fetchOptionChain`, whose chains make the surfaces. */
  readonly options?: string;
}

export interface LiveFeedOptions {
  readonly markets: readonly LiveMarket[];
  /** Between rounds. Default 2 s. */
  readonly pollMs?: number;
  /** Between surfaces. Default 30 s. */
  readonly surfaceEveryMs?: number;
  /** Options listed of each expiry, nearest to the forward. Default 15 strikes. */
  readonly strikesPerExpiry?: number;
  /** Passed to each exchange by id, as ccxt takes them: timeout, urls, proxies. */
  readonly exchangeOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Imports the package ccxt. */
  readonly load?: () => Promise<unknown>;
  readonly wall?: WallTime;
}

const timeoutMs = 10_000;

/**
 * Live public prices by ccxt, polled. Exchanges that fail are noted and asked again the next round; while none answers nothing is published, and
 * prices go stale.
 *
 * @throws {PlimsollError} `PLM_FEED` when ccxt is not installed or does not know an exchange; `PLM_DOMAIN` for an interval.
 */
export async function liveFeed(options: LiveFeedOptions): Promise<Feed> {
  const { pollMs = 2_000, surfaceEveryMs = 30_000 } = options;
  for (const [field, value] of [
    ["pollMs", pollMs],
    ["surfaceEveryMs", surfaceEveryMs],
  ] as const) {
    if (!(value >= 100)) {
      const facts = {
        field,
        value,
        limit: "a number ≥ 100",
        remedy: "Exchanges limit how often they are asked.",
      };
      throw new PlimsollError("PLM_DOMAIN", facts);
    }
  }
  const make = await ccxtExchanges(options.load);
  const poll = new LivePoll(options, make, pollMs, surfaceEveryMs);
  const description = {
    kind: "live",
    source: `public prices of ${poll.exchangeIds.join(", ")} by ccxt`,
    synthetic: false,
    publishers: poll.exchangeIds.length,
    feeds: options.markets.map(({ feed }) => feed),
    speed: 1,
    notes: poll.notes,
  } as const;
  const wall = options.wall ?? systemTime;
  // Batches are of the present already when they come.
  return new SteppedFeed(
    (signal) => poll.rounds(wall, signal),
    () => description,
    { speed: Infinity, wall },
  );
}

class LivePoll {
  readonly exchangeIds: readonly string[];
  readonly notes: FeedNote[] = [];
  readonly #options: LiveFeedOptions;
  readonly #exchanges: ReadonlyMap<string, LiveExchange>;
  readonly #pollMs: number;
  readonly #surfaceEveryMs: number;
  readonly #plan: ListingPlan;
  /** Time of each exchange's last price of a feed. */
  readonly #lastMs = new Map<string, number>();
  readonly #prices = new Map<string, number>();
  /** What each exchange failed with last, so that an outage is noted once. */
  readonly #failures = new Map<string, string>();

  constructor(options: LiveFeedOptions, make: ExchangeFactory, pollMs: number, surfaceEveryMs: number) {
    const { markets, exchangeOptions = {}, strikesPerExpiry = 15 } = options;
    this.#options = options;
    this.#pollMs = pollMs;
    this.#surfaceEveryMs = surfaceEveryMs;
    const publishers = new Set(markets.flatMap(({ symbols }) => Object.keys(symbols)));
    const others = markets.flatMap(({ perpetual, options: chains }) => [perpetual?.exchange, chains]);
    const ids = new Set([...publishers, ...others.filter((id) => id !== undefined)]);
    this.exchangeIds = [...publishers];
    this.#exchanges = new Map(
      [...ids].map((id) => [
        id,
        make(id, { enableRateLimit: true, timeout: timeoutMs, ...exchangeOptions[id] }),
      ]),
    );
    const fewest = Math.min(...markets.map(({ symbols }) => Object.keys(symbols).length));
    this.#plan = new ListingPlan({
      feeds: new Set(markets.map(({ feed }) => feed)),
      minimumPublishers: Math.max(1, Math.min(2, fewest)),
      maxPriceAgeMs: Math.max(30_000, 5 * pollMs),
      strikesPerExpiry,
    });
  }

  /** @throws {PlimsollError} `PLM_FEED` when in the first round no exchange gave a price. */
  async *rounds(wall: WallTime, signal: AbortSignal): AsyncGenerator<FeedBatch, void, undefined> {
    let surfaceMs = -Infinity;
    let isFirst = true;
    try {
      while (!signal.aborted) {
        const beganMs = wall.now();
        const sightings = await this.#look(wall);
        if (isFirst && sightings.every((seen) => seen.size === 0)) throw this.#offline();
        isFirst = false;
        const withSurfaces = beganMs >= surfaceMs + this.#surfaceEveryMs;
        if (withSurfaces) surfaceMs = beganMs;
        const batch = await this.#batch(sightings, wall, withSurfaces);
        if (batch.prices.length > 0) yield batch;
        await wall.sleep(Math.max(0, beganMs + this.#pollMs - wall.now()), signal);
      }
    } finally {
      for (const exchange of this.#exchanges.values()) await exchange.close?.().catch(() => undefined);
    }
  }

  /** What each publisher sees, by feed. */
  #look(wall: WallTime): Promise<Map<string, Sighting>[]> {
    return Promise.all(
      this.exchangeIds.map(async (id) => {
        const seen = new Map<string, Sighting>();
        const wanted = this.#options.markets.flatMap(({ feed, symbols }) => {
          const symbol = symbols[id];
          return symbol === undefined ? [] : [{ feed, symbol }];
        });
        const tickers = await this.#tickers(
          id,
          wanted.map(({ symbol }) => symbol),
        );
        for (const { feed, symbol } of wanted) {
          const sighting = sightingOf(tickers.get(symbol), wall.now());
          if (sighting !== undefined) seen.set(feed, sighting);
          else if (tickers.size > 0) this.#note(`${id} ${symbol}`, "no usable bid and ask or last trade");
        }
        return seen;
      }),
    );
  }

  async #tickers(id: string, symbols: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    const found = new Map<string, unknown>();
    const exchange = this.#exchanges.get(id);
    if (exchange === undefined) return found;
    try {
      if (exchange.has["fetchTickers"] === true && symbols.length > 1) {
        const answer = await exchange.fetchTickers(symbols);
        if (isRecord(answer)) for (const symbol of symbols) found.set(symbol, answer[symbol]);
      } else {
        for (const symbol of symbols) found.set(symbol, await exchange.fetchTicker(symbol));
      }
      this.#failures.delete(id);
    } catch (cause) {
      this.#failed(id, cause);
    }
    return found;
  }

  async #batch(
    sightings: readonly ReadonlyMap<string, Sighting>[],
    wall: WallTime,
    withSurfaces: boolean,
  ): Promise<FeedBatch> {
    for (const seen of sightings) for (const [feed, { price }] of seen) this.#prices.set(feed, price);
    const fairs = await this.#perpetuals(wall);
    const chains = withSurfaces ? await this.#chains(wall) : [];
    const timeMs = wall.now();
    const listings: Listing[] = [];
    const prices: PublisherPrices[] = [];
    for (const [publisher, seen] of sightings.entries()) {
      const said: FeedPrice[] = [];
      for (const [feed, { price, confidencePpm, timeMs: seenMs }] of seen) {
        const key = `${publisher} ${feed}`;
        if (seenMs <= (this.#lastMs.get(key) ?? -1)) continue;
        this.#lastMs.set(key, seenMs);
        said.push({ feed, priceMicros: priceMicrosOf(price), confidencePpm, timeMs: seenMs });
      }
      if (said.length > 0) prices.push({ publisher, prices: said });
    }
    for (const market of this.#options.markets) {
      const price = this.#prices.get(market.feed);
      if (price !== undefined) this.#plan.list(market, price, listings);
    }
    const surfaces: FeedSurface[] = [];
    for (const chain of chains) {
      const price = this.#prices.get(chain.underlying);
      if (price !== undefined) surfaces.push(...this.#plan.surface(chain, price, timeMs, listings));
    }
    const fair: FairPrice[] = [...fairs];
    for (const [feed, price] of this.#prices) fair.push(...this.#plan.fairFutures(feed, price, timeMs));
    return { timeMs, listings, prices, surfaces, fair };
  }

  async #perpetuals(wall: WallTime): Promise<FairPrice[]> {
    const fair: FairPrice[] = [];
    for (const { feed, perpetual } of this.#options.markets) {
      if (perpetual === undefined) continue;
      const tickers = await this.#tickers(perpetual.exchange, [perpetual.symbol]);
      const sighting = sightingOf(tickers.get(perpetual.symbol), wall.now());
      if (sighting === undefined) continue;
      fair.push({ instrument: perpetualName(feed), priceMicros: priceMicrosOf(sighting.price) });
    }
    return fair;
  }

  async #chains(wall: WallTime): Promise<NonNullable<ReturnType<typeof chainView>>[]> {
    const views = [];
    for (const { feed, options: id } of this.#options.markets) {
      const exchange = id === undefined ? undefined : this.#exchanges.get(id);
      const price = this.#prices.get(feed);
      if (id === undefined || exchange === undefined || price === undefined) continue;
      try {
        await exchange.loadMarkets();
        const chain = await exchange.fetchOptionChain(feed);
        const structures = {
          markets: exchange.markets,
          options: chain,
          indexes: { [feed]: price },
          asOfMs: wall.now(),
          exchange: id,
        };
        const view = chainView(marketFromCcxt(structures).market, feed);
        if (view === undefined) this.#note(`${id} ${feed}`, "no usable option quotes");
        else views.push(view);
      } catch (cause) {
        this.#failed(id, cause);
      }
    }
    return views;
  }

  #failed(id: string, cause: unknown): void {
    const what = (cause instanceof Error ? cause.message : String(cause)).slice(0, 200);
    if (this.#failures.get(id) === what) return;
    this.#failures.set(id, what);
    this.#note(id, what);
  }

  #note(where: string, what: string): void {
    if (this.notes.length < maxNotes) this.notes.push({ where, what });
  }

  #offline(): PlimsollError {
    return new PlimsollError("PLM_FEED", {
      field: "exchanges",
      value: [...this.#failures].map(([id, what]) => `${id}: ${what}`).join("; ") || "no prices",
      limit: "at least one exchange that answers with a price",
      remedy: "Check the network, proxies and symbols, or use a synthetic or recorded feed.",
    });
  }
}
