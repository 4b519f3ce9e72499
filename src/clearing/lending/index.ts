export * from "./adaptive-rate.ts";
export * from "./growth.ts";
export * from "./pool.ts";
export * from "./rate-model.ts";
