export * from "./forward-curve.ts";
export * from "./instrument.ts";
export * from "./market.ts";
export * from "./portfolio.ts";
export * from "./surface.ts";
