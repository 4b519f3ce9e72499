// Random commands for order books: each seed has its own market, from a few ticks to all of them, from tiny bounds to wide ones.
import {
  type Amendment,
  buy,
  type IncomingOrder,
  type Intent,
  maxOrderLots,
  maxPriceTicks,
  orderFlags,
  sell,
  type SelfTrade,
  type Side,
  type TimeInForce,
} from "../../src/clearing/book/index.ts";
import { randomStream, type RandomStream } from "../../src/numerics/index.ts";
import { type NaiveBooks, type NaiveOrder } from "./book-twin.ts";

export type Command =
  | { readonly type: "match"; readonly instrument: number; readonly order: IncomingOrder }
  | { readonly type: "preview"; readonly instrument: number; readonly intent: Intent }
  | { readonly type: "amend"; readonly orderId: number; readonly change: Amendment }
  | { readonly type: "cancel"; readonly orderId: number }
  | {
      readonly type: "cancel-all";
      readonly account: number;
      readonly only: { instrument?: number; side?: Side };
    }
  | { readonly type: "expire"; readonly nowMs: number; readonly maxCount: number }
  | {
      readonly type: "limit-reduce-only";
      readonly account: number;
      readonly instrument: number;
      readonly side: Side;
      readonly maxLots: number;
    };

export interface Flow {
  readonly random: RandomStream;
  readonly accounts: number;
  readonly instruments: number;
  readonly maxOrders: number;
  /** The next command, given what rests now. */
  next(books: NaiveBooks): Command;
}

export function flowOf(seed: number): Flow {
  const random = randomStream(seed);
  const pick = <T>(items: readonly T[]): T => items[random.nextBelow(items.length)]!;
  const oneIn = (n: number): boolean => random.nextBelow(n) === 0;
  const accounts = pick([2, 4, 9]);
  const instruments = pick([1, 3]);
  const maxOrders = pick([12, 60, 60, 400]);
  const width = pick([3, 12, 200, 100_000]);
  const center = pick([1, 3, 5000, 1 << 20, 1_000_000_007, maxPriceTicks - 2, maxPriceTicks]);
  const usualLots = pick([3, 20, 20, 1_000_000, maxOrderLots]);
  const usualSteps = pick([2, 5, 1000]);
  const cancelEvery = maxOrders === 400 ? 30 : pick([4, 8]);
  let nowMs = 1_000_000;
  let nextId = 1;

  const price = (): number => {
    if (oneIn(20)) return 1 + random.nextBelow(maxPriceTicks);
    return Math.min(maxPriceTicks, Math.max(1, center + random.nextBelow(width) - (width >> 1)));
  };
  const lots = (): number => 1 + Math.floor(random.nextFloat() * (oneIn(30) ? maxOrderLots : usualLots));
  const side = (): Side => pick([buy, sell]);
  const selfTrade = (): SelfTrade => pick(["cancel-resting", "cancel-incoming", "cancel-both", "decrement"]);
  const bounds = (): { nowMs: number; maxSteps: number } => ({ nowMs, maxSteps: oneIn(10) ? 1 : usualSteps });
  const intent = (): Intent => ({
    side: side(),
    priceTicks: price(),
    lots: lots(),
    account: random.nextBelow(accounts),
    selfTrade: selfTrade(),
    ...bounds(),
  });
  const flags = (): number =>
    pick([
      0,
      0,
      0,
      orderFlags.reduceOnly,
      orderFlags.postOnly,
      orderFlags.postOnly | orderFlags.slide,
      0x4100,
    ]);
  const timeInForce = (): TimeInForce => pick(["gtc", "gtc", "gtc", "gtc", "ioc", "fok"]);

  const match = (): Command => {
    const orderId = nextId++;
    const order: IncomingOrder = {
      ...intent(),
      orderId: orderId * 10_000_000_001,
      priority: orderId,
      flags: flags(),
      timeInForce: timeInForce(),
      clientOrderId: oneIn(3) ? 1 + random.nextBelow(6) * 4_294_967_296 : 0,
      expiryMs: oneIn(4) ? nowMs + random.nextBelow(60) : 0,
    };
    return { type: "match", instrument: random.nextBelow(instruments), order };
  };
  const amend = (order: NaiveOrder): Command => {
    const samePrice = oneIn(2);
    const change: Amendment = {
      priceTicks: samePrice ? order.priceTicks : price(),
      lots: oneIn(2)
        ? Math.min(maxOrderLots, order.filledLots + 1 + random.nextBelow(Math.min(order.remainingLots, 100)))
        : lots(),
      priority: nextId++,
      selfTrade: selfTrade(),
      ...bounds(),
    };
    return { type: "amend", orderId: order.orderId, change };
  };

  return {
    random,
    accounts,
    instruments,
    maxOrders,
    next(books) {
      if (oneIn(5)) nowMs += random.nextBelow(10);
      const resting = books.orders.length > 0 ? pick(books.orders) : undefined;
      if (resting && oneIn(cancelEvery)) return { type: "cancel", orderId: resting.orderId };
      if (resting && oneIn(8)) return amend(resting);
      if (oneIn(6)) return { type: "preview", instrument: random.nextBelow(instruments), intent: intent() };
      if (oneIn(20)) return { type: "expire", nowMs, maxCount: pick([1, 3, 1000]) };
      if (oneIn(60)) {
        const only = {
          ...(oneIn(2) ? { instrument: random.nextBelow(instruments) } : {}),
          ...(oneIn(2) ? { side: side() } : {}),
        };
        return { type: "cancel-all", account: random.nextBelow(accounts), only };
      }
      if (oneIn(20)) {
        const account = random.nextBelow(accounts);
        const instrument = random.nextBelow(instruments);
        const of = side();
        const maxLots = books.reducibleLots(account, instrument, of);
        return { type: "limit-reduce-only", account, instrument, side: of, maxLots };
      }
      return match();
    },
  };
}
