export * from "./decimal.ts";
export * from "./error.ts";
export * from "./money.ts";
