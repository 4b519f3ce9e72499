import { type SelfTrade, type Side, type TimeInForce } from "./order.ts";

/** Which price a trigger watches. */
export type TriggerSource = "mark" | "last";
/** `rise` fires at or above its price, `fall` at or below: a stop to buy rises, a stop to sell falls, take-profits the other way. */
export type TriggerDirection = "rise" | "fall";

/** An order that waits for a price. Everything but its trigger is kept for the caller and not read here. */
export interface TriggerOrder {
  /** Safe integer ≥ 1, never used before. */
  readonly orderId: number;
  readonly account: number;
  readonly instrument: number;
  /** 1 … 2^31 − 1. */
  readonly triggerTicks: number;
  readonly direction: TriggerDirection;
  readonly source: TriggerSource;
  readonly side: Side;
  /** 0 … 2^40; 0 where the caller means the whole position. */
  readonly lots: number;
  /** The price limit once released; 0 for a market order. */
  readonly limitTicks: number;
  readonly timeInForce: TimeInForce;
  readonly selfTrade: SelfTrade;
  /** 16 bits, as of `orderFlags`. */
  readonly flags: number;
  /** Safe integer, unique among its account's waiting orders; 0 for none. */
  readonly clientOrderId: number;
  /** The instant at which it stops waiting; 0 for never. */
  readonly expiryMs: number;
  /** A safe integer above that of every order already waiting. */
  readonly priority: number;
}

/** Two whole ticks about a price that need not be one: the same where it is. */
export interface PriceInTicks {
  readonly floorTicks: number;
  readonly ceilTicks: number;
}
