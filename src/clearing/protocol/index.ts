export * from "./commands.ts";
export * from "./envelope.ts";
export * from "./events.ts";
export * from "./field.ts";
export * from "./rejections.ts";
export * from "./specs.ts";
