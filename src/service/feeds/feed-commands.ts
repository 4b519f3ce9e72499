import { type Markets } from "../../clearing/markets/index.ts";
import { type Command } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { type FeedBatch } from "./feed.ts";

/** A command that a batch asks for, and who must sign it. */
export interface FeedCommand {
  readonly role: "operator" | "publisher";
  /** Which publisher; 0 for the operator. */
  readonly publisher: number;
  readonly command: Command;
}

/** Numbers of what is listed, by name; −1 for what is not. */
export interface FeedNumbers {
  feed(name: string): number;
  underlying(name: string): number;
}

export const numbersOf = (markets: Markets): FeedNumbers => ({
  feed: (name) => markets.findFeed(name),
  underlying: (name) => markets.underlyings.find(name),
});

/**
 * The commands of a batch, in order: listings, then prices, then surfaces. Take one, have it applied, then take the next: names are looked up
 * when their command is taken, so that what was just listed is known.
 *
 * @throws {PlimsollError} `PLM_UNKNOWN` for a price or surface of what is not listed.
 */
export function* feedCommands(
  batch: FeedBatch,
  numbers: FeedNumbers,
): Generator<FeedCommand, void, undefined> {
  for (const command of batch.listings) yield { role: "operator", publisher: 0, command };
  for (const { publisher, prices } of batch.prices) {
    const published = prices.map(({ feed, ...price }) => ({
      feed: known("feed", feed, numbers.feed(feed)),
      ...price,
    }));
    if (published.length === 0) continue;
    yield { role: "publisher", publisher, command: { type: "publishPrices", prices: published } };
  }
  for (const { publisher, underlying, slices, timeMs } of batch.surfaces) {
    const number = known("underlying", underlying, numbers.underlying(underlying));
    yield {
      role: "publisher",
      publisher,
      command: { type: "publishSurface", underlying: number, slices, timeMs },
    };
  }
}

function known(field: string, name: string, number: number): number {
  if (number >= 0) return number;
  throw new PlimsollError("PLM_UNKNOWN", {
    field,
    value: name,
    limit: "the name of something listed",
    remedy: "List it first: the feed's first batch does, if its listings are applied.",
  });
}
