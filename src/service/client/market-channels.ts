import {
  type BookSnapshot,
  type BookUpdate,
  type FundingEntry,
  type FundingSnapshot,
  type Level,
  type MarksSnapshot,
  type TradesSnapshot,
} from "../api/protocol/stream.ts";
import { type HistoryPlace, type MarkView, type TradeView } from "../views/index.ts";
import { Channel, mostUntaken } from "./channel.ts";
import { type Instrument } from "./instrument.ts";
import { type Stream } from "./stream.ts";

/** All orders at one price. */
export interface BookLevel {
  readonly price: string;
  readonly size: string;
  readonly priceTicks: number;
  readonly lots: number;
}

export interface BookLevels {
  /** Best first. */
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

/** An order book as it is: whole after every message, whatever happened on the way. */
export class BookChannel extends Channel<BookLevels, BookSnapshot, BookUpdate> {
  readonly instrument: Instrument;
  readonly #bids: Map<number, number> = new Map();
  readonly #asks: Map<number, number> = new Map();
  #levels: BookLevels | undefined;

  constructor(stream: Stream, instrument: Instrument, onClose: () => void) {
    super(stream, `book:${instrument.name}`, false, 1, onClose);
    this.instrument = instrument;
  }

  /** Every level. */
  get levels(): BookLevels {
    this.#levels ??= { bids: this.#side(this.#bids, -1), asks: this.#side(this.#asks, 1) };
    return this.#levels;
  }

  get bestBid(): BookLevel | undefined {
    return this.levels.bids[0];
  }
  get bestAsk(): BookLevel | undefined {
    return this.levels.asks[0];
  }

  #side(levels: ReadonlyMap<number, number>, direction: 1 | -1): BookLevel[] {
    return [...levels]
      .sort(([a], [b]) => direction * (a - b))
      .map(([priceTicks, lots]) => ({
        price: this.instrument.priceOf(priceTicks),
        size: this.instrument.sizeOf(lots),
        priceTicks,
        lots,
      }));
  }

  protected override reset({ bids, asks }: BookSnapshot): void {
    const fill = (side: Map<number, number>, levels: readonly Level[]): void => {
      side.clear();
      for (const [ticks, lots] of levels) side.set(ticks, lots);
    };
    fill(this.#bids, bids);
    fill(this.#asks, asks);
    this.#changed();
  }

  protected override apply({ changes }: BookUpdate): void {
    for (const [side, ticks, lots] of changes) {
      const levels = side === 0 ? this.#bids : this.#asks;
      if (lots === 0) levels.delete(ticks);
      else levels.set(ticks, lots);
    }
    this.#changed();
  }

  #changed(): void {
    this.#levels = undefined;
    this.tell(this);
  }

  get bids(): readonly BookLevel[] {
    return this.levels.bids;
  }
  get asks(): readonly BookLevel[] {
    return this.levels.asks;
  }
}

/** What a list of the latest keeps. */
const mostLatest = 500;

/** A channel of rows that come one after the other: readers get each once. After a gap the snapshot brings what it has of those missed. */
abstract class RowsChannel<
  Row extends HistoryPlace,
  S extends TradesSnapshot | FundingSnapshot,
> extends Channel<Row, S, S> {
  #latest: Row[] = [];

  constructor(stream: Stream, name: string, onClose: () => void) {
    super(stream, name, false, mostUntaken, onClose);
  }

  /** The latest, oldest first. */
  get latest(): readonly Row[] {
    return this.#latest;
  }

  protected abstract rowsOf(data: S): readonly Row[];

  protected override reset(data: S, isFirst: boolean): void {
    const rows = this.rowsOf(data);
    const last = this.#latest.at(-1);
    const isNew = ({ sequence, ordinal }: Row): boolean =>
      last === undefined ||
      sequence > last.sequence ||
      (sequence === last.sequence && ordinal > last.ordinal);
    this.#latest = [...rows];
    // The first snapshot is the past: readers hear of what comes.
    if (!isFirst) for (const row of rows.filter(isNew)) this.tell(row);
  }

  protected override apply(data: S): void {
    const rows = this.rowsOf(data);
    this.#latest.push(...rows);
    if (this.#latest.length > 2 * mostLatest) this.#latest = this.#latest.slice(-mostLatest);
    for (const row of rows) this.tell(row);
  }
}

/** Trades of one instrument. */
export class TradesChannel extends RowsChannel<TradeView, TradesSnapshot> {
  constructor(stream: Stream, instrument: string, onClose: () => void) {
    super(stream, `trades:${instrument}`, onClose);
  }

  protected override rowsOf({ trades }: TradesSnapshot): readonly TradeView[] {
    return trades;
  }
}

/** Funding rates of all perpetuals. */
export class FundingChannel extends RowsChannel<FundingEntry, FundingSnapshot> {
  constructor(stream: Stream, onClose: () => void) {
    super(stream, "funding", onClose);
  }

  protected override rowsOf({ rates }: FundingSnapshot): readonly FundingEntry[] {
    return rates;
  }
}

/** Marks of all instruments, by name. */
export class MarksChannel extends Channel<ReadonlyMap<string, MarkView>, MarksSnapshot, MarksSnapshot> {
  readonly #marks: Map<string, MarkView> = new Map();

  constructor(stream: Stream, onClose: () => void) {
    super(stream, "marks", false, 1, onClose);
  }

  get marks(): ReadonlyMap<string, MarkView> {
    return this.#marks;
  }

  protected override reset(data: MarksSnapshot): void {
    this.#marks.clear();
    this.apply(data);
  }

  protected override apply({ marks }: MarksSnapshot): void {
    for (const mark of marks) this.#marks.set(mark.instrument, mark);
    this.tell(this.#marks);
  }
}
