/** Which way an order trades: 0 buys, 1 sells. */
export type Side = 0 | 1;
export const buy: Side = 0;
export const sell: Side = 1;

/** No slot, no level: what lookups give when there is nothing. */
export const none = -1;

/** Order prices are 1 … this many ticks. */
export const maxPriceTicks = 2_147_483_647;
/** An order's size is 1 … this many lots (2^40). */
export const maxOrderLots = 1_099_511_627_776;

/**
 * Bits of an order's `flags` that the book acts on. Bits 8 … 15 are the caller's own: kept with the order, never read here.
 */
export const orderFlags = {
  /** May only reduce its account's position: when it is reached, what {@link BookListener.reducibleLots} does not allow is cancelled. */
  reduceOnly: 1,
  /** Must rest: refused with `post-only` if it would trade. */
  postOnly: 2,
  /** With `postOnly`: instead of being refused, it rests one tick behind the best opposite price. */
  slide: 4,
} as const;

/** `gtc` rests what is not filled at once, `ioc` cancels it, `fok` fills whole or not at all. */
export type TimeInForce = "gtc" | "ioc" | "fok";

/**
 * What happens when an order meets one of its own account, decided by the incoming order. `cancel-resting` cancels the resting one and
 * goes on, `cancel-incoming` cancels what is left of the incoming one, `cancel-both` does both, `decrement` takes the smaller size
 * off both without a trade.
 */
export type SelfTrade = "cancel-resting" | "cancel-incoming" | "cancel-both" | "decrement";

/** Why lots of a resting order went without a trade. The caller names its own reasons in `cancel` and `cancelAll`. */
export type CancelReason = "cancelled" | "self-trade" | "expired" | "reduce-only" | "liquidated" | "delisted";

/** What a command may look at: the time, and how many resting orders it may meet before it is stopped. */
export interface MatchBounds {
  /** Resting orders with `expiryMs` at or before this instant no longer trade. */
  readonly nowMs: number;
  /** Resting orders that may be met (filled, cancelled or passed over), ≥ 1. */
  readonly maxSteps: number;
}

export interface Intent extends MatchBounds {
  readonly side: Side;
  /** Worst price, 1 … 2^31 − 1. A market order is an `ioc` whose worst price protects it. */
  readonly priceTicks: number;
  /** 1 … 2^40. A reduce-only order's caller has already cut it to the position. */
  readonly lots: number;
  readonly account: number;
  readonly selfTrade: SelfTrade;
}

export interface IncomingOrder extends Intent {
  /** Safe integer ≥ 1, never used before. */
  readonly orderId: number;
  /** Time priority, a safe integer above that of every order already resting. */
  readonly priority: number;
  readonly timeInForce: TimeInForce;
  /** See {@link orderFlags}. */
  readonly flags: number;
  /** Safe integer, unique among its account's resting orders; 0 for none. */
  readonly clientOrderId: number;
  /** The instant at which it leaves the book; 0 for never. */
  readonly expiryMs: number;
}

/** A change to a resting order. The same price and no more lots keeps its time priority; anything else is cancel and replace. */
export interface Amendment extends MatchBounds {
  readonly priceTicks: number;
  /**
   * New total size, lots already filled included: at or below those, the order is cancelled. At most 2^40 above them.
   */
  readonly lots: number;
  /** As of a new order; used only if priority is lost. */
  readonly priority: number;
  readonly selfTrade: SelfTrade;
}

/** Why an order was refused (nothing changed), or why what was left of it did not rest. */
export type OutcomeReason =
  | "none"
  /** Refused: would have traded. */
  | "post-only"
  /** Refused: cannot be filled whole. */
  | "fill-or-kill"
  /** Refused: another resting order of the account carries this client order id. */
  | "client-order-id"
  /** Refused: the pool or the price level cannot take more. */
  | "book-full"
  /** The rest met an order of its own account. */
  | "self-trade"
  /** The rest of an `ioc`. */
  | "immediate"
  /** Met `maxSteps` resting orders. */
  | "step-bound"
  /** One more fill would have brought lots × ticks past 2^53 − 1. */
  | "cost-bound"
  /** An amendment to a size that is already filled. */
  | "amended"
  /** Refused: its own expiry has come. */
  | "expired";

/** What became of an order. The book reuses this object: read it before the next call. */
export interface Outcome {
  /** `rested` and `filled` say the whole truth; `cancelled`: what was left did not rest; `rejected`: nothing changed. */
  readonly status: "rested" | "filled" | "cancelled" | "rejected";
  readonly reason: OutcomeReason;
  /** Where it rests, or `none`. */
  readonly slot: number;
  /** The price at which it rests or, had anything been left, would have: a sliding order's may differ from what it asked for. */
  readonly priceTicks: number;
  readonly filledLots: number;
  /** Σ lots × ticks of its fills. */
  readonly costLotTicks: number;
  /** Lots taken off by `decrement` without a trade. */
  readonly decrementedLots: number;
  readonly restingLots: number;
  /** Lots that neither traded, nor were decremented, nor rest. 0 when rejected. */
  readonly cancelledLots: number;
  readonly fills: number;
  /** Only of amendments: whether time priority was kept. */
  readonly keptPriority: boolean;
}

/** What an intent would do now. The book reuses this object: read it before the next call. */
export interface Preview {
  readonly fillableLots: number;
  /** Σ lots × ticks, a safe integer. */
  readonly costLotTicks: number;
  /** The worst price it would trade at; 0 if it would not trade. */
  readonly worstTicks: number;
  readonly decrementedLots: number;
  /** What stops it before price or size do: the same as `match` would give. */
  readonly stop: "none" | "self-trade" | "step-bound" | "cost-bound";
}

/**
 * Told of everything that happens to resting orders, but for what an {@link Outcome} says of the order that was given. Called in the middle of a change: it may read orders, not touch the books.
 */
export interface BookListener {
  /** A resting order traded. Its columns are those after the fill; at 0 remaining lots it is gone when this returns. */
  onFill(makerSlot: number, lots: number, priceTicks: number): void;
  /** A resting order lost lots without a trade. Its columns are those after it; at 0 remaining lots it is gone when this returns. */
  onCancel(slot: number, lots: number, reason: CancelReason): void;
  /** The total at a price is now this; 0 says that the level is gone. Matching says so once per level. */
  onLevel(instrument: number, side: Side, priceTicks: number, totalLots: number): void;
  /**
   * Lots by which an order of this side could reduce the account's position now, fills already announced included; ≥ 0.
   * Asked when a reduce-only order is met.
   */
  reducibleLots(account: number, instrument: number, side: Side, slot: number): number;
  /** Do these two accounts, which differ, belong to one party that must not trade with itself? Left out: no two do. */
  isSameParty?(account: number, other: number): boolean;
  /** Whether every resting order of an instrument is met as if it were reduce-only; left out: none is. Asked once per incoming order. */
  lessensOnly?(instrument: number): boolean;
}

export interface DepthLevel {
  readonly priceTicks: number;
  readonly lots: number;
  readonly orders: number;
}
