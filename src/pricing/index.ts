export * from "./black76.ts";
export * from "./black76-kernel.ts";
export * from "./implied-vol.ts";
export * from "./arbitrage.ts";
export * from "./fit-surface.ts";
export * from "./fit-surface-metrics.ts";
export * from "./fit-surface-quotes.ts";
export { type SliceMethod } from "./fit-surface-slice.ts";
export * from "./conventions.ts";
