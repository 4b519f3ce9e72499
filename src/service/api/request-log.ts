import { randomBytes } from "node:crypto";
import { type DestinationStream, type Logger, pino } from "pino";
import { type FastifyInstance } from "fastify";
import { type ApiContext } from "./context.ts";
import { bearerToken } from "./session-routes.ts";

/** Paths of what must not be in logs, wherever a line may carry it. */
const secrets = ["authorization", "token", "signature", "secret", "password", "privateKey"];

/** A logger that writes JSON lines and leaves secrets out. */
export function apiLogger(level: string = "info", destination?: DestinationStream): Logger {
  const options = {
    level,
    base: {},
    redact: {
      paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: "[left out]",
    },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Gives every request a number, finds out whose it is, and writes one line about it when it was answered. */
export function watchRequests(app: FastifyInstance, { sessions, metrics, logger }: ApiContext): void {
  const start = randomBytes(4).toString("hex");
  let count = 0;
  app.setGenReqId(() => `${start}-${++count}`);
  app.decorateRequest("reader", undefined);
  app.decorateRequest("readerRefused", undefined);
  app.decorateRequest("noted", undefined);
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    const { authorization } = request.headers;
    if (authorization === undefined) return;
    try {
      request.reader = sessions.require(bearerToken(authorization) ?? "");
    } catch (error) {
      request.readerRefused = error;
    }
  });
  app.addHook("onResponse", async (request, reply) => {
    const ms = Math.round(reply.elapsedTime * 1_000) / 1_000;
    const route = request.routeOptions.url ?? "unknown";
    metrics.request(route, reply.statusCode, ms / 1_000);
    logger.info(
      {
        id: request.id,
        method: request.method,
        route,
        status: reply.statusCode,
        ms,
        ip: request.ip,
        ...(request.reader ? { reader: request.reader.signer } : {}),
        ...request.noted,
      },
      "request",
    );
  });
}
