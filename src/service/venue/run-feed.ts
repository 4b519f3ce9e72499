import { type Markets } from "../../clearing/markets/index.ts";
import { type Clearinghouse } from "../clearinghouse/index.ts";
import { type Feed, type FeedBatch, feedCommands, type Listing, numbersOf } from "../feeds/index.ts";
import { type OwnSigner } from "./own-signer.ts";

export interface FeedRun {
  readonly feed: Feed;
  readonly house: Clearinghouse;
  readonly operator: OwnSigner;
  readonly publishers: readonly OwnSigner[];
  /** Batches up to here are passed over: they were published before a restart. */
  readonly afterMs: number;
  /** Told of each batch before it is published: sets the venue's clock, quotes the sample makers. */
  readonly onBatch?: (batch: FeedBatch) => void;
  /** Told when all of it is durable. */
  readonly onPublished?: (batch: FeedBatch) => void;
}

/** Below the window of nonces. */
const listingsAtOnce = 50;

/** Publishes a feed as signed commands of the operator and publishers, until the feed ends or is stopped. */
export function runFeed(run: FeedRun): Promise<void> {
  const { feed, house, operator, publishers, afterMs, onBatch, onPublished } = run;
  const { markets } = house.machine.engine.stores;
  const numbers = numbersOf(markets);
  return feed.start(async (batch) => {
    if (batch.timeMs <= afterMs) return;
    onBatch?.(batch);
    // In their order, some at a time, since they share the disk's flushes; prices look up what was listed before them.
    const listings = batch.listings.filter((listing) => !isListed(markets, listing));
    for (let i = 0; i < listings.length; i += listingsAtOnce) {
      const some = listings.slice(i, i + listingsAtOnce);
      await Promise.all(some.map((listing) => operator.require(listing, ["alreadyListed"])));
    }
    const sent: Promise<unknown>[] = [];
    for (const { publisher, command } of feedCommands({ ...batch, listings: [] }, numbers)) {
      const signer = publishers[publisher];
      if (signer) sent.push(signer.send(command));
    }
    await Promise.all(sent);
    onPublished?.(batch);
  });
}

/** After a restart a feed lists again what the machine has. */
function isListed({ assets, underlyings, instruments }: Markets, listing: Listing): boolean {
  if (listing.type === "listAsset") return assets.find(listing.asset.name) >= 0;
  if (listing.type === "listUnderlying") return underlyings.find(listing.underlying.name) >= 0;
  return instruments.find(listing.instrument.name) >= 0;
}
