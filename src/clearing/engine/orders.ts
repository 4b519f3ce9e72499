import { none, orderFlags } from "../book/index.ts";
import {
  type AmendOrder,
  type CancelAll,
  type CancelOrder,
  type Envelope,
  type PlaceOrder,
  type Rejection,
} from "../protocol/index.ts";
import { endIfLessened, figuresBefore } from "./default/liquidate.ts";
import { executeOrder, settleOutcome, trimReduceOnly } from "./execute.ts";
import { isReduceOnly, ownFlags, sideNames } from "./fills.ts";
import { maxMatchSteps } from "./limits.ts";
import { type Machine } from "./machine.ts";
import { watchMakers } from "./maker-watch.ts";
import { checkKeyLimit, checkOrder } from "./order-checks.ts";
import { fillTicket, newTicket } from "./ticket.ts";
import { refuse } from "./transfers.ts";
import { amendTrigger, cancelTrigger, placeTrigger } from "./triggers.ts";

const ticket = newTicket();

export function placeOrder(m: Machine, command: PlaceOrder, envelope: Envelope): Rejection | undefined {
  const { account, instrument, timeInForce, expiryMs } = command;
  if (timeInForce === "gtt" && expiryMs <= m.state.timeMs) {
    return refuse("malformed", "expiryMs", expiryMs, `above ${m.state.timeMs}`);
  }
  if (command.postOnly && (command.priceTicks === 0 || timeInForce === "ioc" || timeInForce === "fok")) {
    return refuse("malformed", "postOnly", "true", "a limit order that may rest");
  }
  const overKey = checkKeyLimit(m, envelope, account, instrument, command.lots, command.priceTicks);
  if (overKey) return overKey;
  if (command.trigger !== "none") return placeTrigger(m, command);
  const t = ticket;
  fillTicket(t, command);
  watchMakers(m, t);
  const refused = checkOrder(m, t);
  if (refused) return refused;
  const before = figuresBefore(m, account);
  const orderId = m.state.nextOrderId;
  const refusedByBook = executeOrder(m, t, orderId, {
    type: "orderAccepted",
    orderId,
    account,
    instrument,
    side: command.side,
    priceTicks: command.priceTicks,
    lots: t.lots,
    clientOrderId: command.clientOrderId,
    waiting: false,
  });
  if (refusedByBook) return refusedByBook;
  m.state.nextOrderId = orderId + 1;
  // Who lessens the risk of an account in liquidation by enough has it back.
  endIfLessened(m, account, before);
  return undefined;
}

/** Where an account's open order is: a slot of the order pool, or of the triggers, or nowhere. */
interface OrderPlace {
  slot: number;
  isWaiting: boolean;
}

const place: OrderPlace = { slot: none, isWaiting: false };

/** Finds an account's own order by either number. Good until the next call. */
function locate(m: Machine, account: number, orderId: number, clientOrderId: number): OrderPlace {
  const { orders, triggers } = m;
  place.isWaiting = false;
  if (orderId !== 0) {
    place.slot = orders.find(orderId);
    if (place.slot !== none && orders.account(place.slot) !== account) place.slot = none;
    if (place.slot !== none) return place;
    const waiting = triggers.find(orderId);
    if (waiting === none || triggers.order(waiting).account !== account) return place;
    place.slot = waiting;
    place.isWaiting = true;
    return place;
  }
  place.slot = clientOrderId === 0 ? none : orders.findClient(account, clientOrderId);
  if (place.slot !== none || clientOrderId === 0) return place;
  place.slot = triggers.findClient(account, clientOrderId);
  place.isWaiting = place.slot !== none;
  return place;
}

const unknownOrder = (orderId: number, clientOrderId: number): Rejection =>
  orderId !== 0
    ? refuse("unknownOrder", "orderId", orderId, "an open order of the account")
    : refuse("unknownOrder", "clientOrderId", clientOrderId, "an open order of the account");

export function cancelOrder(m: Machine, command: CancelOrder): Rejection | undefined {
  const { account, orderId, clientOrderId } = command;
  const { slot, isWaiting } = locate(m, account, orderId, clientOrderId);
  if (slot === none) return unknownOrder(orderId, clientOrderId);
  if (isWaiting) cancelTrigger(m, slot, "requested");
  else {
    m.booker.reason = "requested";
    m.orders.cancel(slot);
  }
  return undefined;
}

export function cancelAll(m: Machine, { account, instrument }: CancelAll): Rejection | undefined {
  if (instrument !== -1 && !m.markets.instruments.has(instrument)) {
    return refuse(
      "unknownInstrument",
      "instrument",
      instrument,
      `below ${m.markets.instruments.count}, or −1`,
    );
  }
  const only = instrument === -1 ? {} : { instrument };
  m.booker.reason = "requested";
  m.orders.cancelAll(account, only);
  const { triggers } = m;
  for (let slot = triggers.firstOf(account); slot !== none;) {
    const next = triggers.nextOf(slot);
    if (instrument === -1 || triggers.order(slot).instrument === instrument) {
      cancelTrigger(m, slot, "requested");
    }
    slot = next;
  }
  return undefined;
}

export function amendOrder(m: Machine, command: AmendOrder, envelope: Envelope): Rejection | undefined {
  const { account, orderId, clientOrderId, priceTicks, lots } = command;
  const { slot, isWaiting } = locate(m, account, orderId, clientOrderId);
  if (slot === none) return unknownOrder(orderId, clientOrderId);
  if (isWaiting) return amendTrigger(m, slot, command, envelope);
  return amendResting(m, slot, priceTicks, lots, envelope);
}

function amendResting(
  m: Machine,
  slot: number,
  priceTicks: number,
  lots: number,
  envelope: Envelope,
): Rejection | undefined {
  const { orders, positions } = m;
  const t = ticket;
  t.account = orders.account(slot);
  t.instrument = orders.instrument(slot);
  t.side = orders.side(slot);
  t.priceTicks = priceTicks;
  t.lots = lots;
  t.timeInForce = "gtc";
  t.selfTrade = "cancel-resting";
  t.flags = orders.flags(slot) & ~ownFlags.cashLimited;
  if (!isReduceOnly(orders.flags(slot))) t.flags &= ~orderFlags.reduceOnly;
  t.clientOrderId = 0;
  t.expiryMs = orders.expiryMs(slot);
  t.replacedLots = orders.remainingLots(slot);
  const orderId = orders.orderId(slot);
  const { account, instrument, side } = t;
  const oldTicks = orders.priceTicks(slot);
  const oldLots = t.replacedLots;
  const isSmaller = priceTicks === oldTicks && lots <= oldLots;
  if (!(Number.isSafeInteger(lots) && lots >= 1)) return refuse("notATick", "lots", lots, "whole, 1 or more");
  if (isSmaller) {
    if (lots === oldLots) return refuse("alreadyDone", "lots", lots, `other than ${oldLots}`);
    t.limitTicks = priceTicks;
  } else {
    const overKey = checkKeyLimit(m, envelope, account, instrument, lots, priceTicks);
    if (overKey) return overKey;
    if (priceTicks === 0) return refuse("notATick", "priceTicks", 0, "1 or more");
    watchMakers(m, t);
    // The order is examined as if it were new, beside all others: it does not count as open meanwhile.
    positions.removeOpen(account, instrument, sideNames[side], oldLots, oldLots * oldTicks);
    m.margin.setAside.add(slot);
    const refused = checkOrder(m, t);
    m.margin.setAside.clear();
    positions.addOpen(account, instrument, sideNames[side], oldLots, oldLots * oldTicks);
    if (refused) return refused;
  }
  const keptPriority = priceTicks === oldTicks && t.lots <= oldLots;
  // A reduce-only order that asked for more than it may close is as it was.
  if (keptPriority && t.lots === oldLots) return refuse("alreadyDone", "lots", lots, `at most ${oldLots}`);
  const { booker } = m;
  const terms = m.terms(instrument);
  const before = figuresBefore(m, account);
  booker.begin(terms, account, orderId, side, t.lots, {
    type: "orderAmended",
    orderId,
    account,
    instrument,
    priceTicks,
    lots: t.lots,
    keptPriority,
  });
  const outcome = orders.book(instrument).amend(slot, {
    priceTicks,
    lots: t.lots + orders.filledLots(slot),
    priority: m.state.nextPriority++,
    selfTrade: t.selfTrade,
    nowMs: m.state.timeMs,
    maxSteps: maxMatchSteps,
  });
  if (outcome.status === "rejected") {
    booker.abandon();
    return refuse("overCapacity", "priceTicks", priceTicks, outcome.reason);
  }
  positions.removeOpen(account, instrument, sideNames[side], oldLots, oldLots * oldTicks);
  booker.finish();
  if (outcome.keptPriority) {
    positions.addOpen(account, instrument, sideNames[side], t.lots, t.lots * priceTicks);
    return undefined;
  }
  settleOutcome(m, t, orderId, outcome);
  if (!terms.isSpot) trimReduceOnly(m, account, instrument);
  endIfLessened(m, account, before);
  return undefined;
}
