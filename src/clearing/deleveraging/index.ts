export * from "./water-fill.ts";
