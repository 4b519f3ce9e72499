import { type DefaultCommand } from "./default-commands.ts";
import { type AssetSpec, type InstrumentSpec, type UnderlyingSpec, type VammSpec } from "./specs.ts";

/** What a key may do beside trading for the accounts it owns. docs/protocol.md says which command needs which. */
export type Role = "admin" | "operator" | "risk" | "publisher" | "treasurer" | "guardian";

/** How an account is margined; its owner chooses. */
export type MarginMode = "isolated" | "cross" | "portfolio";

export type Side = "buy" | "sell";

/** `gtc` rests, `ioc` takes what it can and cancels the rest, `fok` takes all or nothing, `gtt` rests until `expiryMs`. */
export type TimeInForce = "gtc" | "ioc" | "fok" | "gtt";

/** Which of two orders of one owner gives way. */
export type SelfTradePrevention = "cancelResting" | "cancelIncoming" | "cancelBoth" | "decrement";

/**
 * Everything that can be asked of the machine. Accounts, instruments, assets and underlyings go by the numbers they were given when
 * they were listed; prices of orders are ticks, sizes lots, amounts units of their asset. Zero stands for "none".
 */
export type Command =
  | Genesis
  | Tick
  | GrantRole
  | ListAsset
  | ListUnderlying
  | ListInstrument
  | SetInstrumentStatus
  | SetVenueStatus
  | SetParameter
  | SetRiskDocument
  | PublishPrices
  | PublishSurface
  | OpenAccount
  | SetMarginMode
  | AuthorizeKey
  | RevokeKey
  | Deposit
  | Withdraw
  | SettleWithdrawal
  | Transfer
  | PlaceOrder
  | CancelOrder
  | CancelAll
  | AmendOrder
  | MassQuote
  | RequestQuote
  | OfferQuote
  | AcceptQuote
  | CreatePool
  | AddLiquidity
  | RemoveLiquidity
  | FundPoolBudget
  | AdjustPool
  | DefaultCommand;

export type * from "./default-commands.ts";

export type CommandType = Command["type"];

/** The first record of every journal. Sequencer only. */
export interface Genesis {
  readonly type: "genesis";
  /** Name of the venue, part of what is signed. */
  readonly venue: string;
  /** EIP-155 chain number, part of what is signed. */
  readonly chainId: number;
  /** Signers that hold the role `admin` from the start. */
  readonly admins: readonly string[];
}

/** Lets time pass. Sequencer only. */
export interface Tick {
  readonly type: "tick";
}

export interface GrantRole {
  readonly type: "grantRole";
  readonly role: Role;
  /** The signer, as in {@link Envelope.signer}. */
  readonly key: string;
  /** False takes the role away. */
  readonly granted: boolean;
}

export interface ListAsset {
  readonly type: "listAsset";
  readonly asset: AssetSpec;
}

export interface ListUnderlying {
  readonly type: "listUnderlying";
  readonly underlying: UnderlyingSpec;
}

export interface ListInstrument {
  readonly type: "listInstrument";
  readonly instrument: InstrumentSpec;
}

/** `active` trades, `reduceOnly` only lessens positions, `halted` neither trades nor accepts orders (cancels still work). */
export type TradingStatus = "active" | "reduceOnly" | "halted";

export interface SetInstrumentStatus {
  readonly type: "setInstrumentStatus";
  readonly instrument: number;
  readonly status: TradingStatus;
}

export interface SetVenueStatus {
  readonly type: "setVenueStatus";
  readonly status: TradingStatus;
}

/** What a parameter belongs to; `liquidation`: to the venue, `index` 0. */
export type ParameterTarget = "asset" | "instrument" | "underlying" | "liquidation";

/** Changes one number of an asset or instrument. It ramps to `value` at the parameter's published speed. */
export interface SetParameter {
  readonly type: "setParameter";
  readonly target: ParameterTarget;
  readonly index: number;
  /** Name of a field of the spec that may change, such as `initialMarginPpm`. */
  readonly parameter: string;
  readonly value: number;
}

/** Replaces a document that portfolio margin works from: its parameters, or the history that scenarios are drawn from. */
export interface SetRiskDocument {
  readonly type: "setRiskDocument";
  readonly document: "marginParameters" | "history";
  /** JSON in the format of docs/formats.md. */
  readonly text: string;
}

export interface PublishedPrice {
  /** Number of the feed: underlyings and asset feeds share one numbering, given when they are listed. */
  readonly feed: number;
  readonly priceMicros: number;
  readonly confidencePpm: number;
  /** When the publisher saw it. */
  readonly timeMs: number;
}

export interface PublishPrices {
  readonly type: "publishPrices";
  readonly prices: readonly PublishedPrice[];
}

/** One expiry of a surface in raw SVI, as in docs/surface.md, with its forward. */
export interface PublishedSlice {
  readonly expiryMs: number;
  readonly forwardMicros: number;
  readonly a: number;
  readonly b: number;
  readonly rho: number;
  readonly m: number;
  readonly sigma: number;
}

export interface PublishSurface {
  readonly type: "publishSurface";
  readonly underlying: number;
  readonly slices: readonly PublishedSlice[];
  readonly timeMs: number;
}

/** Opens an account owned by the signer. Its number comes in the event. */
export interface OpenAccount {
  readonly type: "openAccount";
  readonly marginMode: MarginMode;
}

export interface SetMarginMode {
  readonly type: "setMarginMode";
  readonly account: number;
  readonly marginMode: MarginMode;
}

/** Lets a session key (Ed25519) act for one account. Signed by its owner. */
export interface AuthorizeKey {
  readonly type: "authorizeKey";
  readonly account: number;
  readonly key: string;
  readonly canTrade: boolean;
  readonly canTransfer: boolean;
  readonly expiryMs: number;
  /** Largest notional of one order, micros of USD. 0: no limit. */
  readonly maxOrderNotionalMicros: number;
}

export interface RevokeKey {
  readonly type: "revokeKey";
  readonly account: number;
  readonly key: string;
}

/** Credits what arrived in a vault. Role `treasurer`. */
export interface Deposit {
  readonly type: "deposit";
  readonly account: number;
  readonly asset: number;
  readonly units: number;
  /** Unique per deposit, such as a transaction's hash and log index: the same reference is credited once. */
  readonly reference: string;
}

/** Holds the amount; `settleWithdrawal` pays it out or gives it back. */
export interface Withdraw {
  readonly type: "withdraw";
  readonly account: number;
  readonly asset: number;
  readonly units: number;
  readonly destination: string;
}

export interface SettleWithdrawal {
  readonly type: "settleWithdrawal";
  readonly withdrawal: number;
  readonly outcome: "paid" | "failed";
}

/** Between accounts of one owner. */
export interface Transfer {
  readonly type: "transfer";
  readonly account: number;
  readonly to: number;
  readonly asset: number;
  readonly units: number;
}

export interface PlaceOrder {
  readonly type: "placeOrder";
  readonly account: number;
  readonly instrument: number;
  readonly side: Side;
  /** Limit in ticks. 0: a market order, which the price band bounds and whose rest is cancelled. */
  readonly priceTicks: number;
  readonly lots: number;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  /** The owner's own number, unique among the account's open orders. 0: none. */
  readonly clientOrderId: number;
  /** For `gtt`. */
  readonly expiryMs: number;
  readonly selfTradePrevention: SelfTradePrevention;
  /** `stop` waits until the mark is at or beyond `triggerTicks` against the position, `takeProfit` in its favour. */
  readonly trigger: "none" | "stop" | "takeProfit";
  readonly triggerTicks: number;
  /** `best` takes from the book and the virtual AMM, whichever is better, step by step. */
  readonly route: "book" | "best";
}

/** By `orderId`, or by `clientOrderId` when `orderId` is 0. */
export interface CancelOrder {
  readonly type: "cancelOrder";
  readonly account: number;
  readonly orderId: number;
  readonly clientOrderId: number;
}

/** `instrument` −1: all instruments. */
export interface CancelAll {
  readonly type: "cancelAll";
  readonly account: number;
  readonly instrument: number;
}

/** New price and remaining size. Only a smaller size at the same price keeps its place in the queue. */
export interface AmendOrder {
  readonly type: "amendOrder";
  readonly account: number;
  readonly orderId: number;
  readonly clientOrderId: number;
  readonly priceTicks: number;
  readonly lots: number;
}

/** One instrument's two-sided quote. It replaces the account's former quote there; 0 lots leaves a side empty. */
export interface Quote {
  readonly instrument: number;
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

/** Post-only quotes on many instruments, margined together, applied together or not at all. */
export interface MassQuote {
  readonly type: "massQuote";
  readonly account: number;
  readonly quotes: readonly Quote[];
}

/** One leg of a block trade, from the requester's side. */
export interface Leg {
  readonly instrument: number;
  /** Signed: negative sells. */
  readonly lots: number;
}

/** Asks for a price of several legs at once. `counterparty` −1: anyone may answer. */
export interface RequestQuote {
  readonly type: "requestQuote";
  readonly account: number;
  readonly legs: readonly Leg[];
  readonly counterparty: number;
  readonly expiryMs: number;
}

/** Answers a request with a price for each leg, in ticks and in the order of its legs. */
export interface OfferQuote {
  readonly type: "offerQuote";
  readonly account: number;
  readonly request: number;
  readonly priceTicks: readonly number[];
  readonly expiryMs: number;
}

/** Trades all legs at once with the account that made the offer, or none. */
export interface AcceptQuote {
  readonly type: "acceptQuote";
  readonly account: number;
  readonly offer: number;
}

/** Gives a perpetual its virtual AMM. Role `operator`. */
export interface CreatePool {
  readonly type: "createPool";
  readonly instrument: number;
  readonly pool: VammSpec;
}

export interface AddLiquidity {
  readonly type: "addLiquidity";
  readonly account: number;
  readonly instrument: number;
  readonly units: number;
}

export interface RemoveLiquidity {
  readonly type: "removeLiquidity";
  readonly account: number;
  readonly instrument: number;
  readonly shares: number;
}

/** Pays into the budget that re-pegs and depth changes are paid from. */
export interface FundPoolBudget {
  readonly type: "fundPoolBudget";
  readonly account: number;
  readonly instrument: number;
  readonly units: number;
}

/** Re-pegs to `priceMicros` and scales the depth to `depthPpm` of what it is, if the budget can pay. Role `operator`. */
export interface AdjustPool {
  readonly type: "adjustPool";
  readonly instrument: number;
  readonly priceMicros: number;
  readonly depthPpm: number;
}
