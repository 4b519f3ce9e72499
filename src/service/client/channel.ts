import { type PlimsollError } from "../../quantity/error.ts";
import { type ChannelName, type ChannelPlace, type Snapshot, type Update } from "../api/protocol/stream.ts";
import { BoundedQueue } from "./queue.ts";
import { type ChannelTaker, type Stream } from "./stream.ts";

/** Events that one reader may leave untaken. */
export const mostUntaken = 10_000;

/**
 * A channel of the stream: a state that is always whole, and what changes it. Readers are independent of each other: a callback with
 * {@link on}, or `for await`.
 */
export abstract class Channel<Item extends object, S extends Snapshot, U extends Update>
  implements ChannelTaker, AsyncIterable<Item>
{
  readonly name: ChannelName;
  readonly isPrivate: boolean;
  /** Fulfilled when the first snapshot is there; rejected when it cannot be had. */
  readonly ready: Promise<void>;
  /** How often something was missed, so that a new snapshot replaced what was known. */
  gaps = 0;
  #isCurrent = false;
  #place: ChannelPlace | undefined;
  readonly #stream: Stream;
  readonly #onClose: () => void;
  readonly #listeners: Set<(item: Item) => void> = new Set();
  readonly #queues: Set<BoundedQueue<Item>> = new Set();
  readonly #most: number;
  #holders = 1;
  #isOver = false;
  #setReady: () => void = () => undefined;
  #setFailed: (error: PlimsollError) => void = () => undefined;

  /** @param most - 1: readers get the latest state only; more: every event. */
  constructor(stream: Stream, name: ChannelName, isPrivate: boolean, most: number, onClose: () => void) {
    this.#stream = stream;
    this.name = name;
    this.isPrivate = isPrivate;
    this.#most = most;
    this.#onClose = onClose;
    this.ready = new Promise((resolve, reject) => {
      this.#setReady = resolve;
      this.#setFailed = reject;
    });
    // Whoever does not wait for it is told by the readers.
    this.ready.catch(() => undefined);
  }

  /** False from a lost connection or gap until all that was missed is there again. The state is then as it was. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** The last command that the state has in it. −1 before the first snapshot. */
  get commandSequence(): number {
    return this.#place?.commandSequence ?? -1;
  }

  /** The machine's time then. */
  get timeMs(): number {
    return this.#place?.timeMs ?? 0;
  }

  protected abstract reset(data: S, isFirst: boolean): void;
  protected abstract apply(data: U): void;

  snapshot(data: Snapshot, place: ChannelPlace): void {
    const isFirst = this.#place === undefined;
    if (!isFirst) this.gaps++;
    this.#place = place;
    this.#isCurrent = true;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the service sends on this channel
    this.reset(data as S, isFirst);
    this.#setReady();
  }

  update(data: Update, place: ChannelPlace): void {
    this.#place = place;
    this.#isCurrent = true;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the service sends on this channel
    this.apply(data as U);
  }

  interrupted(): void {
    this.#isCurrent = false;
  }

  resumed(): void {
    this.#isCurrent = this.#place !== undefined;
  }

  failed(error: PlimsollError): void {
    this.#isCurrent = false;
    this.#finish(error);
  }

  /** Gives an item to every reader. */
  protected tell(item: Item): void {
    for (const listener of this.#listeners) listener(item);
    for (const queue of this.#queues) queue.put(item);
  }

  /** Calls `listener` for each item from now on. Returns the way to stop it. */
  on(listener: (item: Item) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Item, undefined> {
    const queue = new BoundedQueue<Item>(this.#most, () => this.#queues.delete(queue));
    if (this.#isOver) queue.finish(undefined);
    else this.#queues.add(queue);
    return queue;
  }

  /** Another user of the same channel. */
  hold(): this {
    this.#holders++;
    return this;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Ends the subscription, when everyone who asked for the channel has closed it. */
  close(): void {
    if (this.#isOver || --this.#holders > 0) return;
    this.#stream.unsubscribe(this.name);
    this.#finish(undefined);
  }

  #finish(error: PlimsollError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (error !== undefined) this.#setFailed(error);
    for (const queue of this.#queues) queue.finish(error);
    this.#queues.clear();
    this.#listeners.clear();
    this.#onClose();
  }
}
