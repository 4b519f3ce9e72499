export * from "./decimal.ts";
export * from "./error.ts";
export * from "./money.ts";
export * from "./safe-integer.ts";
export * from "./square-root.ts";
