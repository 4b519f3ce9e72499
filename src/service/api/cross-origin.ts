import { type FastifyInstance } from "fastify";
import { PlimsollError } from "../../quantity/error.ts";

const exposed =
  "x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, retry-after, allow";

const isOrigin = (text: string): boolean => {
  const url = /^https?:\/\//.test(text) ? URL.parse(text) : null;
  return url?.origin === text && !text.includes("*");
};

/**
 * Origins as browsers name them, one each or separated by commas: `https://host`, with a port unless it is the scheme's own; `*`: all.
 *
 * @throws {PlimsollError} `PLM_USAGE` for another spelling, which no browser would send.
 */
export function pageOrigins(given: string | readonly string[], field: string = "origins"): string[] {
  const entries = (typeof given === "string" ? [given] : given).flatMap((each) => each.split(","));
  const origins = entries.map((entry) => entry.trim());
  const wrong = origins.find((entry) => entry !== "*" && !isOrigin(entry));
  if (wrong === undefined) return origins;
  throw new PlimsollError("PLM_USAGE", {
    field,
    value: wrong,
    limit: "https://host or http://host:port as browsers send it, or *",
    remedy: "Write origins in small letters, without a path or the scheme's own port, separated by commas.",
  });
}

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
