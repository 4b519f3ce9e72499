import { type FastifyInstance } from "fastify";

const exposed =
  "x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, retry-after, allow";

/**
 * Whether the page that asks, if it is one, may: of a named origin or of the service's own. Browsers ask no leave before they open a
 * WebSocket.
 */
export function isOriginAllowed(
  { origin, host }: { readonly origin?: string | undefined; readonly host?: string | undefined },
  origins: readonly string[],
): boolean {
  if (origin === undefined || origins.includes("*") || origins.includes(origin)) return true;
  return host !== undefined && (origin === `https://${host}` || origin === `http://${host}`);
}

/**
 * Lets pages of these origins (`https://host`, or `*` for all) ask from browsers. Nothing goes by cookies, so that a page can only do what
 * the keys and tokens that it holds allow.
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.addHook("onRequest", async ({ headers, method }, reply) => {
    reply.header("vary", "origin");
    const { origin } = headers;
    if (origin === undefined || !(origins.includes("*") || origins.includes(origin))) return undefined;
    reply.header("access-control-allow-origin", origin).header("access-control-expose-headers", exposed);
    if (method !== "OPTIONS" || headers["access-control-request-method"] === undefined) return undefined;
    return reply
      .header("access-control-allow-methods", "GET, POST, DELETE")
      .header("access-control-allow-headers", "authorization, content-type")
      .header("access-control-max-age", "600")
      .code(204)
      .send();
  });
}
