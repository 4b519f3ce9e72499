import { randomBytes } from "node:crypto";
import { type Logger } from "pino";
import { type Engine } from "../../../clearing/index.ts";
import { type Applied, type Clearinghouse } from "../../clearinghouse/index.ts";
import { accountView } from "../../views/index.ts";
import { type ApiLimits } from "../limits.ts";
import { type ApiMetrics } from "../metrics.ts";
import { type AccountSnapshot, type Resume } from "../protocol/stream.ts";
import { busy, unknown } from "../refusals.ts";
import { type Reader } from "../session-store.ts";
import { AccountChannel, Concerns } from "./account-channel.ts";
import { type Channel, type ChannelStart, type CommandPlace, type Subscriber } from "./channel.ts";
import { PublicFeed } from "./public-feed.ts";

/** A connection, as the hub deals with it. */
export interface Connection extends Subscriber {
  beat(): void;
  recheck(): void;
  sessionEnded(reader: Reader): void;
  end(code: number, reason: string): void;
  readonly subscriptionCount: number;
}

export interface HubOptions {
  readonly clearinghouse: Clearinghouse;
  readonly limits: ApiLimits;
  readonly logger: Logger;
  readonly metrics: ApiMetrics;
}

/** Events after which somebody may no longer see what they saw. */
const permissionEvents: ReadonlySet<string> = new Set(["keyRevoked", "keyAuthorized", "roleGranted"]);
/** Share of the time that may go into accounts' figures. */
const figuresShare = 0.1;
/** Characters of past messages that a channel keeps. */
const publicKept = 1_048_576;
const privateKept = 262_144;
/** Channels are kept so long after the last subscriber left, for those who come back. */
const keptMs = 60_000;

/**
 * Turns what became durable into messages of channels. Work is done in a turn of the event loop of its own: neither a slow client nor a
 * fault here holds up the clearinghouse.
 */
export class StreamHub {
  readonly connections: Set<Connection> = new Set();
  readonly #options: HubOptions;
  readonly #engine: Engine;
  readonly #accounts: Map<number, AccountChannel> = new Map();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #unsubscribe: () => void;
  #queue: Applied[] = [];
  #waiting: { readonly sequence: number; readonly run: () => void }[] = [];
  #epoch = "";
  #feed: PublicFeed;
  #concerns: Concerns;
  #place: CommandPlace;
  #flushTimer: NodeJS.Timeout | undefined;
  #nextFiguresMs = 0;
  #channelCount = 0;
  #beganAt = 0;
  /** Somebody may have channels that are not theirs any more: nothing is delivered to them, but they are to be told. */
  #permissionsChanged = false;

  constructor(options: HubOptions) {
    this.#options = options;
    const { clearinghouse, limits } = options;
    this.#engine = clearinghouse.machine.engine;
    this.#place = this.#nowPlace();
    this.#concerns = new Concerns(this.#engine);
    this.#feed = this.#begin();
    this.#unsubscribe = clearinghouse.subscribe((batch) => this.#take(batch));
    this.#every(limits.heartbeatMs, () => this.#beat());
    this.#every(limits.figuresMs, () => {
      this.#recheckAll();
      this.#sendFigures();
    });
  }

  #every(ms: number, run: () => void): void {
    const guarded = (): void => {
      try {
        run();
      } catch (error) {
        this.#recover(error);
      }
    };
    this.#timers.push(setInterval(guarded, ms).unref());
  }

  /** Starts from the engine's state as it is now. What was applied before is not heard of again. */
  #begin(): PublicFeed {
    this.#epoch = randomBytes(6).toString("hex");
    this.#place = this.#nowPlace();
    this.#beganAt = this.#place.commandSequence;
    this.#concerns = new Concerns(this.#engine);
    this.#accounts.clear();
    return new PublicFeed({
      engine: this.#engine,
      start: (name) => this.#start(name, publicKept),
      onPending: () => this.#scheduleFlush(),
    });
  }

  #start(name: string, keptCharacters: number): ChannelStart {
    const epoch = `${this.#epoch}-${++this.#channelCount}`;
    return { name, epoch, keptCharacters, place: this.#place };
  }

  #nowPlace(): CommandPlace {
    return { commandSequence: this.#engine.sequence, timeMs: this.#engine.timeMs };
  }

  get epoch(): string {
    return this.#epoch;
  }

  get figures(): { readonly clients: number; readonly subscriptions: number } {
    let subscriptions = 0;
    for (const { subscriptionCount } of this.connections) subscriptions += subscriptionCount;
    return { clients: this.connections.size, subscriptions };
  }

  #take(batch: readonly Applied[]): void {
    if (this.#queue.length === 0) setImmediate(() => this.#process());
    for (const applied of batch) this.#queue.push(applied);
  }

  #process(): void {
    const queue = this.#queue;
    this.#queue = [];
    try {
      for (const applied of queue) {
        if (applied.envelope.sequence > this.#place.commandSequence) this.#apply(applied);
      }
    } catch (error) {
      this.#recover(error);
    }
  }

  #apply({ envelope, events }: Applied): void {
    const { sequence, timeMs } = envelope;
    this.#place = { commandSequence: sequence, timeMs };
    let permissionsChanged = false;
    let pricesChanged = false;
    events.forEach((event, ordinal) => {
      this.#feed.apply(event, { sequence, ordinal, timeMs });
      permissionsChanged ||= permissionEvents.has(event.type);
      pricesChanged ||= event.type === "markChanged" || event.type === "indexChanged";
    });
    this.#tellAccounts(events);
    if (pricesChanged) for (const channel of this.#accounts.values()) channel.isStale = true;
    this.#permissionsChanged ||= permissionsChanged;
    this.#runWaiting();
  }

  #tellAccounts(events: Applied["events"]): void {
    const byAccount = new Map<number, Applied["events"][number][]>();
    for (const event of events) {
      for (const account of this.#concerns.of(event)) {
        for (const channel of account < 0 ? this.#accounts.keys() : [account]) {
          if (!this.#accounts.has(channel)) continue;
          const own = byAccount.get(channel);
          if (own === undefined) byAccount.set(channel, [event]);
          else if (own.at(-1) !== event) own.push(event);
        }
      }
    }
    for (const [account, own] of byAccount) {
      const channel = this.#accounts.get(account);
      if (channel === undefined) continue;
      channel.isStale = true;
      channel.publish({ kind: "events", events: own }, this.#place);
    }
  }

  /** Runs `run` once everything up to the engine's present state is durable and told. */
  #whenTold(run: () => void): void {
    const { sequence } = this.#engine;
    if (sequence <= this.#place.commandSequence && this.#waiting.length === 0) run();
    else this.#waiting.push({ sequence, run });
  }

  #runWaiting(): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].sequence <= this.#place.commandSequence) {
      this.#waiting.shift()?.run();
    }
  }

  #scheduleFlush(): void {
    this.#flushTimer ??= setTimeout(() => {
      this.#flushTimer = undefined;
      try {
        this.#feed.flush(this.#place);
      } catch (error) {
        this.#recover(error);
      }
    }, this.#options.limits.publicMs);
  }

  /** The channel of that name. @throws {PlimsollError} `PLM_UNKNOWN`. */
  channel(name: string): Channel {
    if (this.#options.clearinghouse.durableSequence < this.#beganAt) throw busy("starting");
    const account = /^account:(\d{1,10})$/.exec(name)?.[1];
    const found =
      account === undefined ? this.#feed.channel(name) : this.#accountChannel(name, Number(account));
    if (found !== undefined) return found;
    const instrument = /^(?:book|trades):(.+)$/.exec(name)?.[1];
    if (instrument !== undefined) {
      const remedy = "No instrument of that name is listed; /v1/instruments has all.";
      throw unknown("channel", name, "the name of a listed instrument after the colon", remedy);
    }
    throw unknown(
      "channel",
      name,
      "book:NAME, trades:NAME, marks, funding, liquidations, auctions or account:N",
      "Subscribe to one of these.",
    );
  }

  #accountChannel(name: string, account: number): AccountChannel | undefined {
    if (!this.#engine.stores.accounts.has(account)) return undefined;
    const known = this.#accounts.get(account);
    if (known !== undefined) return known;
    const made = new AccountChannel(this.#start(name, privateKept), account);
    this.#accounts.set(account, made);
    return made;
  }

  /**
   * Lets a subscriber have the channel's messages from now on: first `begin` is called with those that it missed, if it left the channel
   * at `resume` and they are still there, or else with a snapshot. It says whether they are still wanted.
   */
  join(
    channel: Channel,
    subscriber: Subscriber,
    resume: Resume | undefined,
    begin: (texts: readonly string[], resumed: boolean) => boolean,
  ): void {
    channel.leftAtMs = Infinity;
    const missed = resume === undefined ? undefined : channel.after(resume.epoch, resume.sequence);
    if (missed !== undefined) {
      if (begin(missed, true)) channel.subscribers.add(subscriber);
    } else if (channel instanceof AccountChannel) {
      const seen: AccountSnapshot = AccountChannel.look(this.#engine, channel.account);
      this.#whenTold(() => {
        if (begin([channel.snapshotOf(seen, this.#place)], false)) channel.subscribers.add(subscriber);
      });
    } else {
      if (begin([channel.snapshotText(this.#place)], false)) channel.subscribers.add(subscriber);
    }
  }

  leave(channel: Channel, subscriber: Subscriber): void {
    channel.subscribers.delete(subscriber);
    if (channel.subscribers.size === 0) channel.leftAtMs = performance.now();
  }

  /** A public channel as it is now, for a subscriber that missed something. */
  again(channel: Channel): string {
    return channel.snapshotText(this.#place);
  }

  /** Figures of accounts that may have changed. Takes a bounded share of the time, however many there are. */
  #sendFigures(): void {
    const startMs = performance.now();
    if (startMs < this.#nextFiguresMs) return;
    for (const channel of this.#accounts.values()) {
      if (!channel.isStale || channel.subscribers.size === 0) continue;
      channel.isStale = false;
      const account = accountView(this.#engine, channel.account);
      this.#whenTold(() => channel.publish({ kind: "figures", account }, this.#place));
      if (performance.now() - startMs > this.#options.limits.figuresMs * figuresShare) break;
    }
    this.#nextFiguresMs = startMs + (performance.now() - startMs) / figuresShare;
  }

  /** At most every so often, however often permissions change. */
  #recheckAll(): void {
    if (!this.#permissionsChanged) return;
    this.#permissionsChanged = false;
    for (const connection of this.connections) connection.recheck();
  }

  /** Ends what a session had, at once. */
  sessionEnded(reader: Reader): void {
    for (const connection of this.connections) connection.sessionEnded(reader);
  }

  #beat(): void {
    for (const connection of this.connections) connection.beat();
    const leftBefore = performance.now() - keptMs;
    this.#feed.forget(leftBefore);
    for (const [account, { subscribers, leftAtMs }] of this.#accounts) {
      if (subscribers.size === 0 && leftAtMs < leftBefore) this.#accounts.delete(account);
    }
  }

  /** After a fault of its own: everyone must connect anew, and finds the state as it is. */
  #recover(error: unknown): void {
    const { logger } = this.#options;
    logger.error({ err: error }, "the stream met a fault and starts anew");
    for (const connection of this.connections) connection.end(1011, "starting anew");
    this.#waiting = [];
    try {
      this.#feed = this.#begin();
    } catch (again) {
      logger.fatal({ err: again }, "the stream cannot start");
      this.#beganAt = Infinity;
      this.close();
    }
  }

  close(): void {
    this.#unsubscribe();
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#flushTimer);
    this.#feed.flush(this.#place);
    for (const connection of this.connections) connection.end(1001, "the service is closing");
  }
}
