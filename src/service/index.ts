export {
  type Api,
  apiLogger,
  type ApiLimits,
  type ApiOptions,
  defaultLimits,
  startApi,
} from "./api/index.ts";
export {
  type Applied,
  Clearinghouse,
  type ClearinghouseOptions,
  type Listener,
  Machine,
  recover,
  type RecoverOptions,
  type Recovery,
} from "./clearinghouse/index.ts";
export * from "./feeds/index.ts";
export {
  type HistoryQuery,
  type HistoryRow,
  type HistoryStore,
  HistoryWriter,
  openHistory,
} from "./history/index.ts";
export * from "./journal/index.ts";
export * from "./optimize/index.ts";
export * from "./remargin/index.ts";
export {
  addressKey,
  sessionKey,
  signatureVerifierPool,
  signCommand,
  type SigningKey,
  verifyJournal,
} from "./signatures/index.ts";
export * from "./venue/index.ts";
