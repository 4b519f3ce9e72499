export * from "./fixed-rate-margin.ts";
export * from "./order-requirement.ts";
export * from "./parameters.ts";
export * from "./position-requirement.ts";
