export * from "./beta.ts";
export * from "./exp-log.ts";
export * from "./float-bits.ts";
export * from "./gamma.ts";
export * from "./mills.ts";
export * from "./normal.ts";
export * from "./random.ts";
