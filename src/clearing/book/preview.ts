import { type OrderPool } from "./order-pool.ts";
import { orderDoubles, orderFields, orderIntegers } from "./order-records.ts";
import {
  buy,
  type Intent,
  type MatchBounds,
  none,
  orderFlags,
  type Preview,
  sell,
  type Side,
} from "./order.ts";
import { type RestingOrders } from "./resting-orders.ts";

const { remainingLots, expiryMs, account: accountAt, sideFlags, next } = orderFields;

/** What matching would do to an intent: the same steps as `OrderBook.match`, in the same order, changing nothing. */
export function previewOf(
  book: RestingOrders,
  pool: OrderPool,
  intent: Intent,
  result: { -readonly [K in keyof Preview]: Preview[K] },
): Preview {
  const { side, priceTicks, lots, account, selfTrade, nowMs, maxSteps } = intent;
  const { arena, listener } = pool;
  const { doubles, integers } = pool.records;
  const makerSide = side === buy ? sell : buy;
  const lessensOnly = listener.lessensOnly?.(book.instrument) === true;
  /** Lots that accounts with reduce-only orders traded so far, which shrinks their positions. */
  let traded: Map<number, number> | undefined;
  let remaining = lots;
  let steps = 0;
  result.fillableLots = 0;
  result.costLotTicks = 0;
  result.worstTicks = 0;
  result.decrementedLots = 0;
  result.stop = "none";
  let level = side === buy ? book.bestAsk : book.bestBid;
  for (; level !== none && remaining > 0; level = side === buy ? arena.above(level) : arena.below(level)) {
    const price = arena.ticks(level);
    if (side === buy ? price > priceTicks : price < priceTicks) break;
    for (
      let slot = arena.head(level);
      slot !== none && remaining > 0;
      slot = integers[slot * orderIntegers + next]!
    ) {
      if (steps++ === maxSteps) {
        result.stop = "step-bound";
        return result;
      }
      const expiry = doubles[slot * orderDoubles + expiryMs]!;
      if (expiry !== 0 && expiry <= nowMs) continue;
      let resting = doubles[slot * orderDoubles + remainingLots]!;
      const maker = integers[slot * orderIntegers + accountAt]! >>> 0;
      if (maker === account || listener.isSameParty?.(maker, account) === true) {
        if (selfTrade === "decrement") {
          const off = Math.min(resting, remaining);
          remaining -= off;
          result.decrementedLots += off;
        } else if (selfTrade !== "cancel-resting") {
          result.stop = "self-trade";
          return result;
        }
        continue;
      }
      const reduces = lessensOnly || pool.accountReduceOnlyCount(maker) > 0;
      const isCut = (integers[slot * orderIntegers + sideFlags]! & (orderFlags.reduceOnly << 8)) !== 0;
      if (lessensOnly || (reduces && isCut)) {
        const allowed =
          listener.reducibleLots(maker, book.instrument, makerSide, slot) - (traded?.get(maker) ?? 0);
        if (allowed <= 0) continue;
        resting = Math.min(resting, allowed);
      }
      const fill = Math.min(resting, remaining);
      if (result.costLotTicks + fill * price > Number.MAX_SAFE_INTEGER) {
        result.stop = "cost-bound";
        return result;
      }
      remaining -= fill;
      result.fillableLots += fill;
      result.costLotTicks += fill * price;
      result.worstTicks = price;
      if (reduces) {
        traded ??= new Map();
        traded.set(maker, (traded.get(maker) ?? 0) + fill);
      }
    }
  }
  return result;
}

/** One side's best price among orders that have not expired: 0 if there is none, `none` if `maxSteps` orders did not tell. */
export function bestLiveTicks(book: RestingOrders, pool: OrderPool, side: Side, bounds: MatchBounds): number {
  const { arena } = pool;
  const { doubles, integers } = pool.records;
  let steps = 0;
  let level = side === buy ? book.bestBid : book.bestAsk;
  while (level !== none) {
    for (let slot = arena.head(level); slot !== none; slot = integers[slot * orderIntegers + next]!) {
      const expiry = doubles[slot * orderDoubles + expiryMs]!;
      if (expiry === 0 || expiry > bounds.nowMs) return arena.ticks(level);
      if (++steps === bounds.maxSteps) return none;
    }
    level = side === buy ? arena.below(level) : arena.above(level);
  }
  return 0;
}
