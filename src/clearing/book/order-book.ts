import { invariant } from "../../quantity/error.ts";
import { orderDoubles, orderFields, orderIntegers } from "./order-records.ts";
import {
  type Amendment,
  buy,
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
import { bestLiveTicks, previewOf } from "./preview.ts";
import { RestingOrders } from "./resting-orders.ts";

const { remainingLots, filledLots, expiryMs, sideFlags } = orderFields;
const { account: accountAt, priceTicks: priceAt, next: nextAt } = orderFields;
const reduceOnlyBit = orderFlags.reduceOnly << 8;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * One instrument's order book: lets incoming orders trade with those that rest, by price, then time priority. Never crossed: whatever would
 * trade does or is cancelled.
 */
export class OrderBook extends RestingOrders {
  readonly #outcome: Mutable<Outcome> = {
    status: "rejected",
    reason: "none",
    slot: none,
    priceTicks: 0,
    filledLots: 0,
    costLotTicks: 0,
    decrementedLots: 0,
    restingLots: 0,
    cancelledLots: 0,
    fills: 0,
    keptPriority: false,
  };
  readonly #preview: Mutable<Preview> = {
    fillableLots: 0,
    costLotTicks: 0,
    worstTicks: 0,
    decrementedLots: 0,
    stop: "none",
  };

  /** What {@link match} would trade now, without doing it. */
  preview(intent: Intent): Preview {
    return previewOf(this, this.pool, intent, this.#preview);
  }

  /**
   * Trades an incoming order against the resting ones as far as its price allows, and rests or cancels what is left. Refusals come before
   * any change.
   */
  match(order: IncomingOrder): Outcome {
    const { side, lots, account, timeInForce } = order;
    invariant(!this.pool.locked, "a book is not changed while it announces a change");
    invariant(lots >= 1 && lots <= maxOrderLots && Number.isSafeInteger(lots), "an order's size is in lots");
    invariant(order.orderId >= 1 && Number.isSafeInteger(order.orderId), "an order has an id");
    const outcome = this.#begin(order.priceTicks);
    if (order.expiryMs !== 0 && order.expiryMs <= order.nowMs) return this.#reject("expired");
    if (order.clientOrderId !== 0 && this.pool.findClient(account, order.clientOrderId) !== none) {
      return this.#reject("client-order-id");
    }
    if ((order.flags & orderFlags.postOnly) !== 0 && !this.#admitPrice(side, order.flags, order))
      return outcome;
    const priceTicks = outcome.priceTicks;
    if (timeInForce === "fok") {
      if (this.preview(order).fillableLots < lots) return this.#reject("fill-or-kill");
    } else if (timeInForce === "gtc") {
      if (this.pool.orderCount >= this.pool.maxOrders || !this.hasRoom(side, priceTicks, lots)) {
        return this.#reject("book-full");
      }
    }
    let remaining = lots;
    if (this.crosses(side, priceTicks)) {
      remaining = this.#trade(side, priceTicks, lots, account, order.selfTrade, order);
    }
    if (this.#settle(remaining, timeInForce)) {
      const slot = this.pool.add(order, this.instrument, priceTicks, remaining, outcome.filledLots);
      outcome.slot = slot;
      this.announce(side, priceTicks, this.arena.lots(this.link(slot)));
    }
    return outcome;
  }

  /**
   * Changes a resting order's price or size. With the same price and no more lots it keeps its time priority. Otherwise it leaves and
   * comes back as if new, under the same ids and, if it rests, in the same slot. Refusals come before any change.
   */
  amend(slot: number, change: Amendment): Outcome {
    invariant(!this.pool.locked, "a book is not changed while it announces a change");
    const pool = this.pool;
    const side = pool.side(slot);
    const priceBefore = pool.priceTicks(slot);
    const before = pool.remainingLots(slot);
    const lots = change.lots - pool.filledLots(slot);
    invariant(pool.orderId(slot) >= 1, "an order that is amended rests");
    invariant(lots <= maxOrderLots && Number.isSafeInteger(change.lots), "an order's size is in lots");
    const outcome = this.#begin(change.priceTicks);
    if (pool.expiryMs(slot) !== 0 && pool.expiryMs(slot) <= change.nowMs) return this.#reject("expired");
    if (lots <= 0) {
      outcome.status = "cancelled";
      outcome.reason = "amended";
      outcome.cancelledLots = before;
      this.leave(slot);
      pool.free(slot);
      return outcome;
    }
    if (change.priceTicks === priceBefore && lots <= before) {
      outcome.status = "rested";
      outcome.keptPriority = true;
      outcome.slot = slot;
      outcome.restingLots = lots;
      if (lots < before) {
        this.shrink(slot, before - lots);
        this.announce(side, priceBefore, this.arena.lots(this.levelOf(slot)));
      }
      return outcome;
    }
    const flags = pool.flags(slot);
    if ((flags & orderFlags.postOnly) !== 0 && !this.#admitPrice(side, flags, change)) return outcome;
    const { priceTicks } = outcome;
    const added = priceTicks === priceBefore ? lots - before : lots;
    if (!this.hasRoom(side, priceTicks, added)) return this.#reject("book-full");
    this.leave(slot);
    const remaining = this.#trade(side, priceTicks, lots, pool.account(slot), change.selfTrade, change);
    const { doubles, integers } = this.records;
    doubles[slot * orderDoubles + filledLots]! += outcome.filledLots;
    if (this.#settle(remaining, "gtc")) {
      integers[slot * orderIntegers + priceAt] = priceTicks;
      doubles[slot * orderDoubles + remainingLots] = remaining;
      pool.setPriority(slot, change.priority);
      outcome.slot = slot;
      this.announce(side, priceTicks, this.arena.lots(this.link(slot)));
    } else pool.free(slot);
    return outcome;
  }

  #begin(priceTicks: number): Mutable<Outcome> {
    invariant(
      priceTicks >= 1 && priceTicks <= maxPriceTicks && Number.isInteger(priceTicks),
      "an order's price is in ticks",
    );
    const outcome = this.#outcome;
    outcome.status = "rejected";
    outcome.reason = "none";
    outcome.slot = none;
    outcome.priceTicks = priceTicks;
    outcome.filledLots = 0;
    outcome.costLotTicks = 0;
    outcome.decrementedLots = 0;
    outcome.restingLots = 0;
    outcome.cancelledLots = 0;
    outcome.fills = 0;
    outcome.keptPriority = false;
    return outcome;
  }

  #reject(reason: OutcomeReason): Outcome {
    this.#outcome.reason = reason;
    return this.#outcome;
  }

  /** Holds a post-only order back from trading: moves its price or refuses it. Says whether it may go on. */
  #admitPrice(side: Side, flags: number, bounds: MatchBounds): boolean {
    const outcome = this.#outcome;
    const opposite = bestLiveTicks(this, this.pool, side === buy ? sell : buy, bounds);
    if (opposite === none) {
      outcome.reason = "step-bound";
      return false;
    }
    const crosses =
      opposite !== 0 && (side === buy ? outcome.priceTicks >= opposite : outcome.priceTicks <= opposite);
    if (!crosses) return true;
    const slid = side === buy ? opposite - 1 : opposite + 1;
    if ((flags & orderFlags.slide) === 0 || slid < 1 || slid > maxPriceTicks) {
      outcome.reason = "post-only";
      return false;
    }
    outcome.priceTicks = slid;
    return true;
  }

  /** Meets resting orders, best first, up to a price; gives the lots that are left and writes down the rest in the outcome. */
  #trade(
    side: Side,
    limitTicks: number,
    lots: number,
    account: number,
    selfTrade: SelfTrade,
    { nowMs, maxSteps }: MatchBounds,
  ): number {
    const pool = this.pool;
    const { listener, dirty } = pool;
    const { doubles, integers } = this.records;
    const arena = this.arena;
    const outcome = this.#outcome;
    const makerSide = side === buy ? sell : buy;
    const lessensOnly = listener.lessensOnly?.(this.instrument) === true;
    let remaining = lots;
    let steps = 0;
    pool.locked = true;
    while (remaining > 0 && outcome.reason === "none") {
      const level = side === buy ? this.bestAsk : this.bestBid;
      if (level === none) break;
      const ticks = arena.ticks(level);
      if (side === buy ? ticks > limitTicks : ticks < limitTicks) break;
      let slot = arena.head(level);
      const total = arena.lots(level);
      while (slot !== none && remaining > 0) {
        if (steps === maxSteps) {
          outcome.reason = "step-bound";
          break;
        }
        steps++;
        const next = integers[slot * orderIntegers + nextAt]!;
        let resting = doubles[slot * orderDoubles + remainingLots]!;
        const expiry = doubles[slot * orderDoubles + expiryMs]!;
        if (expiry !== 0 && expiry <= nowMs) {
          this.drop(slot, resting, "expired");
          slot = next;
          continue;
        }
        const maker = integers[slot * orderIntegers + accountAt]! >>> 0;
        if (maker === account || listener.isSameParty?.(maker, account) === true) {
          const off = selfTrade === "decrement" ? Math.min(resting, remaining) : resting;
          if (selfTrade !== "cancel-incoming") {
            this.drop(slot, off, "self-trade");
            if (off === resting) slot = next;
          }
          if (selfTrade === "decrement") {
            remaining -= off;
            outcome.decrementedLots += off;
          } else if (selfTrade !== "cancel-resting") {
            outcome.reason = "self-trade";
            break;
          }
          continue;
        }
        if (lessensOnly || (integers[slot * orderIntegers + sideFlags]! & reduceOnlyBit) !== 0) {
          const allowed = listener.reducibleLots(maker, this.instrument, makerSide, slot);
          if (allowed < resting) {
            this.drop(slot, resting - allowed, "reduce-only");
            resting = allowed;
            if (resting === 0) {
              slot = next;
              continue;
            }
          }
        }
        const traded = Math.min(resting, remaining);
        if (outcome.costLotTicks + traded * ticks > Number.MAX_SAFE_INTEGER) {
          outcome.reason = "cost-bound";
          break;
        }
        remaining -= traded;
        outcome.filledLots += traded;
        outcome.costLotTicks += traded * ticks;
        outcome.fills++;
        doubles[slot * orderDoubles + remainingLots] = resting - traded;
        doubles[slot * orderDoubles + filledLots]! += traded;
        arena.addLots(level, -traded);
        dirty.mark(slot);
        listener.onFill(slot, traded, ticks);
        if (traded < resting) break;
        this.remove(slot);
        slot = next;
      }
      if (slot === none) listener.onLevel(this.instrument, makerSide, ticks, 0);
      else if (arena.lots(level) !== total) {
        listener.onLevel(this.instrument, makerSide, ticks, arena.lots(level));
      }
    }
    pool.locked = false;
    return remaining;
  }

  /** Completes the outcome; says whether what is left shall rest. */
  #settle(remaining: number, timeInForce: TimeInForce): boolean {
    const outcome = this.#outcome;
    if (remaining === 0) {
      outcome.status = outcome.decrementedLots === 0 ? "filled" : "cancelled";
      if (outcome.decrementedLots > 0) outcome.reason = "self-trade";
      return false;
    }
    if (outcome.reason === "none" && timeInForce === "gtc") {
      outcome.status = "rested";
      outcome.restingLots = remaining;
      return true;
    }
    if (outcome.reason === "none") outcome.reason = "immediate";
    outcome.status = "cancelled";
    outcome.cancelledLots = remaining;
    return false;
  }
}
