import { PlimsollError } from "../../quantity/index.ts";
import { type Feed, type FeedBatch, type FeedDescription } from "./feed.ts";
import { Pace, systemTime, type WallTime } from "./pace.ts";

export interface SteppedOptions {
  /** Venue time per real time. Infinity: as fast as it can. */
  readonly speed: number;
  readonly wall?: WallTime;
}

/** A feed whose batches come one after the other from a generator, each published at its time. */
export class SteppedFeed implements Feed {
  readonly #batches: (signal: AbortSignal) => AsyncIterable<FeedBatch> | Iterable<FeedBatch>;
  readonly #describe: () => FeedDescription;
  readonly #speed: number;
  readonly #wall: WallTime;
  readonly #abort: AbortController = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    batches: (signal: AbortSignal) => AsyncIterable<FeedBatch> | Iterable<FeedBatch>,
    describe: () => FeedDescription,
    options: SteppedOptions,
  ) {
    this.#batches = batches;
    this.#describe = describe;
    this.#speed = requireSpeed(options.speed);
    this.#wall = options.wall ?? systemTime;
  }

  describe(): FeedDescription {
    return this.#describe();
  }

  start(publish: (batch: FeedBatch) => Promise<void>): Promise<void> {
    if (this.#running !== undefined) {
      const facts = { field: "feed", value: "started", limit: "started once", remedy: "Make another feed." };
      return Promise.reject(new PlimsollError("PLM_USAGE", facts));
    }
    this.#running = this.#run(publish);
    return this.#running;
  }

  async #run(publish: (batch: FeedBatch) => Promise<void>): Promise<void> {
    const { signal } = this.#abort;
    const pace = new Pace(this.#speed, this.#wall);
    for await (const batch of this.#batches(signal)) {
      await pace.until(batch.timeMs, signal);
      if (signal.aborted) return;
      await publish(batch);
    }
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    // What went wrong is start's to tell.
    await this.#running?.catch(() => undefined);
  }
}

export function requireSpeed(speed: number): number {
  if (speed > 0) return speed;
  throw new PlimsollError("PLM_DOMAIN", {
    field: "speed",
    value: speed,
    limit: "a number above 0, or Infinity",
    remedy: "Give venue time per real time: 1 is real time, 60 a minute a second.",
  });
}
