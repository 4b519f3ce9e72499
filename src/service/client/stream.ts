import { type PlimsollError } from "../../quantity/error.ts";
import {
  type ChannelName,
  type ChannelPlace,
  type Resume,
  type Snapshot,
  type Update,
} from "../api/protocol/stream.ts";
import { type Answer, type ChannelMessage, Connection, type Question } from "./connection.ts";
import { errorFacts, noAnswer, ServiceError } from "./http.ts";
import { type Sessions } from "./session.ts";
import { backoff, sleep } from "./wait.ts";

/** What takes a channel's messages, in order and without gaps. */
export interface ChannelTaker {
  readonly name: ChannelName;
  readonly isPrivate: boolean;
  /** The whole, in place of all before it. */
  snapshot(data: Snapshot, place: ChannelPlace): void;
  /** Follows what was taken last. */
  update(data: Update, place: ChannelPlace): void;
  /** What was taken is as it was, but no longer up to date: until `snapshot` or `resumed`. */
  interrupted(): void;
  /** Nothing was missed after all. */
  resumed(): void;
  /** Nothing more will come. */
  failed(error: PlimsollError): void;
}

export interface StreamOptions {
  readonly url: string;
  readonly WebSocket: typeof WebSocket;
  readonly timeoutMs: number;
  readonly sessions: Sessions;
}

interface Subscribed {
  readonly taker: ChannelTaker;
  /** Where it stands. Absent before the first snapshot, and after a gap. */
  resume: Resume | undefined;
  /** Whether messages are ignored until a snapshot comes. */
  awaitsSnapshot: boolean;
}

/** Reconnects wait this long at first, and at most. */
const firstWaitMs = 50;
const mostWaitMs = 5_000;

/** Keeps one connection open while there is something to listen to, and each channel whole over reconnects and gaps. */
export class Stream {
  readonly #options: StreamOptions;
  readonly #channels: Map<ChannelName, Subscribed> = new Map();
  readonly #closed: AbortController = new AbortController();
  #connection: Connection | undefined;
  #running: Promise<void> | undefined;
  #isWanted = false;
  #authenticated: Connection | undefined;
  #openers: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  /** Connections made so far. */
  connects = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#connection !== undefined && !this.#connection.isOver;
  }

  /** Opens the stream and keeps it open. Resolves when it is open for the first time; rejects when closed before. */
  open(): Promise<void> {
    this.#isWanted = true;
    this.#running ??= this.#run();
    if (this.isOpen) return Promise.resolve();
    return new Promise((resolve, reject) => this.#openers.push({ resolve, reject }));
  }

  /** @throws {ServiceError} with status 0 when the stream isn't open, or ended before the answer. */
  ask(question: Question): Promise<Answer> {
    if (this.#connection === undefined) return Promise.reject(noAnswer("not open", "Open the stream first."));
    return this.#connection.ask(question);
  }

  subscribe(taker: ChannelTaker): void {
    const subscribed: Subscribed = { taker, resume: undefined, awaitsSnapshot: true };
    this.#channels.set(taker.name, subscribed);
    if (this.#connection !== undefined) void this.#subscribe(this.#connection, subscribed);
    else this.open().catch(() => undefined);
  }

  unsubscribe(name: ChannelName): void {
    if (!this.#channels.delete(name)) return;
    this.#connection?.ask({ op: "unsubscribe", channel: name }).catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    let waits = backoff(firstWaitMs, mostWaitMs);
    while (!signal.aborted && this.#isWanted) {
      const connectedAtMs = performance.now();
      await this.#connectOnce().catch(() => undefined);
      if (performance.now() - connectedAtMs > mostWaitMs) waits = backoff(firstWaitMs, mostWaitMs);
      await sleep(waits.next().value, signal);
    }
  }

  /** One connection, to its end. */
  async #connectOnce(): Promise<void> {
    const { url, WebSocket, timeoutMs } = this.#options;
    let ended: () => void = () => undefined;
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const connection = new Connection({
      url,
      WebSocket,
      timeoutMs,
      onChannel: (message) => this.#take(message),
      onEnd: () => ended(),
    });
    const abort = (): void => connection.close();
    this.#closed.signal.addEventListener("abort", abort, { once: true });
    try {
      await connection.welcome;
      this.connects++;
      if ([...this.#channels.values()].some(({ taker }) => taker.isPrivate))
        await this.#authenticate(connection);
      this.#connection = connection;
      const subscribing = [...this.#channels.values()].map((subscribed) =>
        this.#subscribe(connection, subscribed),
      );
      for (const { resolve } of this.#openers.splice(0)) resolve();
      await Promise.all(subscribing);
      await end;
    } finally {
      this.#connection = undefined;
      connection.close();
      this.#closed.signal.removeEventListener("abort", abort);
      for (const { taker } of this.#channels.values()) taker.interrupted();
    }
  }

  /** Once per connection. */
  async #authenticate(connection: Connection): Promise<void> {
    if (this.#authenticated === connection) return;
    const { sessions } = this.#options;
    const token = await sessions.token();
    try {
      await connection.ask({ op: "authenticate", token });
    } catch (error) {
      if (error instanceof ServiceError && error.code === "PLM_SESSION") sessions.drop(token);
      throw error;
    }
    this.#authenticated = connection;
  }

  async #subscribe(connection: Connection, subscribed: Subscribed): Promise<void> {
    const { taker, resume } = subscribed;
    try {
      if (taker.isPrivate) await this.#authenticate(connection);
      // What follows on the channel may come before the promise is taken up: a resumed one goes on where it was.
      subscribed.awaitsSnapshot = resume === undefined;
      const answer = await connection.ask({
        op: "subscribe",
        channel: taker.name,
        ...(resume ? { resume } : {}),
      });
      if (answer.type === "subscribed" && answer.resumed) taker.resumed();
    } catch (error) {
      this.#failed(subscribed, error);
    }
  }

  /** What may do better on the next connection is left to it. */
  #failed(subscribed: Subscribed, error: unknown): void {
    const { taker } = subscribed;
    if (this.#channels.get(taker.name) !== subscribed) return;
    if (error instanceof ServiceError && error.mayRetry) {
      this.#connection?.close();
      return;
    }
    this.#channels.delete(taker.name);
    taker.failed(error instanceof ServiceError ? error : noAnswer(String(error), "Subscribe again."));
  }

  #take(message: ChannelMessage): void {
    const subscribed = this.#channels.get(message.channel);
    if (subscribed === undefined) return;
    const { taker } = subscribed;
    if (message.type === "snapshot") {
      subscribed.resume = { epoch: message.epoch, sequence: message.sequence };
      subscribed.awaitsSnapshot = false;
      taker.snapshot(message.data, message);
    } else if (message.type === "update") this.#update(subscribed, message);
    else if (message.type === "gap") {
      subscribed.awaitsSnapshot = true;
      subscribed.resume = undefined;
      taker.interrupted();
    } else {
      this.#channels.delete(message.channel);
      taker.failed(new ServiceError(errorFacts(message.error, 0), 401, undefined));
    }
  }

  #update(subscribed: Subscribed, message: Extract<ChannelMessage, { readonly type: "update" }>): void {
    const { taker, resume, awaitsSnapshot } = subscribed;
    if (awaitsSnapshot || resume === undefined) return;
    const isNext = message.epoch === resume.epoch && message.sequence === resume.sequence + 1;
    if (isNext) {
      subscribed.resume = { epoch: message.epoch, sequence: message.sequence };
      taker.update(message.data, message);
      return;
    }
    if (message.epoch === resume.epoch && message.sequence <= resume.sequence) return; // had it
    // A message is missing: from a new snapshot on it is whole again.
    subscribed.resume = undefined;
    subscribed.awaitsSnapshot = true;
    taker.interrupted();
    const connection = this.#connection;
    if (connection === undefined) return;
    connection
      .ask({ op: "unsubscribe", channel: taker.name })
      .then(() => this.#subscribe(connection, subscribed))
      .catch(() => undefined);
  }

  /** Drops the connection, as a network does; it is opened again by itself. For tests of what uses it. */
  interrupt(): void {
    this.#connection?.close();
  }

  async close(): Promise<void> {
    this.#isWanted = false;
    this.#closed.abort();
    for (const { reject } of this.#openers.splice(0)) reject(noAnswer("closed", "Make another client."));
    await this.#running;
    const over = noAnswer("the client was closed", "Make another client.");
    for (const { taker } of this.#channels.values()) taker.failed(over);
    this.#channels.clear();
  }
}
