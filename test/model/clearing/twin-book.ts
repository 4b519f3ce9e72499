import { bookFill, feeOf, opposite, type Taker } from "./twin-fills.ts";
import { type Hint } from "./twin-margin-checks.ts";
import { baseUnits, type Side, type TwinOrder, type TwinState, valueOf } from "./twin-state.ts";

export interface Incoming {
  readonly taker: Taker;
  readonly limitTicks: number;
  readonly selfTrade: "cancelResting" | "cancelIncoming" | "cancelBoth" | "decrement";
  readonly nowMs: number;
}

const steps = 1000;

/** Orders of one side that an order at `limitTicks` may meet, in the order in which it meets them. */
function within(s: TwinState, instrument: number, side: Side, limitTicks: number): TwinOrder[] {
  return s.resting
    .filter((o) => o.instrument === instrument && o.side === side)
    .filter((o) => (side === "sell" ? o.ticks <= limitTicks : o.ticks >= limitTicks))
    .sort((a, b) => (side === "sell" ? a.ticks - b.ticks : b.ticks - a.ticks) || a.priority - b.priority);
}

/** Best price of one side, expired orders included; 0 if there is none. */
export function bestTicks(s: TwinState, instrument: number, side: Side): number {
  const all = within(s, instrument, side, side === "sell" ? Infinity : 0);
  return all[0]?.ticks ?? 0;
}

/** Best price of one side among orders that still live. */
export function bestLiveTicks(s: TwinState, instrument: number, side: Side): number {
  const all = within(s, instrument, side, side === "sell" ? Infinity : 0);
  return all.find((o) => !isExpired(s, o))?.ticks ?? 0;
}

/** Accounts of one owner do not trade with each other. */
const isOwn = (s: TwinState, a: number, b: number): boolean => a === b || s.owners[a] === s.owners[b];

const isExpired = (s: TwinState, order: TwinOrder): boolean =>
  order.expiryMs !== 0 && order.expiryMs <= s.timeMs;

/** Lots by which an order of this side can lessen a position. */
export const reducible = (lots: number, side: Side): number => Math.max(0, side === "buy" ? -lots : lots);

/** What an account could part with at once: what it has and may borrow. */
export function spendable(s: TwinState, account: number, asset: number): bigint {
  const spec = s.given.asset(asset);
  return s.ledger.available(account, asset) + (spec.borrowable ? BigInt(spec.borrowCapUnits) : 0n);
}

/** Is a resting order cut to what its account can pay? Spot, and options that are bought. */
export const isCashLimited = (s: TwinState, { instrument, side, reduceOnly }: TwinOrder): boolean => {
  const { kind } = s.given.instrument(instrument);
  return !reduceOnly && (kind === "spot" || (kind === "option" && side === "buy"));
};

/** Under reduce-only, of the venue or the instrument, every resting order is cut to what it can lessen. */
const lessensOnly = (s: TwinState, instrument: number): boolean =>
  s.status === "reduceOnly" || s.given.status(instrument) === "reduceOnly";

const isCut = (s: TwinState, order: TwinOrder): boolean =>
  order.reduceOnly || isCashLimited(s, order) || lessensOnly(s, order.instrument);

/** Lots that a resting order may still fill when it is met: its position's, or what its account can pay at `ticks`. */
export function allowedLots(s: TwinState, order: TwinOrder, ticks: number): number {
  const { account, instrument, side, lots } = order;
  const cashLimited = isCashLimited(s, order);
  const room = reducible(s.position(account, instrument).lots, side);
  if (order.reduceOnly) return room;
  const payable = cashLimited ? cashRoom(s, order, ticks) : lots;
  return lessensOnly(s, instrument) ? Math.min(payable, room) : payable;
}

function cashRoom(s: TwinState, { account, instrument, side }: TwinOrder, ticks: number): number {
  const spec = s.given.instrument(instrument);
  if (side === "sell") {
    if (spec.kind !== "spot") return Number.MAX_SAFE_INTEGER;
    const units = spendable(s, account, s.given.baseAssetOf(instrument));
    return units <= 0n ? 0 : Number(units / baseUnits(s.given, instrument, 1));
  }
  const short = spec.kind === "option" ? reducible(s.position(account, instrument).lots, side) : 0;
  const units = spendable(s, account, s.given.settlementAssetOf(instrument));
  const price = BigInt(ticks) * BigInt(spec.tickMicros);
  const costOf = (lots: number): bigint => {
    const value = valueOf(s.given, instrument, lots, price)[1];
    return value + feeOf(s, instrument, lots, value, spec.makerFeePpm);
  };
  // The most lots that can be paid for, by bisection.
  let low = 0;
  let high = 2 ** 40;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (costOf(middle) <= units) low = middle;
    else high = middle - 1;
  }
  return Math.max(low, short);
}

export function removeOrder(s: TwinState, order: TwinOrder): void {
  s.resting = s.resting.filter((o) => o !== order);
}

export type CancelReason =
  | "requested"
  | "unfilled"
  | "selfTrade"
  | "expired"
  | "replaced"
  | "reduceOnly"
  | "instrumentClosed"
  | "margin";

/** Takes lots off a resting order. What is left of it stays in its place. */
export function reduceOrder(s: TwinState, order: TwinOrder, lots: number, reason: CancelReason): void {
  s.met++;
  const { id: orderId, account, instrument, clientOrderId } = order;
  order.lots -= lots;
  if (order.lots > 0) {
    s.emit({
      type: "orderAmended",
      orderId,
      account,
      instrument,
      priceTicks: order.ticks,
      lots: order.lots,
      keptPriority: true,
    });
    return;
  }
  removeOrder(s, order);
  s.emit({ type: "orderCancelled", orderId, account, instrument, lots, clientOrderId, reason });
}

export const cancelResting = (s: TwinState, order: TwinOrder, reason: CancelReason): void =>
  reduceOrder(s, order, order.lots, reason);

/** Lots that an incoming order would fill now. */
export const fillable = (s: TwinState, order: Incoming): number => foreseen(s, order).lots;

/** What an incoming order would fill now, and the worst price at which; 0 if it would not trade. */
export function foreseen(
  s: TwinState,
  { taker, limitTicks, selfTrade }: Incoming,
): { readonly lots: number; readonly worstTicks: number } {
  const makers = opposite(taker.side);
  let left = taker.left;
  let filled = 0;
  let worstTicks = 0;
  let met = 0;
  const best = bestTicks(s, taker.instrument, makers);
  const traded = new Map<number, number>();
  const reduces = (account: number): boolean =>
    lessensOnly(s, taker.instrument) ||
    s.resting.some((o) => o.account === account && (o.reduceOnly || isCashLimited(s, o)));
  for (const maker of within(s, taker.instrument, makers, limitTicks)) {
    if (left === 0) break;
    if (met++ === steps) return { lots: filled, worstTicks };
    if (isExpired(s, maker)) continue;
    if (isOwn(s, maker.account, taker.account)) {
      if (selfTrade === "decrement") left -= Math.min(left, maker.lots);
      else if (selfTrade !== "cancelResting") return { lots: filled, worstTicks };
      continue;
    }
    let resting = maker.lots;
    if (isCut(s, maker)) {
      const allowed = allowedLots(s, maker, best) - (traded.get(maker.account) ?? 0);
      if (allowed <= 0) continue;
      resting = Math.min(resting, allowed);
    }
    const lots = Math.min(resting, left);
    left -= lots;
    filled += lots;
    worstTicks = maker.ticks;
    if (reduces(maker.account)) traded.set(maker.account, (traded.get(maker.account) ?? 0) + lots);
  }
  return { lots: filled, worstTicks };
}

/**
 * While the margin sweep has not been everywhere since prices changed: looks at the owners of all orders down to the worst price that an order would
 * meet, in the order in which it meets them. Once one has lost orders it may meet others.
 */
export function lookAtMakers(s: TwinState, order: Incoming, hint: Hint): void {
  const { account, instrument, side } = order.taker;
  if (!s.isSweeping() || instrument < 0 || instrument >= s.given.instrumentCount) return;
  const looked = new Set<number>();
  for (;;) {
    const { worstTicks } = foreseen(s, order);
    if (worstTicks === 0) return;
    const maker = within(s, instrument, opposite(side), worstTicks)
      .slice(0, steps)
      .find((o) => !looked.has(o.account) && !isOwn(s, o.account, account));
    if (!maker) return;
    looked.add(maker.account);
    s.lookAt(maker.account, hint);
  }
}

export interface Met {
  /** Lots taken off by `decrement`. */
  readonly decremented: number;
  readonly stop: "none" | "selfTrade" | "unfilled";
}

/** Lets an incoming order trade as far as its price allows. */
export function meet(s: TwinState, { taker, limitTicks, selfTrade }: Incoming): Met {
  let decremented = 0;
  let met = 0;
  for (const maker of within(s, taker.instrument, opposite(taker.side), limitTicks)) {
    if (taker.left === 0) break;
    if (met++ === steps) return { decremented, stop: "unfilled" };
    if (isExpired(s, maker)) {
      cancelResting(s, maker, "expired");
      continue;
    }
    if (isOwn(s, maker.account, taker.account)) {
      const off = selfTrade === "decrement" ? Math.min(maker.lots, taker.left) : maker.lots;
      if (selfTrade !== "cancelIncoming") reduceOrder(s, maker, off, "selfTrade");
      if (selfTrade === "decrement") {
        taker.left -= off;
        decremented += off;
      } else if (selfTrade !== "cancelResting") return { decremented, stop: "selfTrade" };
      continue;
    }
    const allowed = allowedLots(s, maker, maker.ticks);
    if (allowed < maker.lots) {
      reduceOrder(
        s,
        maker,
        maker.lots - allowed,
        isCashLimited(s, maker) && !lessensOnly(s, maker.instrument) ? "margin" : "reduceOnly",
      );
      if (allowed === 0) continue;
    }
    bookFill(s, taker, maker, Math.min(maker.lots, taker.left));
    if (maker.lots === 0) removeOrder(s, maker);
  }
  return { decremented, stop: "none" };
}

/** Cuts an account's resting reduce-only orders on both sides to the position that is left, oldest first. */
export function trimReduceOnly(s: TwinState, account: number, instrument: number): void {
  const { kind } = s.given.instrument(instrument);
  if (kind === "spot") return;
  for (const side of ["buy", "sell"] as const) {
    let room = reducible(s.position(account, instrument).lots, side);
    const own = s.resting
      .filter((o) => o.account === account && o.instrument === instrument && o.side === side && o.reduceOnly)
      .sort((a, b) => a.priority - b.priority);
    for (const order of own) {
      const excess = Math.max(0, order.lots - room);
      room -= order.lots - excess;
      if (excess > 0) reduceOrder(s, order, excess, "reduceOnly");
    }
  }
}
