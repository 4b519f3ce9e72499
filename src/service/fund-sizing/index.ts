export * from "./fund-sizing-view.ts";
