export { pageOrigins } from "./cross-origin.ts";
export { type ApiLimits, defaultLimits } from "./limits.ts";
export * from "./protocol/index.ts";
export { apiLogger } from "./request-log.ts";
export { type Api, type ApiOptions, startApi } from "./server.ts";
export { trustedProxies } from "./trusted-proxies.ts";
