export * from "./constant-product.ts";
export * from "./curve.ts";
export * from "./pool.ts";
export * from "./shares.ts";
