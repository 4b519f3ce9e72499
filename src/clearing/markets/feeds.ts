import { invariant } from "../../quantity/error.ts";
import { type PublishedPrice } from "../protocol/commands.ts";
import { type Rejection } from "../protocol/rejections.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { type FeedRules, wholePpm } from "./aggregate.ts";
import { Feed } from "./feed.ts";
import { maxAheadMs, maxFeeds, maxPriceMicros, maxPublishers } from "./limits.ts";
import { checkInteger, refuse } from "./refuse.ts";

/** All feeds by number. Underlyings and assets share one numbering. One leaf per feed. */
export class Feeds implements StateSection {
  readonly name = "market-feeds";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly #feeds: Feed[] = [];

  get leafCount(): number {
    return this.#feeds.length;
  }

  get count(): number {
    return this.#feeds.length;
  }

  get(index: number): Feed {
    const feed = this.#feeds[index];
    invariant(feed !== undefined, `feed ${index} exists`);
    return feed;
  }

  find(name: string): number {
    return this.#feeds.findIndex((feed) => feed.name === name);
  }

  add(name: string, rules: FeedRules): number {
    this.dirty.mark(this.#feeds.length);
    return this.#feeds.push(new Feed(name, rules)) - 1;
  }

  /** Why these prices cannot be taken, if so. */
  check(publisher: string, prices: readonly PublishedPrice[], nowMs: number): Rejection | undefined {
    if (prices.length === 0 || prices.length > maxFeeds) {
      return refuse("malformed", "prices", prices.length, `1 to ${maxFeeds} prices`);
    }
    const seen = new Set<number>();
    for (const [i, { feed, priceMicros, confidencePpm, timeMs }] of prices.entries()) {
      const at = `prices[${i}]`;
      const known = this.#feeds[feed];
      if (known === undefined) {
        return refuse("unknownFeed", `${at}.feed`, feed, `0 to ${this.#feeds.length - 1}`);
      }
      if (seen.has(feed)) return refuse("malformed", `${at}.feed`, feed, "each feed once");
      seen.add(feed);
      const wrong =
        checkInteger("malformed", `${at}.priceMicros`, priceMicros, 1, maxPriceMicros) ??
        checkInteger("malformed", `${at}.confidencePpm`, confidencePpm, 0, wholePpm) ??
        checkInteger("malformed", `${at}.timeMs`, timeMs, 0, nowMs + maxAheadMs);
      if (wrong !== undefined) return wrong;
      const lastMs = known.lastReportMs(publisher);
      if (timeMs <= lastMs) {
        return refuse("alreadyDone", `${at}.timeMs`, timeMs, `after the last report's ${lastMs}`);
      }
      if (lastMs < 0 && known.reports.length >= maxPublishers) {
        const isStale = known.reports.some((report) => nowMs - report.timeMs > known.rules.maxPriceAgeMs);
        if (!isStale) return refuse("overCapacity", `${at}.feed`, feed, `${maxPublishers} publishers`);
      }
    }
    return undefined;
  }

  /** Takes prices that passed {@link check}. */
  publish(publisher: string, price: PublishedPrice, nowMs: number): void {
    const { priceMicros, confidencePpm, timeMs } = price;
    this.get(price.feed).publish({ publisher, priceMicros, confidencePpm, timeMs }, maxPublishers, nowMs);
    this.dirty.mark(price.feed);
  }

  setRules(index: number, rules: FeedRules, nowMs: number): void {
    this.get(index).setRules(rules, nowMs);
    this.dirty.mark(index);
  }

  catchUp(index: number, nowMs: number): void {
    this.get(index).catchUp(nowMs);
    this.dirty.mark(index);
  }

  /** @returns whether the publisher had a report in this feed. */
  forget(index: number, publisher: string, nowMs: number): boolean {
    const had = this.get(index).forget(publisher, nowMs);
    if (had) this.dirty.mark(index);
    return had;
  }

  encodeLeaf(index: number, out: ByteWriter): void {
    this.get(index).encode(out);
  }

  decodeLeaf(index: number, from: ByteReader): void {
    invariant(index === this.#feeds.length, "feeds are restored in order");
    this.#feeds.push(Feed.decode(from));
  }

  finishRestore(leafCount: number): void {
    invariant(leafCount === this.#feeds.length, "no feed is empty");
    this.dirty.take();
  }
}
