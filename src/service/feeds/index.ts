export * from "./feed.ts";
export * from "./feed-commands.ts";
export { type WallTime } from "./pace.ts";
export { syntheticFeed, type SyntheticFeedOptions } from "./synthetic/synthetic-feed.ts";
export { replayFeed, type ReplayFeedOptions } from "./replay/replay-feed.ts";
export * from "./replay/replay-sources.ts";
export { liveFeed, type LiveFeedOptions, type LiveMarket } from "./live/live-feed.ts";
