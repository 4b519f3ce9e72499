export * from "./account-views.ts";
export * from "./amounts.ts";
export * from "./history-views.ts";
export * from "./price-views.ts";
export * from "./rejection-units.ts";
export * from "./venue-views.ts";
