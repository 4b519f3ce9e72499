export * from "./fund-sizing-view.ts";
export * from "./fund-watch.ts";
