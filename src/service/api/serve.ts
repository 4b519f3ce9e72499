import { type FastifyInstance, type FastifyReply, type FastifyRequest, type RouteOptions } from "fastify";
import { type Fields } from "../../clearing/protocol/field.ts";
import { jsonSchema, type JsonSchema } from "../../clearing/index.ts";
import { mayRead } from "./access.ts";
import { type ApiContext } from "./context.ts";
import { errorBodyRef } from "./protocol/errors.ts";
import { type RouteName, type RouteTypes } from "./protocol/route-types.ts";
import { type Route, routes } from "./protocol/routes.ts";
import { noSession, unknown } from "./refusals.ts";
import { type Reader } from "./session-store.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Whose session the request came with. */
    reader: Reader | undefined;
    /** Why its token was refused. */
    readerRefused: unknown;
    /** For the line in the log. */
    noted: Readonly<Record<string, number | string>> | undefined;
  }
}

type Part<T, K extends string> = T extends Readonly<Record<K, infer P>> ? Required<P> : undefined;

/** A request whose parts are known to fit the route's schemas, with defaults filled in. */
export interface Ask<N extends RouteName> {
  readonly params: Part<RouteTypes[N], "params">;
  readonly query: Part<RouteTypes[N], "query">;
  readonly body: RouteTypes[N] extends { readonly body: infer B } ? B : undefined;
  /** Known for routes that ask for a session. */
  readonly reader: Reader | undefined;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export type Handler<N extends RouteName> = (
  ask: Ask<N>,
) => RouteTypes[N]["answer"] | Promise<RouteTypes[N]["answer"]> | string | Promise<string>;

/** `/v1/accounts/{account}` as the router writes it. */
const routerPath = (path: string): string => path.replace(/\{(\w+)\}/g, ":$1");

const wholeNumber = /^(?:0|-?[1-9]\d{0,15})$/;

/** Text of a path or query as the fields mean it: integers as numbers, defaults filled in. What doesn't fit is left to the schema. */
export function readTexts(fields: Fields, texts: unknown): Record<string, unknown> {
  const read: Record<string, unknown> = { ...(typeof texts === "object" ? texts : {}) };
  for (const [name, field] of Object.entries(fields)) {
    const value = read[name];
    if (value === undefined && "default" in field && field.default !== undefined) read[name] = field.default;
    else if (field.kind === "integer" && typeof value === "string" && wholeNumber.test(value)) {
      read[name] = Number(value);
    }
  }
  return read;
}

const refusals: Readonly<Record<number, string>> = {
  400: "Not what is described here.",
  401: "No session, or not the signer's signature.",
  404: "No such thing, or not for this session to see.",
  409: "The nonce was used for another command.",
  413: "Too long or too deep.",
  415: "Not JSON.",
  429: "More than the limits allow. Retry-After says when to go on.",
  503: "Busy, closing or failed. Retry-After says when to ask again.",
};
const describe = (status: number): string => refusals[status] ?? "";

const statusesOf = ({ access, params, query, body, path }: Route): readonly number[] => [
  ...(params || query || body ? [400] : []),
  ...(access !== "public" || body ? [401] : []),
  ...(params || path.startsWith("/v1/state/proof") ? [404] : []),
  ...(body ? [413, 415] : []),
  ...(path.startsWith("/health") || path === "/metrics" ? [] : [429]),
  503,
];

/** Schemas of a route, for validation and for the API document alike. */
function schemasOf(name: RouteName, route: Route): RouteOptions["schema"] {
  const { params, query, body, answer, answerType, summary, group, access } = route;
  const success: JsonSchema =
    answerType === undefined
      ? (answer ?? { type: "null", description: "Done." })
      : { description: summary, content: { [answerType]: { schema: { type: "string" } } } };
  const response: Record<number, JsonSchema> = { [answer || answerType ? 200 : 204]: success };
  for (const status of statusesOf(route))
    response[status] = { description: describe(status), ...errorBodyRef };
  if (name === "submitCommand") {
    response[409] = { description: describe(409), ...errorBodyRef };
    response[422] = {
      ...answer,
      description: "The machine refused the command; it has a sequence all the same.",
    };
  }
  if (name === "ready") response[503] = answer ?? {};
  return {
    operationId: name,
    summary,
    tags: [group],
    ...(params ? { params: jsonSchema(params) } : {}),
    ...(query ? { querystring: jsonSchema(query) } : {}),
    ...(body ? { body } : {}),
    ...(access === "public" ? {} : { security: [{ session: [] }] }),
    response,
  };
}

/** Before the request's parts are looked at. */
function requireSession({ access }: Route, { reader, readerRefused }: FastifyRequest): void {
  if (access === "public" || reader !== undefined) return;
  throw readerRefused ?? noSession("missing");
}

/** Once its account is known to be a number. */
function requireAccount({ access }: Route, context: ApiContext, { params, reader }: FastifyRequest): void {
  if (access !== "account") return;

  const account =
    typeof params === "object" && params !== null && "account" in params ? params.account : undefined;
  if (typeof account === "number" && mayRead(context.engine, reader?.signer ?? "", account)) return;
  throw unknown("account", account, "an account that the session's signer may read");
}

/** Serves a route of the table. */
export function serve<N extends RouteName>(
  app: FastifyInstance,
  context: ApiContext,
  name: N,
  handle: Handler<N>,
  more: Partial<RouteOptions> = {},
): void {
  const route = routes[name];
  const { params = {}, query = {} } = route;
  app.route({
    ...more,
    method: route.method,
    url: routerPath(route.path),
    schema: schemasOf(name, route) ?? {},
    preValidation: async (request) => {
      request.params = readTexts(params, request.params);
      request.query = readTexts(query, request.query);
      requireSession(route, request);
    },
    preHandler: async (request) => requireAccount(route, context, request),
    handler: async (request, reply) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schemas of the route have been met
      const ask = {
        params: request.params,
        query: request.query,
        body: request.body,
        reader: request.reader,
        request,
        reply,
      } as Ask<N>;
      const answer = await handle(ask);
      if (answer === undefined) return reply.code(204).send();
      if (typeof answer === "string" && route.answerType === undefined) reply.type("application/json");
      return reply.send(answer);
    },
  });
}
