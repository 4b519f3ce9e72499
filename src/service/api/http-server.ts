import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { type Socket } from "node:net";
import { addressKey } from "./rate-limits.ts";
import { type ApiLimits } from "./limits.ts";
import { streamPath } from "./protocol/routes.ts";

/** What of an HTTP connection its client has taken, and since when it has taken no more. */
interface Taken {
  readonly address: string;
  bytes: number;
  sinceMs: number;
  /** Requests without their whole answer yet. */
  readonly underWay: Set<IncomingMessage>;
}

/** HTTP connections, counted in all and by network address until they close or become streams, which have bounds of their own. */
export class HttpConnections {
  readonly #limits: ApiLimits;
  /** Behind proxies all clients share the proxies' addresses: then only the sum is bounded here. */
  readonly #isProxied: boolean;
  readonly #open: Map<Socket, Taken> = new Map();
  readonly #byAddress: Map<string, number> = new Map();
  refused = 0;

  constructor(limits: ApiLimits, isProxied: boolean) {
    this.#limits = limits;
    this.#isProxied = isProxied;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Counts a connection, or cuts it without an answer. */
  admit(socket: Socket): void {
    const { httpConnections, httpConnectionsPerAddress } = this.#limits;
    const address = addressKey(socket.remoteAddress ?? "");
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (this.count >= httpConnections || (!this.#isProxied && ofAddress >= httpConnectionsPerAddress)) {
      this.refused++;
      socket.resetAndDestroy();
      return;
    }
    this.#open.set(socket, { address, bytes: 0, sinceMs: performance.now(), underWay: new Set() });
    this.#byAddress.set(address, ofAddress + 1);
    socket.once("close", () => this.release(socket));
  }

  /** It closed, or is a stream from now on. */
  release(socket: Socket): void {
    const address = this.#open.get(socket)?.address;
    if (address === undefined) return;
    this.#open.delete(socket);
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, left);
  }

  /** A request has begun on a connection: its headers are there. */
  begin(request: IncomingMessage, response: ServerResponse): void {
    const underWay = this.#open.get(request.socket)?.underWay;
    underWay?.add(request);
    response.once("close", () => underWay?.delete(request));
  }

  /** Cuts those that have no whole request that waits for its answer: for a client's next words a closing server need not wait. */
  cutIncomplete(): void {
    for (const [socket, { underWay }] of this.#open) {
      if (![...underWay].some(({ complete }) => complete)) socket.destroy();
    }
  }

  /** Cuts those that let an answer wait for too long. */
  sweep(): void {
    const nowMs = performance.now();
    for (const [socket, taken] of this.#open) {
      const bytes = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || bytes !== taken.bytes) {
        taken.bytes = bytes;
        taken.sinceMs = nowMs;
      } else if (nowMs - taken.sinceMs > this.#limits.answerMs) socket.destroy();
    }
  }
}

/**
 * Anything else that a client would like to change to (`h2c`) is passed over, and its request answered as it is. So is one with a body:
 * to whatever passed it on, the body would not be part of the stream.
 */
const asksForStream = ({ method, url = "", headers }: IncomingMessage): boolean =>
  method === "GET" &&
  url.split("?")[0] === streamPath &&
  headers.upgrade?.toLowerCase() === "websocket" &&
  headers["content-length"] === undefined &&
  headers["transfer-encoding"] === undefined;

/** A server whose connections are bounded in number and in the time that a client may take over each thing. */
export function makeHttpServer(
  handle: RequestListener,
  limits: ApiLimits,
  connections: HttpConnections,
): Server {
  const { headersMs, requestMs, keepAliveMs, answerMs } = limits;
  const checkMs = Math.max(10, Math.floor(Math.min(headersMs, requestMs, answerMs) / 4));
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      headersTimeout: Math.min(headersMs, requestMs),
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: checkMs,
      shouldUpgradeCallback: asksForStream,
    },
    handle,
  );
  server.on("connection", (socket) => connections.admit(socket));
  server.on("request", (request, response) => connections.begin(request, response));
  const sweeping = setInterval(() => connections.sweep(), checkMs).unref();
  server.on("close", () => clearInterval(sweeping));
  return server;
}
