import { type ApiError } from "../api/protocol/errors.ts";
import { type ClientMessage, type ServerMessage, type Welcome } from "../api/protocol/stream.ts";
import { errorFacts, noAnswer, ServiceError } from "./http.ts";

type Unnumbered<M> = M extends { readonly id: number } ? Omit<M, "id"> : never;

/** A message before its connection numbers it. */
export type Question = Unnumbered<ClientMessage>;

/** Messages that answer a question. */
export type Answer = Extract<ServerMessage, { readonly id: number }>;

/** Messages of channels. */
export type ChannelMessage = Extract<
  ServerMessage,
  { readonly type: "snapshot" | "update" | "gap" | "ended" }
>;

export interface ConnectionOptions {
  readonly url: string;
  readonly WebSocket: typeof WebSocket;
  /** For the greeting, and for one answer. */
  readonly timeoutMs: number;
  readonly onChannel: (message: ChannelMessage) => void;
  /** Told once, when it has ended, whoever ended it. */
  readonly onEnd: (code: number, reason: string) => void;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: ServiceError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** A stream that says nothing for so many heartbeats is dead. */
const silentHeartbeats = 2.5;

/** One WebSocket from its greeting to its end. */
export class Connection {
  readonly welcome: Promise<Welcome>;
  readonly #options: ConnectionOptions;
  readonly #socket: WebSocket;
  readonly #waiting: Map<number, Waiting> = new Map();
  #nextId = 1;
  #isOver = false;
  #heartbeatMs = 0;
  #lastHeardMs: number = performance.now();
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = new options.WebSocket(options.url);
    this.welcome = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(noAnswer("no greeting in time", "Check that the stream's address is a clearing service's."));
        this.close();
      }, options.timeoutMs);
      this.#socket.addEventListener("message", ({ data }) => {
        this.#lastHeardMs = performance.now();
        const message = read(data);
        if (message?.type === "welcome") {
          clearTimeout(timer);
          this.#watchOver(message.heartbeatMs);
          resolve(message);
        } else if (message !== undefined) this.#take(message);
      });
      this.#socket.addEventListener("close", ({ code, reason }) => {
        clearTimeout(timer);
        reject(noAnswer(`closed with ${code}`, "Check the address, and try again."));
        this.#end(code, reason);
      });
      // What was wrong comes with the close that follows.
      this.#socket.addEventListener("error", () => undefined);
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  #watchOver(heartbeatMs: number): void {
    this.#heartbeatMs = heartbeatMs;
    this.#watch = setInterval(() => {
      if (performance.now() - this.#lastHeardMs > silentHeartbeats * this.#heartbeatMs) this.close();
    }, heartbeatMs);
  }

  #take(message: ServerMessage): void {
    if ("id" in message) this.#answer(message);
    else if (message.type !== "heartbeat" && message.type !== "welcome") this.#options.onChannel(message);
  }

  #answer(message: Answer): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    this.#waiting.delete(message.id);
    clearTimeout(waiting.timer);
    if (message.type === "error") waiting.reject(streamError(message.error));
    else waiting.resolve(message);
  }

  /** @throws {ServiceError} what the service answers; with status 0 when no answer came: what became of the question is not known. */
  ask(question: Question): Promise<Answer> {
    if (this.#isOver) return Promise.reject(noAnswer("the stream ended", "It is opened again by itself."));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(noAnswer(`no answer in ${this.#options.timeoutMs} ms`, "Ask again."));
      }, this.#options.timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#socket.send(JSON.stringify({ ...question, id }));
    });
  }

  #end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#watch);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(noAnswer(`the stream ended (${code})`, "It is opened again by itself."));
    }
    this.#waiting.clear();
    this.#options.onEnd(code, reason);
  }

  /** Does not wait for the other side. */
  close(): void {
    this.#socket.close();
    this.#end(1000, "closed");
  }
}

/** The HTTP status that goes with an error of the stream decides whether to try again. */
function streamError(error: ApiError): ServiceError {
  const facts = errorFacts(error, 0);
  const status =
    facts.code === "PLM_RATE"
      ? 429
      : facts.code === "PLM_BUSY" || facts.code === "PLM_UNAVAILABLE"
        ? 503
        : 400;
  return new ServiceError(facts, status, undefined);
}

function read(data: unknown): ServerMessage | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const message: unknown = JSON.parse(data);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the service sends what its document says
    return typeof message === "object" && message !== null ? (message as ServerMessage) : undefined;
  } catch {
    return undefined;
  }
}
