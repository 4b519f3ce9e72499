import { type RawData, type WebSocket } from "ws";
import { parseJson } from "../../../market/json-text.ts";
import { PlimsollError } from "../../../quantity/error.ts";
import { mayRead } from "../access.ts";
import { maxBodyDepth } from "../body-parser.ts";
import { type ApiContext } from "../context.ts";
import { apiErrorOf } from "../error-answer.ts";
import {
  type ChannelName,
  type ClientMessage,
  closeCodes,
  type Resume,
  type ServerMessage,
} from "../protocol/stream.ts";
import { noSession, TooMany, unknown, wrongField } from "../refusals.ts";
import { type Reader } from "../session-store.ts";
import { TokenBucket } from "../token-bucket.ts";
import { AccountChannel } from "./account-channel.ts";
import { type Channel } from "./channel.ts";
import { type Connection } from "./hub.ts";

/** Checks a message against its schema. @throws {PlimsollError} `PLM_FIELD`. */
export type ReadMessage = (value: unknown) => ClientMessage;

/** How often a slow connection is looked at again. */
const drainMs = 25;
/** A connection that doesn't close in this time is cut. */
const closeMs = 2_000;

/** One connection of the stream. */
export class StreamClient implements Connection {
  readonly #socket: WebSocket;
  readonly #address: string;
  readonly #context: ApiContext;
  readonly #read: ReadMessage;
  readonly #bucket: TokenBucket;
  readonly #subscriptions: Map<ChannelName, { readonly channel: Channel }> = new Map();
  /** Public channels that missed updates because the connection was slow. */
  readonly #behind: Set<Channel> = new Set();
  readonly #idleTimer: NodeJS.Timeout;
  #drainTimer: NodeJS.Timeout | undefined;
  #reader: Reader | undefined;
  #commandsUnderWay = 0;
  #flooded = 0;
  #isAlive = true;
  #isEnding = false;

  constructor(socket: WebSocket, address: string, context: ApiContext, read: ReadMessage) {
    this.#socket = socket;
    this.#address = address;
    this.#context = context;
    this.#read = read;
    const { limits, now } = context;
    this.#bucket = new TokenBucket(limits.messagesPerSecond, limits.messageBurst, now());
    this.#idleTimer = setTimeout(() => this.#endIdle(), limits.idleMs).unref();
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("ping", () => this.#countControl());
    socket.on("pong", () => {
      this.#isAlive = true;
      this.#countControl();
    });
    socket.on("close", () => this.#left());
    // whoever is gone is gone: closing follows
    socket.on("error", () => {});
    const { engine, clearinghouse } = context;
    this.#send({
      type: "welcome",
      venue: engine.stores.state.venue,
      chainId: engine.stores.state.chainId,
      timeMs: now(),
      sequence: clearinghouse.durableSequence,
      epoch: context.hub.epoch,
      heartbeatMs: limits.heartbeatMs,
    });
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  #endIdle(): void {
    if (this.#reader !== undefined || this.#subscriptions.size > 0 || this.#commandsUnderWay > 0) return;
    this.#context.metrics.dropped("idle");
    this.end(closeCodes.idle, "neither authenticated nor subscribed in time");
  }

  #send(message: ServerMessage): void {
    this.#sendText(JSON.stringify(message));
  }

  /** Private messages and answers: a connection that doesn't take them ends. */
  #sendText(text: string): void {
    if (this.#isEnding || this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > this.#context.limits.bufferBytes) {
      this.#context.metrics.dropped("slow");
      this.end(closeCodes.tooSlow, "too slow");
      return;
    }
    this.#socket.send(text);
  }

  /** A channel's message. Public ones are left out while the connection is slow. */
  deliver(channel: Channel, text: string): void {
    if (!channel.isPublic) {
      // permissions lapse between two looks at them
      if (this.#mayHave(channel)) this.#sendText(text);
      return;
    }
    if (this.#behind.has(channel)) return;
    if (this.#socket.bufferedAmount <= this.#context.limits.conflateBytes) this.#sendText(text);
    else this.#fallBehind(channel);
  }

  #fallBehind(channel: Channel): void {
    this.#context.metrics.dropped("gap");
    this.#behind.add(channel);
    this.#drainTimer ??= setInterval(() => this.#catchUp(), drainMs).unref();
  }

  #catchUp(): void {
    for (const channel of this.#behind) {
      if (this.#socket.bufferedAmount > this.#context.limits.conflateBytes / 4) return;
      this.#behind.delete(channel);
      this.#send({ type: "gap", channel: channel.name });
      this.#sendText(this.#context.hub.again(channel));
    }
    clearInterval(this.#drainTimer);
    this.#drainTimer = undefined;
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isEnding) return;
    let id = -1;
    try {
      if (!this.#bucket.tryTake(this.#context.now())) this.#refuseFlood();
      if (isBinary) throw wrongField("message", "binary", "text: JSON", "Send text frames.");
      const value = parseJson(textOf(data), { name: "message", maxDepth: maxBodyDepth });
      id = idOf(value);
      this.#act(this.#read(value));
    } catch (error) {
      this.#fail(id, error);
    }
  }

  /** Pings and pongs have the pace of messages. */
  #countControl(): void {
    if (!this.#isEnding && !this.#bucket.tryTake(this.#context.now())) this.#countFlood();
  }

  /** Messages above the pace, and forgeries, which cost the most to refuse. */
  #countFlood(): void {
    const { limits, metrics } = this.#context;
    this.#flooded++;
    if (this.#isEnding || this.#flooded <= limits.floodedMessages) return;
    metrics.dropped("flood");
    this.end(closeCodes.flood, "too many messages");
  }

  #refuseFlood(): never {
    const { limits } = this.#context;
    this.#countFlood();
    const { messagesPerSecond, messageBurst } = limits;
    throw new TooMany("message", `${messagesPerSecond} per second, ${messageBurst} at once`, 1_000);
  }

  #fail(id: number, error: unknown): void {
    const answer = apiErrorOf(error);
    if (answer.code === "PLM_UNAVAILABLE") {
      this.#context.logger.error({ err: error }, "a message met a fault");
    }
    this.#send({ type: "error", id, error: answer });
  }

  #act(message: ClientMessage): void {
    const { id } = message;
    if (message.op === "ping") this.#send({ type: "pong", id, timeMs: this.#context.now() });
    else if (message.op === "command") this.#command(id, message.signed);
    else if (message.op === "authenticate") this.#authenticate(id, message.token);
    else if (message.op === "subscribe") this.#subscribe(id, message.channel, message.resume);
    else this.#unsubscribe(id, message.channel);
  }

  #authenticate(id: number, token: string): void {
    const reader = this.#context.sessions.require(token);
    this.#reader = reader;
    this.#send({ type: "authenticated", id, signer: reader.signer, expiryMs: reader.expiryMs });
    this.recheck();
  }

  #command(id: number, signed: Extract<ClientMessage, { readonly op: "command" }>["signed"]): void {
    const { desk, limits, metrics, logger } = this.#context;
    if (this.#commandsUnderWay >= limits.commandsUnderWay) {
      throw new TooMany("command", `${limits.commandsUnderWay} under way per connection`, 1_000);
    }
    desk.admit(this.#address);
    this.#commandsUnderWay++;
    desk
      .submit(signed)
      .then(
        (receipt) => {
          const { sequence, outcome } = receipt;
          logger.info({ signer: signed.signer, sequence, outcome, type: "command" }, "stream");
          this.#send({ type: "receipt", id, receipt });
        },
        (error: unknown) => {
          metrics.refused(error);
          this.#fail(id, error);
          if (error instanceof PlimsollError && error.code === "PLM_SIGNATURE") this.#countFlood();
        },
      )
      .finally(() => this.#commandsUnderWay--);
  }

  #readerNow(): Reader | undefined {
    const reader = this.#reader;
    return reader !== undefined && !reader.hasEnded && reader.expiryMs > this.#context.now()
      ? reader
      : undefined;
  }

  #requireAllowed(channel: Channel): void {
    if (!(channel instanceof AccountChannel)) return;
    const reader = this.#readerNow();
    if (reader === undefined) throw noSession(this.#reader === undefined ? "missing" : "lapsed");
    if (mayRead(this.#context.engine, reader.signer, channel.account)) return;
    throw unknown("channel", channel.name, "an account that the session's signer may read");
  }

  #subscribe(id: number, name: ChannelName, resume: Resume | undefined): void {
    const { hub, limits } = this.#context;
    if (this.#subscriptions.has(name))
      throw wrongField("channel", name, "a channel that isn't subscribed to yet", "Unsubscribe first.");
    if (this.#subscriptions.size >= limits.subscriptions) {
      throw new TooMany("channel", `${limits.subscriptions} per connection`, 1_000);
    }
    if (name.startsWith("account:") && this.#readerNow() === undefined) throw noSession("missing");
    const channel = hub.channel(name);
    this.#requireAllowed(channel);
    const subscription = { channel };
    this.#subscriptions.set(name, subscription);
    hub.join(channel, this, resume, (texts, resumed) => {
      if (this.#subscriptions.get(name) !== subscription) return false;
      this.#send({ type: "subscribed", id, channel: name, resumed });
      for (const text of texts) this.#sendText(text);
      return true;
    });
  }

  #unsubscribe(id: number, name: ChannelName): void {
    const subscription = this.#subscriptions.get(name);
    if (subscription === undefined) throw unknown("channel", name, "a channel that is subscribed to");
    this.#leave(subscription.channel);
    this.#send({ type: "unsubscribed", id, channel: name });
  }

  #leave(channel: Channel): void {
    this.#subscriptions.delete(channel.name);
    this.#behind.delete(channel);
    this.#context.hub.leave(channel, this);
  }

  /** Ends channels that the session may no longer have. */
  recheck(): void {
    for (const { channel } of this.#subscriptions.values()) this.#mayHave(channel);
  }

  sessionEnded(reader: Reader): void {
    if (this.#reader === reader) this.recheck();
  }

  /** Whether the session may have a channel still; ends it if not. */
  #mayHave(channel: Channel): boolean {
    try {
      this.#requireAllowed(channel);
      return true;
    } catch (error) {
      this.#leave(channel);
      this.#send({ type: "ended", channel: channel.name, error: apiErrorOf(error) });
      return false;
    }
  }

  /** Called at the pace of heartbeats. A peer that didn't answer the last one is gone. */
  beat(): void {
    if (!this.#isAlive) {
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
    this.recheck();
    const { now, clearinghouse } = this.#context;
    this.#send({ type: "heartbeat", timeMs: now(), sequence: clearinghouse.durableSequence });
  }

  end(code: number, reason: string): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#socket.close(code, reason);
    // one that takes nothing more doesn't take this either
    setTimeout(() => this.#socket.terminate(), closeMs).unref();
  }

  #left(): void {
    this.#isEnding = true;
    clearTimeout(this.#idleTimer);
    clearInterval(this.#drainTimer);
    for (const { channel } of this.#subscriptions.values()) this.#leave(channel);
    this.#context.hub.connections.delete(this);
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return Buffer.isBuffer(data) ? data.toString("utf8") : Buffer.from(data).toString("utf8");
}

/** The message's own number, for the answer to one that is otherwise wrong. */
function idOf(value: unknown): number {
  if (typeof value !== "object" || value === null || !("id" in value)) return -1;
  return typeof value.id === "number" && Number.isSafeInteger(value.id) && value.id >= 0 ? value.id : -1;
}
