export * from "./legs.ts";
export * from "./cell-bound.ts";
export * from "./maximum-loss.ts";
export * from "./vol-axis.ts";
export * from "./book-problem.ts";
export * from "./certificate.ts";
