export * from "./curves.ts";
