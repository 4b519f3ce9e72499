import {
  type FairPrice,
  type FeedBatch,
  type FeedPrice,
  type FeedSurface,
  type Listing,
  priceMicrosOf,
} from "../feed.ts";
import { ListingPlan } from "../listing-plan.ts";
import { perpetualName } from "../listings.ts";
import { type ChainSnapshot } from "./chain-snapshots.ts";
import { type Series } from "./price-series.ts";
import { type Recording } from "./replay-feed.ts";
import { type PriceSource } from "./replay-sources.ts";

export interface ReplaySettings {
  readonly fromMs: number;
  readonly toMs: number;
  readonly heartbeatMs: number;
  readonly strikesPerExpiry: number;
}

/** A source that was silent for so many of its rows is silent. */
const silentRows = 3;
/** Rows of a feed that only chains price. */
const chainGrainMs = 8 * 3_600_000;
/** The time over which funding pays a premium once. */
const premiumPeriodMs = 8 * 3_600_000;

/** What a feed last said. */
interface Seen {
  readonly source: PriceSource;
  readonly grainMs: number;
  value: number;
  timeMs: number;
}

/** A place in a series. */
class Cursor {
  readonly #series: Series;
  #at = 0;

  constructor(series: Series, fromMs: number) {
    this.#series = series;
    while ((series.times[this.#at] ?? Infinity) < fromMs) this.#at++;
  }

  get nextMs(): number {
    return this.#series.times[this.#at] ?? Infinity;
  }

  get value(): number {
    return this.#series.values[this.#at] ?? NaN;
  }

  step(): void {
    this.#at++;
  }
}

/** The batches of a recording: one at each instant at which something was recorded, and heartbeats between. */
export function* replayBatches(
  recording: Recording,
  settings: ReplaySettings,
): Generator<FeedBatch, void, undefined> {
  const { fromMs, toMs, heartbeatMs } = settings;
  const state = new ReplayState(settings, new Set(recording.prices.map(({ source }) => source.feed)));
  const moves: { readonly cursor: Cursor; readonly take: (value: number, timeMs: number) => void }[] = [];
  for (const { source, series } of recording.prices) {
    const take = (value: number, timeMs: number): void => state.see(source, series.grainMs, value, timeMs);
    moves.push({ cursor: new Cursor(series, fromMs), take });
  }
  for (const { source, series } of recording.perpetuals) {
    const take = (value: number): void => void state.perpetuals.set(source.underlying, value);
    moves.push({ cursor: new Cursor(series, fromMs), take });
  }
  const funding = recording.funding.map(({ source, series }) => {
    const cursor = new Cursor(series, fromMs);
    return { underlying: source.underlying, grainMs: series.grainMs, cursor };
  });
  const snapshots = recording.snapshots()[Symbol.iterator]();
  let snapshot = snapshots.next();
  let beforeMs = -Infinity;
  for (;;) {
    // A snapshot out of order comes as soon as it can.
    const snapshotMs = snapshot.done === true ? Infinity : Math.max(snapshot.value.timeMs, beforeMs + 1);
    const timeMs = moves.reduce((least, { cursor }) => Math.min(least, cursor.nextMs), snapshotMs);
    if (timeMs > toMs) break;
    for (let beatMs = beforeMs + heartbeatMs; beatMs < timeMs; beatMs += heartbeatMs) {
      const beat = state.batch(beatMs, []);
      if (beat.prices.length === 0) break;
      yield beat;
    }
    for (const { cursor, take } of moves) {
      if (cursor.nextMs !== timeMs) continue;
      take(cursor.value, timeMs);
      cursor.step();
    }
    // What is paid at the end of an interval was owed for the time before it.
    for (const { underlying, grainMs, cursor } of funding) {
      while (cursor.nextMs <= timeMs) cursor.step();
      const rate = cursor.nextMs - timeMs <= grainMs ? cursor.value : 0;
      state.premiums.set(underlying, (rate * premiumPeriodMs) / grainMs);
    }
    const taken: ChainSnapshot[] = [];
    for (; snapshot.done !== true && snapshot.value.timeMs <= timeMs; snapshot = snapshots.next()) {
      taken.push(snapshot.value);
    }
    yield state.batch(timeMs, taken);
    beforeMs = timeMs;
  }
}

class ReplayState {
  /** Where perpetuals traded, and how far from the index funding says they did. */
  readonly perpetuals: Map<string, number> = new Map();
  readonly premiums: Map<string, number> = new Map();
  /** Feeds that series price. */
  readonly #feeds: ReadonlySet<string>;
  readonly #plan: ListingPlan;
  readonly #seen = new Map<string, Seen>();

  constructor({ heartbeatMs, strikesPerExpiry }: ReplaySettings, feeds: ReadonlySet<string>) {
    this.#feeds = feeds;
    const maxPriceAgeMs = Math.max(60_000, Math.min(86_400_000, 2 * heartbeatMs));
    this.#plan = new ListingPlan({ feeds, minimumPublishers: 1, maxPriceAgeMs, strikesPerExpiry });
  }

  see(source: PriceSource, grainMs: number, value: number, timeMs: number): void {
    const seen = this.#seen.get(source.feed);
    if (seen === undefined) this.#seen.set(source.feed, { source, grainMs, value, timeMs });
    else {
      seen.value = value;
      seen.timeMs = timeMs;
    }
  }

  #price(feed: string): number | undefined {
    const seen = this.#seen.get(feed);
    if (seen === undefined) return undefined;
    const { times } = seen.source;
    if (times === undefined) return seen.value;
    // A ratio to a ratio would go on for ever.
    const base = this.#seen.get(times);
    return base === undefined || base.source.times !== undefined ? undefined : seen.value * base.value;
  }

  batch(timeMs: number, snapshots: readonly ChainSnapshot[]): FeedBatch {
    for (const { underlying, indexUsd } of snapshots) {
      if (!this.#feeds.has(underlying)) {
        this.see(
          { kind: "price", file: "", feed: underlying, as: "underlying" },
          chainGrainMs,
          indexUsd,
          timeMs,
        );
      }
    }
    const listings: Listing[] = [];
    const prices: FeedPrice[] = [];
    const fair: FairPrice[] = [];
    for (const [feed, { source, grainMs, timeMs: seenMs }] of this.#seen) {
      const price = this.#price(feed);
      if (price === undefined || timeMs - seenMs > silentRows * grainMs) continue;
      this.#plan.list(source, price, listings);
      prices.push({ feed, priceMicros: priceMicrosOf(price), confidencePpm: 1_000_000, timeMs });
      if (source.as === "underlying") fair.push(...this.#fair(feed, price, timeMs));
    }
    const surfaces = snapshots.flatMap((snapshot) => this.#surface(snapshot, timeMs, listings));
    return { timeMs, listings, prices: prices.length > 0 ? [{ publisher: 0, prices }] : [], surfaces, fair };
  }

  #fair(underlying: string, price: number, timeMs: number): FairPrice[] {
    const premium = this.premiums.get(underlying) ?? 0;
    const perpetual = this.perpetuals.get(underlying) ?? price * (1 + premium);
    return [
      { instrument: perpetualName(underlying), priceMicros: priceMicrosOf(perpetual) },
      ...this.#plan.fairFutures(underlying, price, timeMs),
    ];
  }

  #surface(snapshot: ChainSnapshot, timeMs: number, listings: Listing[]): FeedSurface[] {
    const price = this.#price(snapshot.underlying) ?? snapshot.indexUsd;
    return this.#plan.surface(snapshot, price, timeMs, listings);
  }
}
