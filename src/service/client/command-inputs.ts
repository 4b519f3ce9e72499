import { type AuctionType, type Tranche } from "../../clearing/protocol/default-commands.ts";
import {
  type CommandType,
  type GrantRole,
  type ListAsset,
  type ListInstrument,
  type ListUnderlying,
  type MarginMode,
  type PlaceOrder,
  type PublishedSlice,
  type SetParameter,
  type SetRiskDocument,
  type SettleWithdrawal,
  type Side,
  type TradingStatus,
} from "../../clearing/protocol/commands.ts";
import { type VammSpec } from "../../clearing/protocol/specs.ts";
import { type DecimalInput } from "./instrument.ts";

/**
 * What the client's methods take: names instead of numbers, decimals instead of ticks, lots and units. Prices are quote currency; sizes are
 * underlying, or quote currency of inverse instruments; amounts are whole assets. What is left out has the default of docs/protocol.md.
 */
export interface CommandInputs {
  openAccount: { readonly marginMode?: MarginMode };
  setMarginMode: { readonly account: number; readonly marginMode: MarginMode };
  authorizeKey: {
    readonly account: number;
    readonly key: string;
    readonly canTrade?: boolean;
    readonly canTransfer?: boolean;
    readonly expiryMs?: number;
    /** USD. Left out: no limit. */
    readonly maxOrderNotional?: DecimalInput;
  };
  revokeKey: { readonly account: number; readonly key: string };
  deposit: {
    readonly account: number;
    readonly asset: string;
    readonly amount: DecimalInput;
    readonly reference: string;
  };
  withdraw: {
    readonly account: number;
    readonly asset: string;
    readonly amount: DecimalInput;
    readonly destination: string;
  };
  settleWithdrawal: { readonly withdrawal: number; readonly outcome: SettleWithdrawal["outcome"] };
  transfer: {
    readonly account: number;
    readonly to: number;
    readonly asset: string;
    readonly amount: DecimalInput;
  };
  placeOrder: PlaceOrderInput;
  cancelOrder: { readonly account: number } & OrderReference;
  /** Without `instrument`: of all instruments. */
  cancelAll: { readonly account: number; readonly instrument?: string };
  amendOrder: {
    readonly account: number;
    readonly instrument: string;
    readonly price: DecimalInput;
    /** What is to stay open. */
    readonly size: DecimalInput;
  } & OrderReference;
  massQuote: { readonly account: number; readonly quotes: readonly QuoteInput[] };
  requestQuote: {
    readonly account: number;
    /** Signed sizes: negative sells. */
    readonly legs: readonly { readonly instrument: string; readonly size: DecimalInput }[];
    /** The account that may answer. Left out: anyone. */
    readonly counterparty?: number;
    readonly expiryMs: number;
  };
  offerQuote: {
    readonly account: number;
    readonly request: number;
    /** A price for each leg, in the order of the request. */
    readonly legs: readonly { readonly instrument: string; readonly price: DecimalInput }[];
    readonly expiryMs: number;
  };
  acceptQuote: { readonly account: number; readonly offer: number };
  createPool: { readonly instrument: string; readonly pool: VammSpec };
  addLiquidity: PoolPayment;
  /** `shares`: amount of the pool's share asset. */
  removeLiquidity: { readonly account: number; readonly instrument: string; readonly shares: DecimalInput };
  fundPoolBudget: PoolPayment;
  adjustPool: {
    readonly instrument: string;
    /** New peg. Left out: as it is. */
    readonly price?: DecimalInput;
    /** New depth as a multiple of the present one. Left out: as it is. */
    readonly depth?: DecimalInput;
  };
  grantRole: { readonly role: GrantRole["role"]; readonly key: string; readonly granted?: boolean };
  listAsset: Omit<ListAsset, "type">;
  listUnderlying: Omit<ListUnderlying, "type">;
  listInstrument: Omit<ListInstrument, "type">;
  setInstrumentStatus: { readonly instrument: string; readonly status: TradingStatus };
  setVenueStatus: { readonly status: TradingStatus };
  setParameter: {
    readonly parameter: string;
    /** In the parameter's own unit. */
    readonly value: number;
  } & ParameterOwner;
  setRiskDocument: Omit<SetRiskDocument, "type">;
  publishPrices: {
    readonly prices: readonly {
      /** Underlying or asset. */
      readonly feed: string;
      readonly price: DecimalInput;
      /** 0 to 1; 1. */
      readonly confidence?: DecimalInput;
      readonly timeMs: number;
    }[];
  };
  publishSurface: {
    readonly underlying: string;
    readonly slices: readonly PublishedSlice[];
    readonly timeMs: number;
  };
  /** `account` is the caller's; `target` is the account to look at. */
  callLiquidation: { readonly account: number; readonly target: number };
  bid: {
    readonly account: number;
    readonly auction: number;
    /** Most of what the account holds now: 0 to 1. */
    readonly share: DecimalInput;
    readonly auctionType: AuctionType;
    /** What the auction is paid in, as its view says. */
    readonly asset: string;
    /** Most that is paid, net. Left out: nothing. */
    readonly maxPaid?: DecimalInput;
    /** Least that is received, net: instead of `maxPaid`. */
    readonly minReceived?: DecimalInput;
  };
  /** `amount` of the asset that the fund is kept in. */
  stakeFund: { readonly account: number; readonly amount: DecimalInput };
  unstakeFund: { readonly account: number; readonly shares: DecimalInput };
  donateFund: { readonly account: number; readonly amount: DecimalInput } & TrancheInput;
  /** An option. `size` is signed: negative sells what the fund holds. */
  hedgeFund: { readonly instrument: string; readonly size: DecimalInput; readonly price: DecimalInput };
}

/** Whose parameter: one that is listed, or the venue's rules for accounts in default. */
export type ParameterOwner =
  | { readonly target: Exclude<SetParameter["target"], "liquidation">; readonly name: string }
  | { readonly target: "liquidation" };

/** A tranche of the insurance fund; markets have their own. */
export type TrancheInput =
  | { readonly tranche: Exclude<Tranche, "market"> }
  | { readonly tranche: "market"; readonly instrument: string };

/** Commands that clients send. */
export type ClientCommandType = Exclude<CommandType, "genesis" | "tick">;

/** By its number, or by the owner's own number. */
export type OrderReference = { readonly orderId: number } | { readonly clientOrderId: number };

export interface PlaceOrderInput {
  readonly account: number;
  readonly instrument: string;
  readonly side: Side;
  readonly size: DecimalInput;
  /** Limit. Left out: a market order, which the price band bounds and whose rest is cancelled. */
  readonly price?: DecimalInput;
  /** `gtc`; `ioc` for market orders; `gtt` when `expiryMs` is given. */
  readonly timeInForce?: PlaceOrder["timeInForce"];
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
  readonly clientOrderId?: number;
  readonly expiryMs?: number;
  readonly selfTradePrevention?: PlaceOrder["selfTradePrevention"];
  /** Waits until the mark is at `price` or beyond. */
  readonly trigger?: { readonly kind: "stop" | "takeProfit"; readonly price: DecimalInput };
  readonly route?: PlaceOrder["route"];
}

/** A side that is left out stays empty. */
export interface QuoteInput {
  readonly instrument: string;
  readonly bid?: { readonly price: DecimalInput; readonly size: DecimalInput };
  readonly ask?: { readonly price: DecimalInput; readonly size: DecimalInput };
}

interface PoolPayment {
  readonly account: number;
  readonly instrument: string;
  /** Of the settlement asset. */
  readonly amount: DecimalInput;
}
