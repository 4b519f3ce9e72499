import { isIP } from "node:net";
import { type RateLimitPluginOptions, normalizeIP } from "@fastify/rate-limit";
import { type FastifyInstance, type FastifyRequest } from "fastify";
import { type ApiLimits } from "./limits.ts";
import { routes } from "./protocol/routes.ts";
import { TooMany } from "./refusals.ts";
import { TokenBuckets } from "./token-bucket.ts";

/** A network address as it is counted (IPv6: its /64). Whatever a proxy says that is none counts as one. */
export const addressKey = (ip: string): string => {
  const address = ip.split("%")[0] ?? "";
  return isIP(address) === 0 ? "unknown" : normalizeIP(address);
};

export const addressOf = ({ ip }: FastifyRequest): string => addressKey(ip);

/** Who a request counts for: the session's signer, else the network address. */
export const askerOf = (request: FastifyRequest): string => request.reader?.signer ?? addressOf(request);

/** Paces of HTTP requests. Answers carry `x-ratelimit-limit`, `-remaining` and `-reset`, and `retry-after` when refused. */
export const limitRequests = ({ requestsPerMinute }: ApiLimits): RateLimitPluginOptions => ({
  max: requestsPerMinute,
  timeWindow: 60_000,
  cache: 65_536,
  keyGenerator: askerOf,
  errorResponseBuilder: (_request, { max, ttl }) => new TooMany("request", `${max} per minute`, ttl),
});

/** Addresses whose pace is remembered. */
const mostAddresses = 65_536;
/** Health is for machines that must not be turned away; commands have a bound of their own. */
const exempt: ReadonlySet<string> = new Set(
  [routes.live, routes.ready, routes.metrics, routes.submitCommand].map(({ path }) => path),
);

/** Bounds the requests of one network address over all its sessions: each session's signer has a pace, but sessions are free. */
export function limitAddresses(
  app: FastifyInstance,
  { requestsPerMinutePerAddress }: ApiLimits,
  now: () => number,
): void {
  const perMinute = requestsPerMinutePerAddress;
  const buckets = new TokenBuckets(perMinute / 60, Math.max(1, perMinute / 6), mostAddresses);
  app.addHook("onRequest", async (request) => {
    if (exempt.has(request.routeOptions.url ?? "")) return;
    const bucket = buckets.get(addressOf(request), now());
    if (bucket.tryTake(now())) return;
    throw new TooMany("address", `${perMinute} requests per minute and address`, bucket.waitMs(now()));
  });
}
