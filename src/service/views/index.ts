export * from "./account-views.ts";
export * from "./amounts.ts";
export * from "./default-history-views.ts";
export * from "./default-views.ts";
export * from "./fund-views.ts";
export * from "./history-views.ts";
export { type MarginState } from "./margin-state.ts";
export * from "./price-views.ts";
export * from "./venue-views.ts";
