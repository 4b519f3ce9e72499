// Order books as plainly as they can be written: one array of orders, sorted whenever it is asked. What src/clearing/book must agree with.
import {
  type Amendment,
  buy,
  type CancelReason,
  type IncomingOrder,
  type Intent,
  orderFlags,
  type Outcome,
  type Preview,
  sell,
  type Side,
} from "../../src/clearing/book/index.ts";

export interface NaiveOrder {
  readonly orderId: number;
  readonly account: number;
  readonly instrument: number;
  readonly side: Side;
  readonly flags: number;
  readonly clientOrderId: number;
  readonly expiryMs: number;
  slot: number;
  priceTicks: number;
  remainingLots: number;
  filledLots: number;
  priority: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const isExpired = ({ expiryMs }: { readonly expiryMs: number }, nowMs: number): boolean =>
  expiryMs !== 0 && expiryMs <= nowMs;
const isAtLeastAsGood = (side: Side, price: number, limit: number): boolean =>
  side === buy ? price <= limit : price >= limit;

export class NaiveBooks {
  orders: NaiveOrder[] = [];
  readonly log: string[] = [];
  readonly positions: Map<string, number> = new Map();
  readonly maxOrders: number;

  constructor(maxOrders: number) {
    this.maxOrders = maxOrders;
  }

  position(account: number, instrument: number): number {
    return this.positions.get(`${account} ${instrument}`) ?? 0;
  }

  reducibleLots(account: number, instrument: number, side: Side): number {
    return Math.max(0, (side === buy ? -1 : 1) * this.position(account, instrument));
  }

  /** One side's orders, first to trade first. */
  queue(instrument: number, side: Side): NaiveOrder[] {
    return this.orders
      .filter((order) => order.instrument === instrument && order.side === side)
      .sort(
        (a, b) =>
          (side === buy ? b.priceTicks - a.priceTicks : a.priceTicks - b.priceTicks) ||
          a.priority - b.priority,
      );
  }

  ofAccount(account: number): NaiveOrder[] {
    return this.orders.filter((order) => order.account === account).sort((a, b) => a.priority - b.priority);
  }

  levels(instrument: number): Map<string, number> {
    const totals = new Map<string, number>();
    for (const order of this.orders) {
      if (order.instrument !== instrument) continue;
      const key = `${order.side} ${order.priceTicks}`;
      totals.set(key, (totals.get(key) ?? 0) + order.remainingLots);
    }
    return totals;
  }

  match(instrument: number, order: IncomingOrder): Outcome {
    const { side, lots, account, flags, timeInForce, nowMs, maxSteps } = order;
    if (isExpired(order, nowMs)) return rejected(order.priceTicks, "expired");
    const taken = ({ clientOrderId }: NaiveOrder): boolean => clientOrderId === order.clientOrderId;
    if (order.clientOrderId !== 0 && this.ofAccount(account).some(taken)) {
      return rejected(order.priceTicks, "client-order-id");
    }
    const price = this.#postOnlyPrice(instrument, {
      side,
      flags,
      priceTicks: order.priceTicks,
      nowMs,
      maxSteps,
    });
    if (typeof price === "string") return rejected(order.priceTicks, price);
    if (timeInForce === "fok" && this.preview(instrument, order).fillableLots < lots) {
      return rejected(price, "fill-or-kill");
    }
    if (timeInForce === "gtc") {
      const full = this.orders.length >= this.maxOrders || !this.#hasRoom(instrument, side, price, lots);
      if (full) return rejected(price, "book-full");
    }
    const outcome = this.#trade(instrument, { ...order, priceTicks: price });
    const remaining = lots - outcome.filledLots - outcome.decrementedLots;
    if (this.#restsAfter(outcome, remaining, timeInForce)) {
      const slots = new Set(this.orders.map(({ slot }) => slot));
      let slot = 0;
      while (slots.has(slot)) slot++;
      outcome.slot = slot;
      const { orderId, clientOrderId, expiryMs, priority } = order;
      this.orders.push({
        orderId,
        account,
        instrument,
        side,
        flags,
        clientOrderId,
        expiryMs,
        slot,
        priceTicks: price,
        remainingLots: remaining,
        filledLots: outcome.filledLots,
        priority,
      });
    }
    return outcome;
  }

  amend(order: NaiveOrder, change: Amendment): Outcome {
    const { side, instrument, account, flags } = order;
    const { priceTicks, nowMs, maxSteps, selfTrade } = change;
    const lots = change.lots - order.filledLots;
    if (isExpired(order, nowMs)) return rejected(priceTicks, "expired");
    if (lots <= 0) {
      this.#takeOut(order);
      const gone = { status: "cancelled", reason: "amended", cancelledLots: order.remainingLots } as const;
      return { ...rejected(priceTicks, "amended"), ...gone };
    }
    if (priceTicks === order.priceTicks && lots <= order.remainingLots) {
      order.remainingLots = lots;
      const kept = { status: "rested", restingLots: lots, slot: order.slot, keptPriority: true } as const;
      return { ...rejected(priceTicks, "none"), ...kept };
    }
    const price = this.#postOnlyPrice(instrument, { side, flags, priceTicks, nowMs, maxSteps });
    if (typeof price === "string") return rejected(priceTicks, price);
    this.#takeOut(order);
    if (!this.#hasRoom(instrument, side, price, lots)) {
      this.orders.push(order);
      return rejected(price, "book-full");
    }
    const outcome = this.#trade(instrument, {
      side,
      lots,
      account,
      selfTrade,
      nowMs,
      maxSteps,
      priceTicks: price,
    });
    const remaining = lots - outcome.filledLots - outcome.decrementedLots;
    order.filledLots += outcome.filledLots;
    if (this.#restsAfter(outcome, remaining, "gtc")) {
      order.priceTicks = price;
      order.remainingLots = remaining;
      order.priority = change.priority;
      outcome.slot = order.slot;
      this.orders.push(order);
    }
    return outcome;
  }

  preview(instrument: number, intent: Intent): Preview {
    // a copy of everything is made to trade on
    const copy = new NaiveBooks(this.maxOrders);
    copy.orders = this.orders.map((order) => ({ ...order }));
    for (const [key, value] of this.positions) copy.positions.set(key, value);
    const { filledLots, costLotTicks, decrementedLots, reason } = copy.#trade(instrument, intent);
    const prices = copy.log.flatMap((line) => /^fill .* at (\d+)$/.exec(line)?.[1] ?? []);
    const whole = filledLots + decrementedLots === intent.lots;
    const stop =
      whole || (reason !== "self-trade" && reason !== "step-bound" && reason !== "cost-bound")
        ? "none"
        : reason;
    return {
      fillableLots: filledLots,
      costLotTicks,
      worstTicks: Number(prices.at(-1) ?? 0),
      decrementedLots,
      stop,
    };
  }

  cancel(order: NaiveOrder, reason: CancelReason): void {
    this.#reduce(order, order.remainingLots, reason);
  }

  cancelAll(account: number, only: { instrument?: number; side?: Side }): number {
    const chosen = this.ofAccount(account).filter(
      ({ instrument, side }) =>
        instrument === (only.instrument ?? instrument) && side === (only.side ?? side),
    );
    for (const order of chosen) this.cancel(order, "cancelled");
    return chosen.length;
  }

  expire(nowMs: number, maxCount: number): number {
    const due = this.orders
      .filter((order) => isExpired(order, nowMs))
      .sort((a, b) => a.expiryMs - b.expiryMs || a.priority - b.priority)
      .slice(0, maxCount);
    for (const order of due) this.cancel(order, "expired");
    return due.length;
  }

  limitReduceOnly(account: number, instrument: number, side: Side, maxLots: number): number {
    let room = maxLots;
    let cancelled = 0;
    for (const order of this.ofAccount(account)) {
      if (order.instrument !== instrument || order.side !== side || !(order.flags & orderFlags.reduceOnly))
        continue;
      const kept = Math.min(room, order.remainingLots);
      const excess = order.remainingLots - kept;
      room -= kept;
      cancelled += excess;
      if (excess > 0) this.#reduce(order, excess, "reduce-only");
    }
    return cancelled;
  }

  #postOnlyPrice(
    instrument: number,
    asked: { side: Side; flags: number; priceTicks: number; nowMs: number; maxSteps: number },
  ): number | "post-only" | "step-bound" {
    const { side, flags, priceTicks, nowMs, maxSteps } = asked;
    if (!(flags & orderFlags.postOnly)) return priceTicks;
    const opposite = this.queue(instrument, side === buy ? sell : buy);
    const live = opposite.findIndex((order) => !isExpired(order, nowMs));
    if ((live < 0 ? opposite.length : live) >= maxSteps) return "step-bound";
    const best = opposite[live]?.priceTicks;
    if (best === undefined || !isAtLeastAsGood(side, best, priceTicks)) return priceTicks;
    const slid = side === buy ? best - 1 : best + 1;
    return flags & orderFlags.slide && slid >= 1 && slid <= 2_147_483_647 ? slid : "post-only";
  }

  #hasRoom(instrument: number, side: Side, price: number, lots: number): boolean {
    return (this.levels(instrument).get(`${side} ${price}`) ?? 0) + lots <= Number.MAX_SAFE_INTEGER;
  }

  #trade(instrument: number, intent: Intent): Mutable<Outcome> {
    const { side, priceTicks, lots, account, selfTrade, nowMs, maxSteps } = intent;
    const outcome: Mutable<Outcome> = { ...rejected(priceTicks, "none") };
    const makerSide = side === buy ? sell : buy;
    let remaining = lots;
    let steps = 0;
    for (const maker of this.queue(instrument, makerSide)) {
      if (remaining === 0 || !isAtLeastAsGood(side, maker.priceTicks, priceTicks)) break;
      if (++steps > maxSteps) return { ...outcome, reason: "step-bound" };
      if (isExpired(maker, nowMs)) {
        this.cancel(maker, "expired");
        continue;
      }
      if (maker.account === account) {
        if (selfTrade === "cancel-incoming") return { ...outcome, reason: "self-trade" };
        if (selfTrade === "decrement") {
          const both = Math.min(maker.remainingLots, remaining);
          remaining -= both;
          outcome.decrementedLots += both;
          this.#reduce(maker, both, "self-trade");
        } else this.cancel(maker, "self-trade");
        if (selfTrade === "cancel-both") return { ...outcome, reason: "self-trade" };
        continue;
      }
      if (maker.flags & orderFlags.reduceOnly) {
        const excess = maker.remainingLots - this.reducibleLots(maker.account, instrument, makerSide);
        if (excess > 0) this.#reduce(maker, Math.min(excess, maker.remainingLots), "reduce-only");
        if (maker.remainingLots === 0) continue;
      }
      const fill = Math.min(maker.remainingLots, remaining);
      if (
        BigInt(outcome.costLotTicks) + BigInt(fill) * BigInt(maker.priceTicks) >
        BigInt(Number.MAX_SAFE_INTEGER)
      ) {
        return { ...outcome, reason: "cost-bound" };
      }
      remaining -= fill;
      outcome.filledLots += fill;
      outcome.costLotTicks += fill * maker.priceTicks;
      outcome.fills++;
      maker.remainingLots -= fill;
      maker.filledLots += fill;
      this.#move(maker.account, instrument, makerSide === buy ? fill : -fill);
      this.#move(account, instrument, side === buy ? fill : -fill);
      this.log.push(
        `fill ${maker.orderId} ${maker.remainingLots} ${maker.filledLots}: ${fill} at ${maker.priceTicks}`,
      );
      if (maker.remainingLots === 0) this.#takeOut(maker);
    }
    return outcome;
  }

  #restsAfter(outcome: Mutable<Outcome>, remaining: number, timeInForce: string): boolean {
    if (remaining === 0) {
      outcome.status = outcome.decrementedLots > 0 ? "cancelled" : "filled";
      outcome.reason = outcome.decrementedLots > 0 ? "self-trade" : "none";
      return false;
    }
    if (outcome.reason === "none" && timeInForce === "gtc") {
      outcome.status = "rested";
      outcome.restingLots = remaining;
      return true;
    }
    outcome.status = "cancelled";
    outcome.cancelledLots = remaining;
    if (outcome.reason === "none") outcome.reason = "immediate";
    return false;
  }

  #reduce(order: NaiveOrder, lots: number, reason: CancelReason): void {
    order.remainingLots -= lots;
    this.log.push(`cancel ${order.orderId} ${order.remainingLots} ${order.filledLots}: ${lots} ${reason}`);
    if (order.remainingLots === 0) this.#takeOut(order);
  }

  #takeOut(order: NaiveOrder): void {
    this.orders = this.orders.filter((other) => other !== order);
  }

  #move(account: number, instrument: number, lots: number): void {
    this.positions.set(`${account} ${instrument}`, this.position(account, instrument) + lots);
  }
}

function rejected(priceTicks: number, reason: Outcome["reason"]): Outcome {
  return {
    status: "rejected",
    reason,
    slot: -1,
    priceTicks,
    filledLots: 0,
    costLotTicks: 0,
    decrementedLots: 0,
    restingLots: 0,
    cancelledLots: 0,
    fills: 0,
    keptPriority: false,
  };
}
