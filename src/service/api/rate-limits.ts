import { type RateLimitPluginOptions, normalizeIP } from "@fastify/rate-limit";
import { type FastifyRequest } from "fastify";
import { type ApiLimits } from "./limits.ts";
import { TooMany } from "./refusals.ts";

/** Who a request counts for: the session's signer, else the network address (IPv6: its /64). */
export const askerOf = ({ reader, ip }: FastifyRequest): string => reader?.signer ?? normalizeIP(ip);

/** Paces of HTTP requests. Answers carry `x-ratelimit-limit`, `-remaining` and `-reset`, and `retry-after` when refused. */
export const limitRequests = ({ requestsPerMinute }: ApiLimits): RateLimitPluginOptions => ({
  max: requestsPerMinute,
  timeWindow: 60_000,
  cache: 65_536,
  keyGenerator: askerOf,
  errorResponseBuilder: (_request, { max, ttl }) => new TooMany("request", `${max} per minute`, ttl),
});
