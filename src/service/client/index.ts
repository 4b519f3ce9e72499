// The typed client of a clearing service. Runs in browsers too: fetch, WebSocket, and signatures of our own.
export { type AccountChange, AccountChannel, type OpenOrder } from "./account-channel.ts";
export {
  type ClearingClient,
  type Client,
  type CommandMethods,
  connect,
  type ConnectOptions,
} from "./client.ts";
export * from "./command-inputs.ts";
export { type AuctionsChannel, type LiquidationsChannel } from "./default-channels.ts";
export { ServiceError } from "./http.ts";
export { type Asset, type DecimalInput, type Instrument, type Rounding } from "./instrument.ts";
export {
  type BookChannel,
  type BookLevel,
  type BookLevels,
  type FundingChannel,
  type MarksChannel,
  type TradesChannel,
} from "./market-channels.ts";
export {
  type Accepted,
  accepted,
  type CommandAnswers,
  type Outcome,
  type PlacedOrder,
  type Refused,
  type WonBid,
} from "./outcome.ts";
export { type PagedName, type ReadName, type Reads } from "./reads.ts";
export { type SendOptions } from "./send-commands.ts";
export { type ClientKey, newAddressKey, newSessionKey, type WalletKey } from "./signer.ts";
export { type SigningKey } from "../signatures/sign.ts";
export { PlimsollError } from "../../quantity/error.ts";
export type * from "../api/protocol/route-types.ts";
export type * from "../api/protocol/documents.ts";
export type * from "../api/protocol/stream.ts";
export { type Receipt, type SignedCommand } from "../api/protocol/commands.ts";
export type * from "../views/index.ts";
export type * from "../../clearing/protocol/commands.ts";
export type * from "../../clearing/protocol/events.ts";
export type * from "../../clearing/protocol/specs.ts";
export { type Rejection, type RejectionCode } from "../../clearing/protocol/rejections.ts";
