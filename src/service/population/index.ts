export * from "./census.ts";
export * from "./find-sources.ts";
export * from "./replay-result.ts";
export { runReplay } from "./run-replay.ts";
export * from "./tally.ts";
export { temperamentShares, type Temperament, type Trader } from "./traders.ts";
