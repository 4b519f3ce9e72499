export * from "./feeds/index.ts";
export * from "./remargin/index.ts";
export {
  type FeedPlan,
  localDomain,
  type LocalVenue,
  type LocalVenueOptions,
  runLocalVenue,
} from "./venue/index.ts";
