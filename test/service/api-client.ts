import assert from "node:assert/strict";
import { once } from "node:events";
import { WebSocket } from "ws";
import {
  type Api,
  type ApiOptions,
  type ClientMessage,
  type ErrorBody,
  type ServerMessage,
  type Session,
  sessionDigest,
  type SessionRequest,
  startApi,
} from "../../src/service/api/index.ts";
import { type SigningKey } from "../../src/service/signatures/index.ts";
import { domain, ServiceVenue, toHex, type VenueOptions } from "./venue.ts";

/** An answer as it came over the wire. */
export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
  readonly text: string;
}

/** A message of the stream of one type. */
export type MessageOf<T extends ServerMessage["type"]> = Extract<ServerMessage, { readonly type: T }>;

type Without<T> = T extends { readonly id: number } ? Omit<T, "id"> : never;

/** A served venue under test. */
export class ServedVenue {
  readonly venue: ServiceVenue;
  readonly api: Api;
  readonly #streams: Stream[] = [];

  private constructor(venue: ServiceVenue, api: Api) {
    this.venue = venue;
    this.api = api;
  }

  static async start(
    options: VenueOptions &
      Partial<Pick<ApiOptions, "limits" | "logger" | "origins">> & { readonly history?: false } = {},
  ): Promise<ServedVenue> {
    const venue = await ServiceVenue.open(options);
    const { clearinghouse, log, history } = venue;
    const api = await startApi({
      clearinghouse,
      log,
      now: () => venue.now(),
      ...(options.history === false ? {} : { history }),
      ...(options.limits ? { limits: options.limits } : {}),
      ...(options.logger ? { logger: options.logger } : {}),
      ...(options.origins ? { origins: options.origins } : {}),
    });
    return new ServedVenue(venue, api);
  }

  async request<T = unknown>(path: string, init: RequestInit = {}): Promise<Answer<T>> {
    const response = await fetch(this.api.url + path, init);
    const text = await response.text();
    const isJson =
      text !== "" && (response.headers.get("content-type")?.startsWith("application/json") ?? false);
    const { status, headers } = response;
    return { status, headers, text, body: (isJson ? JSON.parse(text) : undefined) as T };
  }

  get<T = unknown>(path: string, token?: string): Promise<Answer<T>> {
    return this.request<T>(
      path,
      token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
    );
  }

  post<T = unknown>(path: string, body: unknown): Promise<Answer<T>> {
    return this.request<T>(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  }

  sessionRequest(key: SigningKey, change: Partial<SessionRequest> = {}): SessionRequest {
    const now = this.venue.now();
    const { signer } = key;
    const asked = { signer, chainId: domain.chainId, issuedMs: now, expiryMs: now + 3_600_000, ...change };
    return { ...asked, signature: change.signature ?? toHex(key.sign(sessionDigest(asked, domain))) };
  }

  /** A token of a session of the key's. */
  async login(key: SigningKey): Promise<string> {
    const { status, body, text } = await this.post<Session>("/v1/sessions", this.sessionRequest(key));
    assert.equal(status, 200, text);
    return body.token;
  }

  async stream(): Promise<Stream> {
    const stream = await Stream.open(this.api.url);
    this.#streams.push(stream);
    return stream;
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.socket.terminate();
    await this.api.close();
    await this.venue.close();
  }
}

/** Asserts that an answer is a refusal: its status, code and field. */
export function assertRefused(answer: Answer, status: number, code: string, field?: string | RegExp): void {
  assert.equal(answer.status, status, answer.text);
  const { error } = answer.body as ErrorBody;
  assert.equal(error.code, code, answer.text);
  for (const fact of [error.field, error.value, error.limit, error.remedy, error.message]) {
    assert.equal(typeof fact, "string");
  }
  if (typeof field === "string") assert.equal(error.field, field, answer.text);
  else if (field !== undefined) assert.match(error.field, field);
  if (status === 429 || status === 503) {
    assert.ok(Number(answer.headers.get("retry-after")) >= 1, "says when to come back");
  }
}

/** A connection of the stream, which keeps all that it hears. */
export class Stream {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #waiting: Set<(message: ServerMessage) => void> = new Set();
  #id = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as ServerMessage;
      this.messages.push(message);
      for (const look of this.#waiting) look(message);
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on("error", () => {});
  }

  static async open(url: string): Promise<Stream> {
    const socket = new WebSocket(`${url.replace("http", "ws")}/v1/stream`);
    const stream = new Stream(socket);
    await once(socket, "open");
    return stream;
  }

  send(message: Without<ClientMessage>): number {
    const id = ++this.#id;
    this.socket.send(JSON.stringify({ ...message, id }));
    return id;
  }

  /** The first message that fits, of those already heard too. */
  wait<T extends ServerMessage>(fits: (message: ServerMessage) => message is T, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        const heard = this.messages.slice(-5).map((message) => JSON.stringify(message).slice(0, 200));
        reject(new Error(`no ${what}; last heard:\n${heard.join("\n")}`));
      }, 5_000);
      const look = (message: ServerMessage | undefined): void => {
        if (message === undefined || !fits(message)) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(message);
      };
      this.#waiting.add(look);
      look(this.messages.find(fits));
    });
  }

  of<T extends ServerMessage["type"]>(
    type: T,
    fits: (message: MessageOf<T>) => boolean = () => true,
  ): Promise<MessageOf<T>> {
    return this.wait(
      (message): message is MessageOf<T> => message.type === type && fits(message as MessageOf<T>),
      type,
    );
  }

  /** The answer to a message: whatever carries its id. */
  answer(id: number): Promise<ServerMessage> {
    return this.wait(
      (message): message is ServerMessage => "id" in message && message.id === id,
      `answer ${id}`,
    );
  }

  /** Subscribes; the snapshot. */
  async follow(channel: string): Promise<MessageOf<"snapshot">> {
    const answer = await this.answer(this.send({ op: "subscribe", channel }));
    assert.equal(answer.type, "subscribed", JSON.stringify(answer));
    return this.of("snapshot", (message) => message.channel === channel);
  }
}
