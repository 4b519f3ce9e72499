export * from "./coverage.ts";
export * from "./expected-shortfall.ts";
export * from "./independence.ts";
export * from "./report.ts";
export * from "./time-between-failures.ts";
export * from "./traffic-light.ts";
