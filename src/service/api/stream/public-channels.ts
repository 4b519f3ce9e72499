import { type InstrumentSpec } from "../../../clearing/index.ts";
import { type MarkView, type TradeView } from "../../views/index.ts";
import {
  type BookSnapshot,
  type BookUpdate,
  type FundingEntry,
  type FundingSnapshot,
  type MarksSnapshot,
  type TradesSnapshot,
} from "../protocol/stream.ts";
import { type MirroredBook } from "./book-mirror.ts";
import { Channel, type ChannelStart } from "./channel.ts";

abstract class PublicChannel extends Channel {
  readonly isPublic = true;
}

/** One instrument's book by levels. */
export class BookChannel extends PublicChannel {
  readonly #spec: InstrumentSpec;
  readonly #instrument: number;
  readonly #book: MirroredBook;

  constructor(start: ChannelStart, instrument: number, spec: InstrumentSpec, book: MirroredBook) {
    super(start);
    this.#instrument = instrument;
    this.#spec = spec;
    this.#book = book;
  }

  protected takeUpdate(): BookUpdate | undefined {
    const changes = this.#book.takeChanges();
    return changes.length === 0 ? undefined : { changes };
  }

  protected makeSnapshot(): BookSnapshot {
    return {
      instrument: this.#spec.name,
      instrumentIndex: this.#instrument,
      bids: this.#book.levels(0),
      asks: this.#book.levels(1),
    };
  }
}

/** Keeps the latest of something by key, and what is new since it was last taken. */
export abstract class LatestChannel<T> extends PublicChannel {
  protected readonly latest: Map<number, T> = new Map();
  readonly #fresh: Set<number> = new Set();

  /** True if it is the first since the last update. */
  put(key: number, value: T): boolean {
    this.latest.set(key, value);
    this.#fresh.add(key);
    return this.#fresh.size === 1;
  }

  protected takeFresh(): T[] {
    const fresh = [...this.#fresh].map((key) => this.latest.get(key)).filter((value) => value !== undefined);
    this.#fresh.clear();
    return fresh;
  }
}

/** Trades in a snapshot. */
const tradesShown = 100;

export class TradesChannel extends LatestChannel<TradeView> {
  protected takeUpdate(): TradesSnapshot | undefined {
    const trades = this.takeFresh();
    for (const tradeId of this.latest.keys()) {
      if (this.latest.size <= tradesShown) break;
      this.latest.delete(tradeId);
    }
    return trades.length === 0 ? undefined : { trades };
  }

  protected makeSnapshot(): TradesSnapshot {
    return { trades: [...this.latest.values()] };
  }
}

export class MarksChannel extends LatestChannel<MarkView> {
  mark(instrument: number): MarkView | undefined {
    return this.latest.get(instrument);
  }

  protected takeUpdate(): MarksSnapshot | undefined {
    const marks = this.takeFresh();
    return marks.length === 0 ? undefined : { marks };
  }

  protected makeSnapshot(): MarksSnapshot {
    return { marks: [...this.latest.values()] };
  }
}

export class FundingChannel extends LatestChannel<FundingEntry> {
  protected takeUpdate(): FundingSnapshot | undefined {
    const rates = this.takeFresh();
    return rates.length === 0 ? undefined : { rates };
  }

  protected makeSnapshot(): FundingSnapshot {
    return { rates: [...this.latest.values()] };
  }
}
