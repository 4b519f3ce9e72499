import {
  type ListAsset,
  type ListInstrument,
  type ListUnderlying,
  type PublishedSlice,
} from "../../clearing/index.ts";

/** Where prices come from. Each source is one of these, so the service need not know which it runs. */
export interface Feed {
  describe(): FeedDescription;
  /**
   * Publishes batch after batch, in order of time and at its own pace, each after the one before was taken. Ends when the source does or after
   * {@link stop}.
   *
   * @throws {PlimsollError} `PLM_FEED` when the source cannot be used; whatever `publish` throws.
   */
  start(publish: (batch: FeedBatch) => Promise<void>): Promise<void>;
  /** Ends {@link start}; resolves when it has. */
  stop(): Promise<void>;
}

export interface FeedDescription {
  readonly kind: "synthetic" | "replay" | "live";
  /** For display: where the numbers come from. */
  readonly source: string;
  /** True when no price is real. */
  readonly synthetic: boolean;
  /** How many keys with the role `publisher` it speaks through. */
  readonly publishers: number;
  /** Names of the feeds it prices. */
  readonly feeds: readonly string[];
  /** Venue time per real time; Infinity: as fast as it can. */
  readonly speed: number;
  /** First and last instant of what is recorded. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** What was left out so far, and where it stands. At most {@link maxNotes}. */
  readonly notes: readonly FeedNote[];
}

/** Something a source said that could not be used. */
export interface FeedNote {
  /** File and line, or market. */
  readonly where: string;
  readonly what: string;
}

export const maxNotes = 1_000;

/** What a source has to say at one instant. */
export interface FeedBatch {
  /** Of the venue: not less than in the batch before. */
  readonly timeMs: number;
  /** To be listed first, in this order. */
  readonly listings: readonly Listing[];
  /** What each publisher says. */
  readonly prices: readonly PublisherPrices[];
  readonly surfaces: readonly FeedSurface[];
  /** Where perpetuals and futures trade, for whoever makes markets in them; no command comes of it. */
  readonly fair: readonly FairPrice[];
}

export type Listing = ListAsset | ListUnderlying | ListInstrument;

export interface PublisherPrices {
  /** 0 … publishers − 1. */
  readonly publisher: number;
  readonly prices: readonly FeedPrice[];
}

export interface FeedPrice {
  /** Name of the feed. */
  readonly feed: string;
  readonly priceMicros: number;
  readonly confidencePpm: number;
  readonly timeMs: number;
}

export interface FeedSurface {
  /** 0 … publishers − 1. */
  readonly publisher: number;
  readonly underlying: string;
  readonly slices: readonly PublishedSlice[];
  readonly timeMs: number;
}

export interface FairPrice {
  readonly instrument: string;
  readonly priceMicros: number;
}

/** A price in micros, at least 1. */
export const priceMicrosOf = (price: number): number => Math.max(1, Math.round(price * 1e6));
