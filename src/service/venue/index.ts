export * from "./keys.ts";
export * from "./open-venue.ts";
export * from "./own-signer.ts";
export * from "./run-feed.ts";
export * from "./local-venue.ts";
export * from "./venue-file.ts";
