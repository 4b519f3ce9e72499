export * from "./aave/index.ts";
export * from "./derive/index.ts";
export * from "./drift/index.ts";
export * from "./dydx/index.ts";
export * from "./hyperliquid/index.ts";
export * from "./mango/index.ts";
export * from "./morpho/index.ts";
