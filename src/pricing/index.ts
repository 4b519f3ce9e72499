export * from "./black76.ts";
export * from "./black76-kernel.ts";
export * from "./implied-vol.ts";
