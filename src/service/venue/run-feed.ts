import { type Clearinghouse } from "../clearinghouse/index.ts";
import { type Feed, type FeedBatch, feedCommands, numbersOf } from "../feeds/index.ts";
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
}

/** Publishes a feed as signed commands of the operator and publishers, until the feed ends or is stopped. */
export function runFeed(run: FeedRun): Promise<void> {
  const { feed, house, operator, publishers, afterMs, onBatch } = run;
  const numbers = numbersOf(house.machine.engine.stores.markets);
  return feed.start(async (batch) => {
    if (batch.timeMs <= afterMs) return;
    onBatch?.(batch);
    // listings are looked up by the commands after them: one at a time; the rest goes out together
    const sent: Promise<unknown>[] = [];
    for (const { role, publisher, command } of feedCommands(batch, numbers)) {
      if (role === "operator") {
        // after a restart a feed lists again what the machine has
        await operator.require(command, ["alreadyListed"]);
      } else {
        const signer = publishers[publisher];
        if (signer) sent.push(signer.send(command));
      }
    }
    await Promise.all(sent);
  });
}
