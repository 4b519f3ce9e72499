export * from "./feeds/index.ts";
export * from "./remargin/index.ts";
