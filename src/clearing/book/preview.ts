import { type OrderBook } from "./order-book.ts";
import { type OrderPool } from "./order-pool.ts";
import { buy, type Intent, none, orderFlags, type Preview, sell } from "./order.ts";

/** What matching would do to an intent: the same steps as `OrderBook.match`, in the same order, changing nothing. */
export function previewOf(
  book: OrderBook,
  pool: OrderPool,
  intent: Intent,
  result: { -readonly [K in keyof Preview]: Preview[K] },
): Preview {
  const { side, priceTicks, lots, account, selfTrade, nowMs, maxSteps } = intent;
  const { columns: c, arena, listener } = pool;
  const { ticks, head, above, below } = arena;
  const away = side === buy ? above : below;
  const makerSide = side === buy ? sell : buy;
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
  for (; level !== none && remaining > 0; level = away[level]!) {
    const price = ticks[level]!;
    if (side === buy ? price > priceTicks : price < priceTicks) break;
    for (let slot = head[level]!; slot !== none && remaining > 0; slot = c.next[slot]!) {
      if (steps++ === maxSteps) {
        result.stop = "step-bound";
        return result;
      }
      if (c.expiryMs[slot] !== 0 && c.expiryMs[slot]! <= nowMs) continue;
      let resting = c.remainingLots[slot]!;
      const maker = c.account[slot]!;
      if (maker === account) {
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
      const reduces = pool.accountReduceOnlyCount(maker) > 0;
      if (reduces && (c.flags[slot]! & orderFlags.reduceOnly) !== 0) {
        const allowed = listener.reducibleLots(maker, book.instrument, makerSide) - (traded?.get(maker) ?? 0);
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
