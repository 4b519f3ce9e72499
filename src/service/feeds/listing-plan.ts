import { type PublishedSlice } from "../../clearing/index.ts";
import { civilDate, lastFridayExpiryMs } from "../../market/calendar.ts";
import { type FairPrice, type FeedSurface, type Listing, priceMicrosOf } from "./feed.ts";
import {
  assetListing,
  futureListing,
  futureName,
  inversePerpetualListing,
  listedOptionName,
  type ListedOption,
  optionListing,
  perpetualListing,
  spotListing,
  underlyingListing,
} from "./listings.ts";

/** What a feed prices. */
export interface PricedThing {
  /** Name of the feed, and of the underlying or asset. */
  readonly feed: string;
  /** `underlying`: it is traded, and the coin is an asset too. `asset`: it is only held. */
  readonly as: "underlying" | "asset";
  /** Assets: the underlying that its price follows. */
  readonly follows?: string;
}

/** What a chain of options says of one coin at an instant. */
export interface ChainView {
  readonly underlying: string;
  readonly indexUsd: number;
  readonly slices: readonly PublishedSlice[];
  readonly options: readonly ListedOption[];
}

export interface ListingPlanOptions {
  /** Names of all feeds that will be priced. */
  readonly feeds: ReadonlySet<string>;
  readonly minimumPublishers: number;
  readonly maxPriceAgeMs: number;
  /** Options listed of each expiry, nearest to the forward. */
  readonly strikesPerExpiry: number;
}

/** An option about to expire is not listed any more. */
const leastLifeMs = 3_600_000;

interface ListedFuture {
  readonly underlying: string;
  /** Forward over index. */
  readonly ratio: number;
  readonly expiryMs: number;
}

/** Lists what a source prices when it is first priced, and the options of its chains as they come. */
export class ListingPlan {
  readonly #options: ListingPlanOptions;
  readonly #listed = new Set<string>();
  readonly #futures = new Map<string, ListedFuture>();

  constructor(options: ListingPlanOptions) {
    this.#options = options;
  }

  #once(name: string, listing: () => Listing, listings: Listing[]): void {
    if (this.#listed.has(name)) return;
    this.#listed.add(name);
    listings.push(listing());
  }

  /** Adds to `listings` what has to be listed before `thing`, now at `price`, can be priced. */
  list({ feed, as, follows = "" }: PricedThing, price: number, listings: Listing[]): void {
    if (this.#listed.has(`asset ${feed}`)) return;
    const { feeds, minimumPublishers, maxPriceAgeMs } = this.#options;
    const underlying = as === "underlying" ? feed : follows;
    const rules = { minimumPublishers, maxPriceAgeMs };
    if (underlying !== "") {
      this.#once(`underlying ${underlying}`, () => underlyingListing(underlying, rules), listings);
    }
    this.#once(`asset ${feed}`, () => assetListing(feed, underlying), listings);
    if (as === "asset") return;
    // What everything settles in; at par unless a source prices it.
    const dollar = assetListing("USDC");
    this.#once("asset USDC", () => (feeds.has("USDC") ? dollar : atPar(dollar)), listings);
    listings.push(spotListing(feed, price), perpetualListing(feed, price));
    if (feed === "BTC") listings.push(inversePerpetualListing(feed, price));
  }

  /**
   * A chain's surface, its forwards moved to where the index is now, after adding its options and futures to `listings`. None while the
   * underlying is not listed or everything has expired.
   */
  surface(chain: ChainView, price: number, timeMs: number, listings: Listing[]): FeedSurface[] {
    const { underlying, indexUsd, options } = chain;
    const live = chain.slices.filter(({ expiryMs }) => expiryMs > timeMs);
    if (live.length === 0 || !this.#listed.has(`underlying ${underlying}`)) return [];
    for (const { expiryMs, forwardMicros } of live) {
      if (expiryMs - timeMs < leastLifeMs) continue;
      const { year, month } = civilDate(expiryMs);
      if (expiryMs === lastFridayExpiryMs(year, month)) {
        const name = futureName(underlying, expiryMs);
        this.#futures.set(name, { underlying, expiryMs, ratio: forwardMicros / 1e6 / indexUsd });
        this.#once(name, () => futureListing(underlying, price, expiryMs), listings);
      }
      const quoted = options.filter((option) => option.expiryMs === expiryMs).map(({ strike }) => strike);
      for (const strike of this.#nearest(quoted, forwardMicros / 1e6)) {
        for (const optionType of ["call", "put"] as const) {
          const option = { underlying, expiryMs, strike, optionType };
          this.#once(listedOptionName(option), () => optionListing(option, price), listings);
        }
      }
    }
    const scale = price / indexUsd;
    const slices = live.map((slice) => ({
      ...slice,
      forwardMicros: Math.max(1, Math.round(slice.forwardMicros * scale)),
    }));
    return [{ publisher: 0, underlying, slices, timeMs }];
  }

  #nearest(strikes: readonly number[], forward: number): number[] {
    const byDistance = [...new Set(strikes)].sort(
      (a, b) => Math.abs(a - forward) - Math.abs(b - forward) || a - b,
    );
    return byDistance.slice(0, this.#options.strikesPerExpiry).sort((a, b) => a - b);
  }

  /** Fair prices of the listed futures of an underlying whose index is at `price`. */
  fairFutures(underlying: string, price: number, timeMs: number): FairPrice[] {
    const fair: FairPrice[] = [];
    for (const [instrument, future] of this.#futures) {
      if (future.expiryMs <= timeMs) this.#futures.delete(instrument);
      else if (future.underlying === underlying) {
        fair.push({ instrument, priceMicros: priceMicrosOf(price * future.ratio) });
      }
    }
    return fair;
  }
}

const atPar = (listing: Listing): Listing =>
  listing.type === "listAsset" ? { ...listing, asset: { ...listing.asset, feed: "" } } : listing;
