export { OrderBook } from "./order-book.ts";
export { OrderPool, type OrderPoolOptions } from "./order-pool.ts";
export {
  type Amendment,
  type BookListener,
  buy,
  type CancelReason,
  type DepthLevel,
  type IncomingOrder,
  type Intent,
  type MatchBounds,
  maxOrderLots,
  maxPriceTicks,
  none,
  orderFlags,
  type Outcome,
  type OutcomeReason,
  type Preview,
  sell,
  type SelfTrade,
  type Side,
  type TimeInForce,
} from "./order.ts";
export { TriggerBook, type TriggerBookOptions } from "./trigger-book.ts";
export {
  type PriceInTicks,
  type TriggerDirection,
  type TriggerOrder,
  type TriggerSource,
} from "./trigger.ts";
