export { type WatchSources } from "./sources.ts";
export { Watch } from "./watch.ts";
