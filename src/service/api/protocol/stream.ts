import { type LiquidationStage } from "../../../clearing/engine/default/index.ts";
import { type AuctionType } from "../../../clearing/protocol/default-commands.ts";
import { type AuctionEnded, type LiquidationOutcome } from "../../../clearing/protocol/default-events.ts";
import { type ClearingEvent } from "../../../clearing/protocol/events.ts";
import {
  type AccountView,
  type FundingRateView,
  type MarkView,
  type OrderView,
  type TradeView,
} from "../../views/index.ts";
import { type Receipt, type SignedCommand } from "./commands.ts";
import { type ApiError } from "./errors.ts";

/**
 * Channels of the stream: `book:NAME`, `trades:NAME`, `marks`, `funding`, `liquidations`, `auctions`, `account:N`. All but an account's are public, that is for
 * those who may read it.
 */
export type ChannelName = string;

/** Where a subscriber left a channel: it may go on from there if the service still has what came after. */
export interface Resume {
  /** From the channel's messages; another epoch's sequences mean nothing. */
  readonly epoch: string;
  /** Of the last message that was taken. */
  readonly sequence: number;
}

/** What clients send. `id` comes back in the answer. */
export type ClientMessage =
  | { readonly op: "authenticate"; readonly id: number; readonly token: string }
  | { readonly op: "subscribe"; readonly id: number; readonly channel: ChannelName; readonly resume?: Resume }
  | { readonly op: "unsubscribe"; readonly id: number; readonly channel: ChannelName }
  | { readonly op: "command"; readonly id: number; readonly signed: SignedCommand }
  | { readonly op: "ping"; readonly id: number };

/** One price level that changed: side (0 bid, 1 ask), price in ticks, and all lots at it from now on; 0: the level is gone. */
export type LevelChange = readonly [side: 0 | 1, priceTicks: number, lots: number];
/** Price in ticks, and all lots at it. */
export type Level = readonly [priceTicks: number, lots: number];

export interface BookSnapshot {
  readonly instrument: string;
  readonly instrumentIndex: number;
  /** Every level, best first. */
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}
export interface BookUpdate {
  /** In no order. Put over the levels of the snapshot they give the book as it is. */
  readonly changes: readonly LevelChange[];
}

export interface TradesSnapshot {
  /** The latest, oldest first. */
  readonly trades: readonly TradeView[];
}
export type TradesUpdate = TradesSnapshot;

export interface MarksSnapshot {
  readonly marks: readonly MarkView[];
}
/** Only those that changed. */
export type MarksUpdate = MarksSnapshot;

export interface FundingEntry extends FundingRateView {
  readonly instrument: string;
  readonly instrumentIndex: number;
}
export interface FundingSnapshot {
  /** The latest, oldest first. */
  readonly rates: readonly FundingEntry[];
}
export type FundingUpdate = FundingSnapshot;

/** An account in liquidation, publicly. */
export interface LiquidationEntry {
  readonly liquidation: number;
  readonly account: number;
  readonly stage: LiquidationStage | "ended";
  readonly startedMs: number;
  readonly steps: number;
  readonly auction?: number;
  /** Once it has ended. */
  readonly outcome?: LiquidationOutcome;
  /** From the breach until then. */
  readonly durationMs?: number;
}
export interface LiquidationsSnapshot {
  readonly liquidations: readonly LiquidationEntry[];
}
/** Only those that changed, and those that ended. */
export type LiquidationsUpdate = LiquidationsSnapshot;

export interface AuctionEntry {
  readonly auction: number;
  readonly liquidation: number;
  readonly account: number;
  readonly auctionType: AuctionType;
  readonly asset: string;
  readonly assetIndex: number;
  /** When its present form began. */
  readonly startMs: number;
  readonly lastFill?: AuctionFill;
  /** Why, once it has ended. */
  readonly ended?: AuctionEnded["reason"];
}
export interface AuctionFill {
  readonly timeMs: number;
  readonly share: string;
  readonly paid: string;
  readonly discount: string;
}
export interface AuctionsSnapshot {
  readonly auctions: readonly AuctionEntry[];
}
/** Only those that changed, and those that ended. */
export type AuctionsUpdate = AuctionsSnapshot;

export interface AccountSnapshot {
  readonly account: AccountView;
  readonly orders: readonly OrderView[];
}
/** What one command did to the account, in the protocol's own events; or its figures, which follow at most every so often. */
export type AccountUpdate =
  | { readonly kind: "events"; readonly events: readonly ClearingEvent[] }
  | { readonly kind: "figures"; readonly account: AccountView };

export type Snapshot =
  | BookSnapshot
  | TradesSnapshot
  | MarksSnapshot
  | FundingSnapshot
  | LiquidationsSnapshot
  | AuctionsSnapshot
  | AccountSnapshot;
export type Update =
  | BookUpdate
  | TradesUpdate
  | MarksUpdate
  | FundingUpdate
  | LiquidationsUpdate
  | AuctionsUpdate
  | AccountUpdate;

/** Of a channel's messages. A snapshot has the sequence of the last update that is in it; each update is one more. */
export interface ChannelPlace {
  readonly channel: ChannelName;
  readonly epoch: string;
  readonly sequence: number;
  /** The last command that is in it, and the machine's time then. */
  readonly commandSequence: number;
  readonly timeMs: number;
}

export interface Welcome {
  readonly type: "welcome";
  readonly venue: string;
  readonly chainId: number;
  /** The service's clock. */
  readonly timeMs: number;
  /** Of the last command. */
  readonly sequence: number;
  readonly epoch: string;
  /** A heartbeat comes at least this often: without one the connection is dead. */
  readonly heartbeatMs: number;
}

/** What the service sends. */
export type ServerMessage =
  | Welcome
  | {
      readonly type: "authenticated";
      readonly id: number;
      readonly signer: string;
      readonly expiryMs: number;
    }
  /** What follows on the channel: the updates since `resume`, or a snapshot. */
  | {
      readonly type: "subscribed";
      readonly id: number;
      readonly channel: ChannelName;
      readonly resumed: boolean;
    }
  | { readonly type: "unsubscribed"; readonly id: number; readonly channel: ChannelName }
  | ({ readonly type: "snapshot"; readonly data: Snapshot } & ChannelPlace)
  | ({ readonly type: "update"; readonly data: Update } & ChannelPlace)
  /** Updates were left out because the client was slow; a snapshot follows. */
  | { readonly type: "gap"; readonly channel: ChannelName }
  /** The channel ended: the session lapsed or its permission was taken away. */
  | { readonly type: "ended"; readonly channel: ChannelName; readonly error: ApiError }
  | { readonly type: "receipt"; readonly id: number; readonly receipt: Receipt }
  /** `id` −1: of a message whose id could not be read. */
  | { readonly type: "error"; readonly id: number; readonly error: ApiError }
  | { readonly type: "pong"; readonly id: number; readonly timeMs: number }
  | { readonly type: "heartbeat"; readonly timeMs: number; readonly sequence: number };

/** Codes that the service closes connections with, beside the protocol's own. */
export const closeCodes = {
  /** The service is closing. */
  goingAway: 1001,
  /** Neither authenticated nor subscribed in time. */
  idle: 4001,
  /** The connection did not take its private messages and receipts fast enough. */
  tooSlow: 4008,
  /** Far more messages than the limit. */
  flood: 4029,
} as const;
