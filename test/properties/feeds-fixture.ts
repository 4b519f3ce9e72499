import { createMarkets, type Markets } from "../../src/clearing/markets/index.ts";
import { type Rejection } from "../../src/clearing/index.ts";
import { type FeedBatch, feedCommands, numbersOf } from "../../src/service/feeds/index.ts";
import { recordingSink, type RecordingSink } from "./markets-fixture.ts";

/** Markets that take what a feed publishes, as the service's engine would. */
export interface FedMarkets {
  readonly markets: Markets;
  readonly sink: RecordingSink;
  /** What was refused, and how the command began. */
  readonly refused: string[];
  readonly batches: FeedBatch[];
  readonly publish: (batch: FeedBatch) => Promise<void>;
}

export function fedMarkets(): FedMarkets {
  const markets = createMarkets();
  const sink = recordingSink();
  const refused: string[] = [];
  const batches: FeedBatch[] = [];
  const numbers = numbersOf(markets);
  return {
    markets,
    sink,
    refused,
    batches,
    publish(batch) {
      batches.push(batch);
      markets.advance(batch.timeMs, sink);
      for (const { publisher, command } of feedCommands(batch, numbers)) {
        let result: Rejection | undefined;
        if (command.type === "listAsset") result = rejectionOf(markets.listAsset(command.asset, sink));
        else if (command.type === "listUnderlying")
          result = rejectionOf(markets.listUnderlying(command.underlying, sink));
        else if (command.type === "listInstrument")
          result = rejectionOf(markets.listInstrument(command.instrument, sink));
        else if (command.type === "publishPrices")
          result = markets.publishPrices(`p${publisher}`, command.prices, sink);
        else if (command.type === "publishSurface")
          result = markets.publishSurface(`p${publisher}`, command, sink);
        if (result !== undefined) refused.push(`${command.type}: ${JSON.stringify(result)}`);
      }
      return Promise.resolve();
    },
  };
}

const rejectionOf = (result: ReturnType<Markets["listAsset"]>): Rejection | undefined =>
  "rejection" in result ? result.rejection : undefined;
