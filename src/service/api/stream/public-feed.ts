import { type ClearingEvent, type Engine, type InstrumentSpec } from "../../../clearing/index.ts";
import { formatMicros, formatPpb, type HistoryPlace, markView, sizeOf } from "../../views/index.ts";
import { BookMirror } from "./book-mirror.ts";
import { type Channel, type ChannelStart, type CommandPlace } from "./channel.ts";
import { DefaultFeed } from "./default-feed.ts";
import { BookChannel, FundingChannel, MarksChannel, TradesChannel } from "./public-channels.ts";

export interface PublicFeedOptions {
  readonly engine: Engine;
  readonly start: (name: string) => ChannelStart;
  /** Told when there is something to flush. */
  readonly onPending: () => void;
}

/** All public channels. Made from events, which are durable, never from the engine's state, which may be ahead of the disk. */
export class PublicFeed {
  readonly #options: PublicFeedOptions;
  readonly #mirror: BookMirror;
  readonly #specs: InstrumentSpec[] = [];
  readonly #books: Map<number, BookChannel> = new Map();
  /** Prices by feed. */
  readonly #indices: Map<number, string> = new Map();
  readonly #trades: Map<number, TradesChannel> = new Map();
  readonly #marks: MarksChannel;
  readonly #funding: FundingChannel;
  readonly #defaults: DefaultFeed;

  constructor(options: PublicFeedOptions) {
    this.#options = options;
    const { engine } = options;
    this.#mirror = new BookMirror(engine);
    this.#marks = new MarksChannel(options.start("marks"));
    this.#funding = new FundingChannel(options.start("funding"));
    this.#defaults = new DefaultFeed(engine, options.start);
    for (let i = 0; i < engine.stores.markets.instruments.count; i++) {
      const mark = markView(engine, i);
      if (mark !== undefined) this.#marks.put(i, mark);
    }
  }

  /** What of an instrument never changes. */
  #spec(instrument: number): InstrumentSpec {
    const known = this.#specs[instrument];
    if (known !== undefined) return known;
    const spec = this.#options.engine.stores.markets.instrumentSpec(instrument);
    this.#specs[instrument] = spec;
    return spec;
  }

  apply(event: ClearingEvent, place: HistoryPlace): void {
    this.#mirror.apply(event);
    if (event.type === "traded") {
      const { instrument, tradeId, priceMicros, lots, takerSide, source } = event;
      const price = formatMicros(priceMicros);
      const size = sizeOf(this.#spec(instrument), lots);
      const isFirst = this.#tradesOf(instrument).put(tradeId, {
        ...place,
        tradeId,
        price,
        lots,
        size,
        takerSide,
        source,
      });
      if (isFirst) this.#options.onPending();
    } else if (event.type === "markChanged") {
      this.#setMark(event.instrument, { mark: formatMicros(event.priceMicros) });
    } else if (event.type === "indexChanged") this.#setIndex(event.feed, event.priceMicros);
    else if (event.type === "fundingRateSet") {
      const { instrument, ratePpb, premiumPpb, indexMicros } = event;
      const isFirst = this.#funding.put(instrument, {
        ...place,
        instrument: this.#spec(instrument).name,
        instrumentIndex: instrument,
        rate: formatPpb(ratePpb),
        premium: formatPpb(premiumPpb),
        indexPrice: formatMicros(indexMicros),
      });
      if (isFirst) this.#options.onPending();
    } else if (this.#defaults.apply(event, place)) this.#options.onPending();
  }

  #setMark(instrument: number, { mark, index }: { readonly mark?: string; readonly index?: string }): void {
    const known = this.#marks.mark(instrument);
    // An instrument without a mark gets one by its event, never by its index alone.
    if (mark === undefined && known === undefined) return;
    const isFirst = this.#marks.put(instrument, {
      instrument: this.#spec(instrument).name,
      instrumentIndex: instrument,
      mark: mark ?? known?.mark ?? "0",
      indexPrice: index ?? known?.indexPrice ?? this.#indices.get(this.#feedOf(instrument)) ?? "0",
    });
    if (isFirst) this.#options.onPending();
  }

  #feedOf(instrument: number): number {
    const { markets } = this.#options.engine.stores;
    return markets.underlyings.get("feed", markets.instruments.get("underlying", instrument));
  }

  #setIndex(feed: number, priceMicros: number): void {
    const index = formatMicros(priceMicros);
    this.#indices.set(feed, index);
    const { instruments } = this.#options.engine.stores.markets;
    for (let i = 0; i < instruments.count; i++) {
      if (this.#feedOf(i) === feed) this.#setMark(i, { index });
    }
  }

  #tradesOf(instrument: number): TradesChannel {
    const known = this.#trades.get(instrument);
    if (known !== undefined) return known;
    const made = new TradesChannel(this.#options.start(`trades:${this.#spec(instrument).name}`));
    this.#trades.set(instrument, made);
    return made;
  }

  #bookOf(instrument: number): BookChannel {
    const known = this.#books.get(instrument);
    if (known !== undefined) return known;
    const spec = this.#spec(instrument);
    const book = this.#mirror.book(instrument);
    const made = new BookChannel(this.#options.start(`book:${spec.name}`), instrument, spec, book);
    book.onTouched = this.#options.onPending;
    this.#books.set(instrument, made);
    return made;
  }

  channel(name: string): Channel | undefined {
    if (name === "marks") return this.#marks;
    if (name === "funding") return this.#funding;
    const ofDefaults = this.#defaults.channel(name);
    if (ofDefaults !== undefined) return ofDefaults;
    const at = name.indexOf(":");
    const instrument = this.#options.engine.stores.markets.instruments.find(name.slice(at + 1));
    if (at < 0 || instrument < 0) return undefined;
    if (name.startsWith("book:")) return this.#bookOf(instrument);
    return name.startsWith("trades:") ? this.#tradesOf(instrument) : undefined;
  }

  /** Sends what has gathered in every channel. */
  flush(place: CommandPlace): void {
    for (const channel of this.#books.values()) channel.flush(place);
    for (const channel of this.#trades.values()) channel.flush(place);
    this.#marks.flush(place);
    this.#funding.flush(place);
    this.#defaults.flush(place);
  }

  /** Drops books that nobody follows any more. */
  forget(leftBeforeMs: number): void {
    for (const [instrument, { subscribers, leftAtMs }] of this.#books) {
      if (subscribers.size > 0 || leftAtMs >= leftBeforeMs) continue;
      const book = this.#mirror.book(instrument);
      book.onTouched = undefined;
      book.takeChanges();
      this.#books.delete(instrument);
    }
  }
}
