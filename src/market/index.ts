export * from "./forward-curve.ts";
export * from "./instrument.ts";
export * from "./linear-forward-curve.ts";
export * from "./market.ts";
export * from "./portfolio.ts";
export * from "./surface.ts";
export * from "./svi-surface.ts";
export * from "./svi.ts";
