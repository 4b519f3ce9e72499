import { none, type TriggerDirection } from "../book/index.ts";
import {
  type AmendOrder,
  type CancelReason,
  type Envelope,
  type PlaceOrder,
  type Rejection,
} from "../protocol/index.ts";
import { endIfLessened, figuresBefore } from "./default/liquidate.ts";
import { executeOrder } from "./execute.ts";
import { type Machine } from "./machine.ts";
import { watchMakers } from "./maker-watch.ts";
import {
  checkClientOrderId,
  checkKeyLimit,
  checkOrder,
  checkOrderCount,
  checkTrading,
} from "./order-checks.ts";
import { flagsOf, newTicket, selfTrades, timeInForceOf } from "./ticket.ts";
import { refuse } from "./transfers.ts";

const ticket = newTicket();

/** A stop waits for the mark to move against the position that it closes, a take-profit for the other way. */
const directionOf = (trigger: "stop" | "takeProfit", side: "buy" | "sell"): TriggerDirection =>
  (trigger === "stop") === (side === "buy") ? "rise" : "fall";

/** Lets an order wait for its price. Market and margin are looked at when it is released. */
export function placeTrigger(m: Machine, command: PlaceOrder): Rejection | undefined {
  const { account, instrument, side, priceTicks, lots, triggerTicks, clientOrderId, trigger } = command;
  if (trigger === "none") return undefined;
  const closed = checkTrading(m, instrument, true);
  if (closed) return closed;
  if (triggerTicks < 1) return refuse("notATick", "triggerTicks", triggerTicks, "1 or more");
  if (!(Number.isSafeInteger(lots) && lots >= 1)) return refuse("notATick", "lots", lots, "whole, 1 or more");
  const maxLots = m.markets.instruments.columns.maxOrderLots[instrument]!;
  if (lots > maxLots) return refuse("overOrderSize", "lots", lots, maxLots);
  const crowded = checkClientOrderId(m, account, clientOrderId) ?? checkOrderCount(m, account, instrument);
  if (crowded) return crowded;
  const orderId = m.state.nextOrderId;
  const slot = m.triggers.add({
    orderId,
    account,
    instrument,
    triggerTicks,
    direction: directionOf(trigger, side),
    source: "mark",
    side: side === "buy" ? 0 : 1,
    lots,
    limitTicks: priceTicks,
    timeInForce: timeInForceOf(command),
    selfTrade: selfTrades[command.selfTradePrevention],
    flags: flagsOf(command),
    clientOrderId,
    expiryMs: command.timeInForce === "gtt" ? command.expiryMs : 0,
    priority: m.state.nextPriority++,
  });
  if (slot === none) {
    return refuse("overCapacity", "instrument", m.triggers.orderCount, m.triggers.maxOrders);
  }
  m.state.nextOrderId++;
  m.emit({
    type: "orderAccepted",
    orderId,
    account,
    instrument,
    side,
    priceTicks,
    lots,
    clientOrderId,
    waiting: true,
  });
  crossTriggers(m, instrument);
  return undefined;
}

/** Makes due what waits for the mark as it is now. */
export function crossTriggers(m: Machine, instrument: number): void {
  if (m.triggers.orderCount === 0 || !m.markets.hasMark(instrument)) return;
  const ticks = m.markets.markMicros(instrument) / m.terms(instrument).tickMicros;
  m.triggers.cross(instrument, "mark", { floorTicks: Math.floor(ticks), ceilTicks: Math.ceil(ticks) });
}

export function cancelTrigger(m: Machine, slot: number, reason: CancelReason): void {
  const { orderId, account, instrument, lots, clientOrderId } = m.triggers.order(slot);
  m.triggers.remove(slot);
  m.emit({ type: "orderCancelled", orderId, account, instrument, lots, clientOrderId, reason });
}

/** A waiting order's new limit and size. Its trigger stays; it goes behind others of the same trigger price. */
export function amendTrigger(
  m: Machine,
  slot: number,
  command: AmendOrder,
  envelope: Envelope,
): Rejection | undefined {
  const { triggers } = m;
  const order = triggers.order(slot);
  const { priceTicks, lots } = command;
  if (!(Number.isSafeInteger(lots) && lots >= 1)) return refuse("notATick", "lots", lots, "whole, 1 or more");
  const maxLots = m.markets.instruments.columns.maxOrderLots[order.instrument]!;
  if (lots > maxLots) return refuse("overOrderSize", "lots", lots, maxLots);
  const { orderId, account, instrument } = order;
  const overKey = checkKeyLimit(m, envelope, account, instrument, lots, priceTicks);
  if (overKey) return overKey;
  triggers.remove(slot);
  triggers.add({ ...order, limitTicks: priceTicks, lots, priority: m.state.nextPriority++ });
  m.emit({ type: "orderAmended", orderId, account, instrument, priceTicks, lots, keptPriority: false });
  crossTriggers(m, instrument);
  return undefined;
}

/**
 * Sends due orders to the market, oldest first, as if they came now; once per command, after it. One that is refused is cancelled. Each may
 * meet as many resting orders as any order; once all together have met as many as one may, the rest are left to the next command.
 */
export function releaseTriggers(m: Machine): void {
  const { triggers, work, booker } = m;
  const mostMet = booker.metCount + work.triggerMeetings;
  for (let count = 0; count < work.triggers && booker.metCount < mostMet; count++) {
    const slot = triggers.firstDue();
    if (slot === none) return;
    const order = triggers.order(slot);
    const { orderId, account, instrument, lots, clientOrderId } = order;
    triggers.remove(slot);
    m.emit({ type: "orderTriggered", orderId, account, instrument });
    const t = ticket;
    t.account = account;
    t.instrument = instrument;
    t.side = order.side;
    t.priceTicks = order.limitTicks;
    t.lots = lots;
    t.timeInForce = order.timeInForce;
    t.selfTrade = order.selfTrade;
    t.flags = order.flags;
    t.clientOrderId = clientOrderId;
    t.expiryMs = order.expiryMs;
    t.replacedLots = 0;
    watchMakers(m, t);
    const before = figuresBefore(m, account);
    const refused = checkOrder(m, t) ?? executeOrder(m, t, orderId, undefined);
    if (!refused) {
      endIfLessened(m, account, before);
      continue;
    }
    m.emit({
      type: "orderCancelled",
      orderId,
      account,
      instrument,
      lots,
      clientOrderId,
      reason: "triggerFailed",
    });
  }
}
