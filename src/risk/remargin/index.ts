export * from "./book.ts";
export * from "./engine.ts";
export * from "./layout.ts";
export * from "./matrix.ts";
export * from "./remargin.ts";
