export * from "./instrument-codes.ts";
export * from "./limits.ts";
export * from "./market-sink.ts";
export * from "./markets.ts";
export * from "./registries.ts";
export { Registry } from "./registry.ts";
