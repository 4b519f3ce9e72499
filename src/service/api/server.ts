import fastifyRateLimit from "@fastify/rate-limit";
import fastifySwagger from "@fastify/swagger";
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from "fastify";
import { type Logger, pino } from "pino";
import { PlimsollError } from "../../quantity/error.ts";
import { type Clearinghouse } from "../clearinghouse/index.ts";
import { FundWatch } from "../fund-sizing/index.ts";
import { type HistoryWriter } from "../history/index.ts";
import { type CommandLog } from "../journal/index.ts";
import { accountRoutes } from "./account-routes.ts";
import { parseBodies } from "./body-parser.ts";
import { CommandDesk } from "./command-desk.ts";
import { commandRoutes } from "./command-routes.ts";
import { type ApiContext, RootKeeper } from "./context.ts";
import { allowOrigins, pageOrigins } from "./cross-origin.ts";
import { answerOf, usage } from "./error-answer.ts";
import { HttpConnections, makeHttpServer } from "./http-server.ts";
import { type ApiLimits, defaultLimits } from "./limits.ts";
import { defaultRoutes } from "./default-routes.ts";
import { marketRoutes } from "./market-routes.ts";
import { ApiMetrics } from "./metrics.ts";
import { openApiBase } from "./open-api.ts";
import { bodyLimits } from "./protocol/commands.ts";
import { type HealthAnswer, sharedSchemas } from "./protocol/documents.ts";
import { limitAddresses, limitRequests } from "./rate-limits.ts";
import { watchRequests } from "./request-log.ts";
import { serviceRoutes } from "./service-routes.ts";
import { sessionRoutes } from "./session-routes.ts";
import { SessionStore } from "./session-store.ts";
import { stateRoutes } from "./state-routes.ts";
import { StreamHub } from "./stream/hub.ts";
import { prepareStream, streamRoute } from "./stream/stream-route.ts";
import { trustedProxies } from "./trusted-proxies.ts";
import { answerUnknownPaths } from "./unknown-paths.ts";
import { validationError, validatorOptions } from "./validation.ts";
import { venueRoutes } from "./venue-routes.ts";

export interface ApiOptions {
  readonly clearinghouse: Clearinghouse;
  /** The clearinghouse's own, for its figures. */
  readonly log: CommandLog;
  /** Without it, history's routes answer 404. Whoever made it feeds it. */
  readonly history?: HistoryWriter;
  /** 127.0.0.1. */
  readonly host?: string;
  /** 0, the default: any free one. */
  readonly port?: number;
  /** Silent, unless given. {@link apiLogger} makes one that leaves secrets out. */
  readonly logger?: Logger;
  readonly limits?: Partial<ApiLimits>;
  /** UTC milliseconds, for sessions and paces. */
  readonly now?: () => number;
  /**
   * Whose `X-Forwarded-For` is believed: addresses and ranges of proxies (`10.0.0.7`, `10.0.0.0/8`, `loopback`), one each or separated by
   * commas. Nobody's by default.
   */
  readonly trustProxy?: string | readonly string[];
  /** Origins whose pages may ask from browsers, such as `https://venue.example`; `*`: all. None by default. */
  readonly origins?: readonly string[];
}

export interface Api {
  /** `http://host:port`. */
  readonly url: string;
  /**
   * Stops accepting, answers what is under way, ends the streams, saves a snapshot, and closes the clearinghouse with its log.
   * Whatever goes wrong meanwhile is logged; the promise is fulfilled once everything is closed.
   */
  close(): Promise<void>;
}

/**
 * Serves a clearinghouse over HTTP and WebSocket.
 *
 * @throws {PlimsollError} `PLM_USAGE` for an address it cannot listen on, a proxy that isn't an address, or an origin that isn't one.
 */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { clearinghouse, log, history, host = "127.0.0.1", port = 0, now = Date.now } = options;
  const limits: ApiLimits = { ...defaultLimits, ...options.limits };
  const trustProxy = options.trustProxy === undefined ? undefined : trustedProxies(options.trustProxy);
  const origins = pageOrigins(options.origins ?? []);
  const logger = options.logger ?? pino({ level: "silent" });
  const { engine } = clearinghouse.machine;
  let status: HealthAnswer["status"] = "starting";

  const sessions = new SessionStore({
    domain: () => engine.stores.state,
    now,
    most: limits.sessions,
    mostPerSigner: limits.sessionsPerSigner,
    mostPerAddress: limits.sessionsPerAddress,
    onEnded: (reader) => hub.sessionEnded(reader),
  });
  const connections = new HttpConnections(limits, trustProxy !== undefined);
  const metrics = new ApiMetrics({
    clearinghouse,
    log,
    history,
    now,
    sessions: () => sessions.count,
    connections,
    stream: () => hub.figures,
  });
  const fund = new FundWatch({
    stores: engine.stores,
    everyMs: limits.fundEveryMs,
    onAlarm: ({ short, shortfallUsd, coverTwoUsd, coverage }) => {
      const facts = { shortfallUsd, coverTwoUsd, coverage };
      if (short) logger.warn(facts, "the insurance fund is below Cover-2");
      else logger.info(facts, "the insurance fund covers its two largest losers again");
    },
  });
  metrics.watchFund(fund);
  const hub = new StreamHub({ clearinghouse, limits, logger, metrics });
  const context: ApiContext = {
    clearinghouse,
    engine,
    log,
    history,
    sessions,
    desk: new CommandDesk(clearinghouse, limits, now),
    hub,
    connections,
    metrics,
    limits,
    origins,
    logger,
    now,
    status: () => (clearinghouse.failure === undefined ? status : "failed"),
    roots: new RootKeeper(clearinghouse),
    fund,
  };
  const stopCounting = clearinghouse.subscribe((batch) => metrics.applied(batch));

  const app = makeServer(trustProxy, context);
  watchRequests(app, context);
  limitAddresses(app, limits, now);
  allowOrigins(app, context.origins);
  await prepareStream(app, context);
  await app.register(fastifySwagger, openApiBase);
  await app.register(fastifyRateLimit, limitRequests(limits));
  for (const schema of sharedSchemas) app.addSchema(schema);
  parseBodies(app);
  answerUnknownPaths(app);
  for (const group of [
    venueRoutes,
    marketRoutes,
    defaultRoutes,
    sessionRoutes,
    commandRoutes,
    accountRoutes,
    stateRoutes,
    serviceRoutes,
    streamRoute,
  ]) {
    group(app, context);
  }
  await clearinghouse.barrier();
  const url = await app.listen({ host, port }).catch((error: unknown) => {
    throw cannotListen(host, port, error);
  });
  status = "ready";
  logger.info({ url, sequence: clearinghouse.machine.sequence }, "serving");

  async function shutDown(): Promise<void> {
    status = "closing";
    fund.stop();
    context.desk.close();
    logger.info({ sequence: clearinghouse.machine.sequence, underWay: clearinghouse.queued }, "closing");
    const untilMs = performance.now() + limits.closeMs;
    while (clearinghouse.queued > 0 && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    hub.close();
    while (hub.connections.size > 0 && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const cut = setTimeout(() => app.server.closeAllConnections(), Math.max(0, untilMs - performance.now()));
    // Time for what was on its way: then nobody waits for a request that its client has not finished.
    const cutIncomplete = setInterval(() => connections.cutIncomplete(), lastWordsMs);
    await app.close();
    clearInterval(cutIncomplete);
    clearTimeout(cut);
    stopCounting();
    metrics.close();
    try {
      if (clearinghouse.failure === undefined) await clearinghouse.snapshot();
      await clearinghouse.close();
    } catch (error) {
      logger.error({ err: error }, "the clearinghouse was not closed in order");
    }
    logger.info({ sequence: clearinghouse.durableSequence }, "closed");
  }

  let closing: Promise<void> | undefined;
  return { url, close: () => (closing ??= shutDown()) };
}

const lastWordsMs = 100;

const cannotListen = (host: string, port: number, error: unknown): PlimsollError => {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return new PlimsollError("PLM_USAGE", {
    field: "address",
    value: `${host}:${port}`,
    limit: "one of this machine that is free to listen on",
    remedy:
      code === "EADDRINUSE"
        ? "Something else listens there: stop it, or choose another port."
        : `Choose another host or port (${code}).`,
  });
};

function makeServer(
  trustProxy: string[] | undefined,
  { limits, logger, connections }: ApiContext,
): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = logger;
  const app: FastifyInstance = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    exposeHeadRoutes: false,
    bodyLimit: bodyLimits.other,
    serverFactory: (handle) => makeHttpServer(handle, limits, connections),
    forceCloseConnections: "idle",
    return503OnClosing: true,
    routerOptions: { maxParamLength: 256, caseSensitive: true, ignoreTrailingSlash: false },
    ...(trustProxy === undefined ? {} : { trustProxy }),
    ajv: { customOptions: validatorOptions },
    schemaErrorFormatter: (errors, part) => validationError(errors, part),
    frameworkErrors: (error, _request, reply) => {
      const { status, body } = answerOf(error);
      const plain: FastifyReply["raw"] = reply.raw;
      reply.hijack();
      plain.writeHead(status, { "content-type": "application/json; charset=utf-8" });
      plain.end(JSON.stringify(body));
    },
    clientErrorHandler: (error, socket) => {
      if (error.code === "ECONNRESET" || !socket.writable) return;
      const { body } = answerOf(usage("request", error.code, "an HTTP request"));
      const text = JSON.stringify(body);
      socket.write(
        `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
      );
      // a client that doesn't close its side would keep the connection
      socket.destroySoon();
    },
  });
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler((error, request, reply) => {
    const { status, body, retryAfterS, isFault } = answerOf(error, request.headers);
    if (isFault) logger.error({ err: error, id: request.id }, "a request met a fault");
    request.noted = { ...request.noted, error: body.error.code };
    if (retryAfterS !== undefined && !reply.hasHeader("retry-after"))
      reply.header("retry-after", retryAfterS);
    return reply.code(status).send(body);
  });
  return app;
}
