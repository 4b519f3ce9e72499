export * from "./keys.ts";
export * from "./open-venue.ts";
export * from "./own-signer.ts";
export * from "./run-feed.ts";
