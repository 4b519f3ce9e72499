export * from "./remargin/index.ts";
