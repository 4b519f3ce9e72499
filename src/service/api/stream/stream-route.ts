import fastifyWebsocket from "@fastify/websocket";
import { type FastifyInstance, type FastifyRequest } from "fastify";
import { type ApiContext } from "../context.ts";
import { isOriginAllowed } from "../cross-origin.ts";
import { addressOf } from "../rate-limits.ts";
import { clientMessageSchema } from "../protocol/stream-schemas.ts";
import { streamPath } from "../protocol/routes.ts";
import { type ClientMessage } from "../protocol/stream.ts";
import { busy, TooMany, wrongField } from "../refusals.ts";
import { validationError } from "../validation.ts";
import { type ReadMessage, StreamClient } from "./client.ts";

/** Sockets by network address. */
class AddressCounts {
  readonly #counts: Map<string, number> = new Map();

  of(address: string): number {
    return this.#counts.get(address) ?? 0;
  }

  add(address: string, change: 1 | -1): void {
    const count = this.of(address) + change;
    if (count === 0) this.#counts.delete(address);
    else this.#counts.set(address, count);
  }
}

/** To be called before any route is made. */
export async function prepareStream(app: FastifyInstance, { limits, logger }: ApiContext): Promise<void> {
  await app.register(fastifyWebsocket, {
    // A message in very many pieces costs far more memory than its bytes.
    options: {
      maxPayload: limits.messageBytes,
      maxFragments: 64,
      maxBufferedChunks: 1_024,
      perMessageDeflate: false,
    },
    errorHandler: (error, socket) => {
      logger.error({ err: error }, "a stream met a fault");
      socket.terminate();
    },
    // The hub ended all connections already; those that took no leave by now are cut.
    preClose: (done) => {
      for (const socket of app.websocketServer.clients) socket.terminate();
      app.websocketServer.close(() => done());
    },
  });
}

export function streamRoute(app: FastifyInstance, context: ApiContext): void {
  const { limits, metrics, hub, connections } = context;
  const addresses = new AddressCounts();

  function admit(request: FastifyRequest): void {
    if (context.status() !== "ready") throw busy(context.status());
    const { origin } = request.headers;
    if (!isOriginAllowed(request.headers, context.origins)) {
      throw wrongField("origin", origin, "an origin whose pages may ask");
    }
    const ofAddress = addresses.of(addressOf(request));
    if (hub.connections.size < limits.connections && ofAddress < limits.connectionsPerAddress) return;
    metrics.dropped("refused");
    const limit = `${limits.connections} connections, ${limits.connectionsPerAddress} of one address`;
    throw new TooMany("connection", limit, 5_000);
  }

  let read: ReadMessage | undefined;
  function reader(request: FastifyRequest): ReadMessage {
    const validate = request.compileValidationSchema({ ...clientMessageSchema });
    return (value) => {
      if (!validate(value)) throw validationError(validate.errors ?? [], "message", "/asyncapi.json");
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema has been met
      return value as ClientMessage;
    };
  }

  app.route({
    method: "GET",
    url: streamPath,
    schema: { hide: true },
    handler: async (request) => {
      throw wrongField("upgrade", request.headers.upgrade, "websocket");
    },
    preHandler: async (request) => {
      if (request.ws) admit(request);
    },
    wsHandler: (socket, request) => {
      const address = addressOf(request);
      connections.release(request.raw.socket);
      addresses.add(address, 1);
      socket.once("close", () => addresses.add(address, -1));
      hub.connections.add(new StreamClient(socket, address, context, (read ??= reader(request))));
    },
  });
}
