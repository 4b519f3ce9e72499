import { type DefaultEvent } from "./default-events.ts";
import {
  type MarginMode,
  type ParameterTarget,
  type Role,
  type Side,
  type TradingStatus,
} from "./commands.ts";
import { type RejectionCode } from "./rejections.ts";
import { type AssetSpec, type InstrumentSpec, type UnderlyingSpec, type VammSpec } from "./specs.ts";

/**
 * What happened. Every change of state that anyone outside can see is an event; the same journal gives the same events. Each belongs
 * to the envelope being applied, whose sequence and time go with it.
 */
export type ClearingEvent =
  | VenueOpened
  | Rejected
  | RoleGranted
  | AssetListed
  | UnderlyingListed
  | InstrumentListed
  | InstrumentStatusChanged
  | VenueStatusChanged
  | ParameterRamping
  | ParameterReached
  | RiskDocumentChanged
  | IndexChanged
  | MarkChanged
  | SurfaceChanged
  | AccountOpened
  | MarginModeChanged
  | KeyAuthorized
  | KeyRevoked
  | BalanceChanged
  | WithdrawalRequested
  | WithdrawalSettled
  | OrderAccepted
  | OrderRested
  | OrderFilled
  | OrderAmended
  | OrderCancelled
  | OrderTriggered
  | Traded
  | PositionChanged
  | QuoteRequested
  | QuoteOffered
  | QuoteAccepted
  | QuoteExpired
  | FundingRateSet
  | FundingPaid
  | InterestRateSet
  | InterestPaid
  | InstrumentSettled
  | PoolCreated
  | PoolChanged
  | MarginCalled
  | MarginRestored
  | DefaultEvent;

export type * from "./default-events.ts";

export type ClearingEventType = ClearingEvent["type"];

export interface VenueOpened {
  readonly type: "venueOpened";
  readonly venue: string;
  readonly chainId: number;
}

/** The command changed nothing (but used its nonce, when the signer was known). */
export interface Rejected {
  readonly type: "rejected";
  readonly code: RejectionCode;
  readonly field: string;
  readonly value: string;
  readonly limit: string;
  /** The account the command named, −1 if none. */
  readonly account: number;
}

export interface RoleGranted {
  readonly type: "roleGranted";
  readonly role: Role;
  readonly key: string;
  readonly granted: boolean;
}

export interface AssetListed {
  readonly type: "assetListed";
  readonly index: number;
  /** Number of its price feed, −1 if it has none. */
  readonly feed: number;
  readonly asset: AssetSpec;
}

export interface UnderlyingListed {
  readonly type: "underlyingListed";
  readonly index: number;
  readonly feed: number;
  readonly underlying: UnderlyingSpec;
}

export interface InstrumentListed {
  readonly type: "instrumentListed";
  readonly index: number;
  readonly instrument: InstrumentSpec;
}

export interface InstrumentStatusChanged {
  readonly type: "instrumentStatusChanged";
  readonly instrument: number;
  readonly status: TradingStatus;
}

export interface VenueStatusChanged {
  readonly type: "venueStatusChanged";
  readonly status: TradingStatus;
}

export interface ParameterRamping {
  readonly type: "parameterRamping";
  readonly target: ParameterTarget;
  readonly index: number;
  readonly parameter: string;
  readonly from: number;
  readonly to: number;
  readonly endsMs: number;
}

export interface ParameterReached {
  readonly type: "parameterReached";
  readonly target: ParameterTarget;
  readonly index: number;
  readonly parameter: string;
  readonly value: number;
}

export interface RiskDocumentChanged {
  readonly type: "riskDocumentChanged";
  readonly document: "marginParameters" | "history";
}

/** A feed's aggregated price. */
export interface IndexChanged {
  readonly type: "indexChanged";
  readonly feed: number;
  readonly priceMicros: number;
  readonly confidencePpm: number;
}

export interface MarkChanged {
  readonly type: "markChanged";
  readonly instrument: number;
  readonly priceMicros: number;
}

export interface SurfaceChanged {
  readonly type: "surfaceChanged";
  readonly underlying: number;
  readonly sliceCount: number;
}

export interface AccountOpened {
  readonly type: "accountOpened";
  readonly account: number;
  readonly owner: string;
  readonly marginMode: MarginMode;
}

export interface MarginModeChanged {
  readonly type: "marginModeChanged";
  readonly account: number;
  readonly marginMode: MarginMode;
}

export interface KeyAuthorized {
  readonly type: "keyAuthorized";
  readonly account: number;
  readonly key: string;
  readonly expiryMs: number;
}

export interface KeyRevoked {
  readonly type: "keyRevoked";
  readonly account: number;
  readonly key: string;
}

/** Why value moved. */
export type MovementReason =
  | "deposit"
  | "withdrawal"
  | "withdrawalReturned"
  | "transfer"
  | "trade"
  | "premium"
  | "fee"
  | "realisedProfit"
  | "funding"
  | "interest"
  | "settlement"
  | "pool"
  | "dust"
  | "liquidationFee"
  | "auction"
  | "insurance"
  | "deleveraging"
  | "socialisedLoss"
  | "stake"
  | "incentive";

/** One account's balance of one asset after a movement. `units` is signed: positive was credited. */
export interface BalanceChanged {
  readonly type: "balanceChanged";
  readonly account: number;
  readonly asset: number;
  readonly units: number;
  readonly balanceUnits: number;
  readonly reason: MovementReason;
}

export interface WithdrawalRequested {
  readonly type: "withdrawalRequested";
  readonly withdrawal: number;
  readonly account: number;
  readonly asset: number;
  readonly units: number;
  readonly destination: string;
}

export interface WithdrawalSettled {
  readonly type: "withdrawalSettled";
  readonly withdrawal: number;
  readonly account: number;
  readonly asset: number;
  readonly units: number;
  readonly outcome: "paid" | "failed";
}

/** An order was accepted; what became of it follows. */
export interface OrderAccepted {
  readonly type: "orderAccepted";
  readonly orderId: number;
  readonly account: number;
  readonly instrument: number;
  readonly side: Side;
  readonly priceTicks: number;
  readonly lots: number;
  readonly clientOrderId: number;
  /** True while it waits for its trigger. */
  readonly waiting: boolean;
}

/** What is left of it rests in the book. */
export interface OrderRested {
  readonly type: "orderRested";
  readonly orderId: number;
  readonly account: number;
  readonly instrument: number;
  readonly side: Side;
  readonly priceTicks: number;
  readonly lots: number;
}

/** One side of a trade, privately. */
export interface OrderFilled {
  readonly type: "orderFilled";
  readonly orderId: number;
  readonly account: number;
  readonly instrument: number;
  readonly side: Side;
  readonly priceTicks: number;
  readonly lots: number;
  /** Of the order, still open. */
  readonly remainingLots: number;
  readonly tradeId: number;
  readonly role: "maker" | "taker";
  /** In the settlement asset; negative is a rebate. */
  readonly feeUnits: number;
}

export interface OrderAmended {
  readonly type: "orderAmended";
  readonly orderId: number;
  readonly account: number;
  readonly instrument: number;
  readonly priceTicks: number;
  readonly lots: number;
  readonly keptPriority: boolean;
}

export type CancelReason =
  | "requested"
  | "unfilled"
  | "selfTrade"
  | "expired"
  | "replaced"
  | "reduceOnly"
  | "instrumentClosed"
  | "margin"
  | "triggerFailed"
  | "liquidation";

export interface OrderCancelled {
  readonly type: "orderCancelled";
  readonly orderId: number;
  readonly account: number;
  readonly instrument: number;
  readonly lots: number;
  readonly clientOrderId: number;
  readonly reason: CancelReason;
}

export interface OrderTriggered {
  readonly type: "orderTriggered";
  readonly orderId: number;
  readonly account: number;
  readonly instrument: number;
}

/** One trade, publicly. Prices of the virtual AMM need not be whole ticks, so the exact price is in micros. */
export interface Traded {
  readonly type: "traded";
  readonly tradeId: number;
  readonly instrument: number;
  readonly priceMicros: number;
  readonly lots: number;
  readonly takerSide: Side;
  readonly source: "book" | "pool" | "block" | "auction" | "deleveraging";
}

/** An account's position after a change. */
export interface PositionChanged {
  readonly type: "positionChanged";
  readonly account: number;
  readonly instrument: number;
  /** Signed. */
  readonly lots: number;
  /** Signed cost of what is open, settlement units: entry price × lots. */
  readonly entryUnits: number;
}

export interface QuoteRequested {
  readonly type: "quoteRequested";
  readonly request: number;
  readonly account: number;
  readonly counterparty: number;
  readonly legs: readonly { readonly instrument: number; readonly lots: number }[];
  readonly expiryMs: number;
}

export interface QuoteOffered {
  readonly type: "quoteOffered";
  readonly offer: number;
  readonly request: number;
  readonly account: number;
  readonly priceTicks: readonly number[];
  readonly expiryMs: number;
}

export interface QuoteAccepted {
  readonly type: "quoteAccepted";
  readonly offer: number;
  readonly request: number;
  readonly account: number;
  readonly maker: number;
}

export interface QuoteExpired {
  readonly type: "quoteExpired";
  readonly request: number;
}

/** Rate of the interval that just ended; positive: longs pay shorts. */
export interface FundingRateSet {
  readonly type: "fundingRateSet";
  readonly instrument: number;
  readonly ratePpb: number;
  readonly premiumPpb: number;
  readonly indexMicros: number;
}

/** Funding settled for one position; positive was received. */
export interface FundingPaid {
  readonly type: "fundingPaid";
  readonly account: number;
  readonly instrument: number;
  readonly units: number;
}

export interface InterestRateSet {
  readonly type: "interestRateSet";
  readonly asset: number;
  /** Per year. */
  readonly borrowPpb: number;
  readonly supplyPpb: number;
}

/** Interest settled for one balance; positive was received. */
export interface InterestPaid {
  readonly type: "interestPaid";
  readonly account: number;
  readonly asset: number;
  readonly units: number;
}

/** A future or option expired at a price; all its positions are closed. */
export interface InstrumentSettled {
  readonly type: "instrumentSettled";
  readonly instrument: number;
  readonly settlementMicros: number;
  readonly positionCount: number;
}

export interface PoolCreated {
  readonly type: "poolCreated";
  readonly instrument: number;
  readonly pool: VammSpec;
  /** The account that holds the pool's collateral and position. */
  readonly account: number;
}

export interface PoolChanged {
  readonly type: "poolChanged";
  readonly instrument: number;
  readonly priceMicros: number;
  readonly shares: number;
  readonly budgetUnits: number;
  /** Most that the pool can still lose, settlement units. */
  readonly worstLossUnits: number;
}

/** The account is below its maintenance margin. */
export interface MarginCalled {
  readonly type: "marginCalled";
  readonly account: number;
  /** USD micros. */
  readonly equityMicros: number;
  readonly initialMicros: number;
  readonly maintenanceMicros: number;
}

export interface MarginRestored {
  readonly type: "marginRestored";
  readonly account: number;
}
