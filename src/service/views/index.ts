export * from "./account-views.ts";
export * from "./amounts.ts";
export * from "./venue-views.ts";
