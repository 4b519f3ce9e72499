export * from "./apportion.ts";
