export * from "./cost.ts";
export * from "./positions.ts";
