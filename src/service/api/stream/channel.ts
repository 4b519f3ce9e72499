import { type Snapshot, type Update } from "../protocol/stream.ts";

/** The last command that is in a message, and the machine's time at it. */
export interface CommandPlace {
  readonly commandSequence: number;
  readonly timeMs: number;
}

/** Takes a channel's messages. */
export interface Subscriber {
  deliver(channel: Channel, text: string): void;
}

/** What a channel is made with. */
export interface ChannelStart {
  readonly name: string;
  /** Never the same for two channels, nor for two lives of one. */
  readonly epoch: string;
  /** Characters of past messages that are kept for resuming. */
  readonly keptCharacters: number;
  readonly place: CommandPlace;
}

interface Kept {
  readonly sequence: number;
  readonly text: string;
}

/** Messages with sequence numbers of their own, and the latest of them for those who come back. */
export abstract class Channel {
  readonly name: string;
  readonly epoch: string;
  readonly subscribers: Set<Subscriber> = new Set();
  /** Whether updates may be left out for slow subscribers, who get a snapshot instead. */
  abstract readonly isPublic: boolean;
  /** When the last subscriber left. */
  leftAtMs: number = Infinity;
  sequence = 0;
  readonly #kept: Kept[] = [];
  readonly #keptCharacters: number;
  #characters = 0;
  #place: CommandPlace;
  #snapshot: Kept | undefined;

  constructor({ name, epoch, keptCharacters, place }: ChannelStart) {
    this.name = name;
    this.epoch = epoch;
    this.#keptCharacters = keptCharacters;
    this.#place = place;
  }

  /** What has gathered since the last update, if anything has. */
  protected abstract takeUpdate(): Update | undefined;
  protected abstract makeSnapshot(): Snapshot;

  #text(type: "snapshot" | "update", data: Snapshot | Update): string {
    const { name: channel, epoch, sequence } = this;
    return JSON.stringify({ type, channel, epoch, sequence, ...this.#place, data });
  }

  /** Sends what has gathered. */
  flush(place: CommandPlace): void {
    const update = this.takeUpdate();
    if (update !== undefined) this.publish(update, place);
  }

  publish(update: Update, place: CommandPlace): void {
    this.#place = place;
    this.sequence++;
    const text = this.#text("update", update);
    this.#keep(text);
    for (const subscriber of this.subscribers) subscriber.deliver(this, text);
  }

  #keep(text: string): void {
    this.#kept.push({ sequence: this.sequence, text });
    this.#characters += text.length;
    if (this.#characters <= this.#keptCharacters) return;
    // half of it goes at once, so that this is rare
    let count = 0;
    while (count < this.#kept.length && this.#characters > this.#keptCharacters / 2) {
      this.#characters -= this.#kept[count]?.text.length ?? 0;
      count++;
    }
    this.#kept.splice(0, count);
  }

  /** The channel as it is now. Many who ask at once share one. */
  snapshotText(place: CommandPlace): string {
    this.flush(place);
    if (this.#snapshot?.sequence !== this.sequence) {
      this.#snapshot = { sequence: this.sequence, text: this.#text("snapshot", this.makeSnapshot()) };
    }
    return this.#snapshot.text;
  }

  /** A snapshot that was made elsewhere. */
  protected textOfSnapshot(data: Snapshot, place: CommandPlace): string {
    this.#place = place;
    return this.#text("snapshot", data);
  }

  /** The messages after `sequence`, if they are all still there. */
  after(epoch: string, sequence: number): readonly string[] | undefined {
    if (epoch !== this.epoch || sequence > this.sequence) return undefined;
    const first = this.#kept[0]?.sequence ?? this.sequence + 1;
    if (sequence < first - 1) return undefined;
    return this.#kept.slice(sequence - first + 1).map(({ text }) => text);
  }
}
