import { buy, type IncomingOrder, none, orderFlags, type Outcome, sell } from "../book/index.ts";
import { type CancelReason, type ClearingEvent, type Rejection } from "../protocol/index.ts";
import { isReduceOnly, ownFlags, reducible, sideNames } from "./fills.ts";
import { maxMatchSteps } from "./limits.ts";
import { type Machine } from "./machine.ts";
import { announcePool } from "./pool-events.ts";
import { poolQuote, routedLots } from "./route.ts";
import { type InstrumentTerms } from "./terms.ts";
import { type Ticket } from "./ticket.ts";
import { refuse } from "./transfers.ts";

/** The order that meets the book: one object for all, since none is under way while another is. */
const incoming: { -readonly [K in keyof IncomingOrder]: IncomingOrder[K] } = {
  orderId: 0,
  priority: 0,
  side: buy,
  priceTicks: 0,
  lots: 0,
  account: 0,
  selfTrade: "cancel-resting",
  timeInForce: "gtc",
  flags: 0,
  clientOrderId: 0,
  expiryMs: 0,
  nowMs: 0,
  maxSteps: maxMatchSteps,
};

/** The flags that an order rests with. */
function restingFlags(terms: InstrumentTerms, t: Ticket): number {
  const cash = terms.isSpot || (terms.isOption && t.side === buy);
  const kept = t.flags & ~(orderFlags.postOnly | ownFlags.routeBest);
  return cash && (t.flags & orderFlags.reduceOnly) === 0
    ? kept | orderFlags.reduceOnly | ownFlags.cashLimited
    : kept;
}

/**
 * Lets a checked order trade, then rests or cancels what is left. `announce` tells of the order, before anything else that it does.
 *
 * @returns a refusal of the book, which the checks foresee but for a crowd of expired orders: nothing changed then.
 */
export function executeOrder(
  m: Machine,
  t: Ticket,
  orderId: number,
  announce: ClearingEvent | undefined,
): Rejection | undefined {
  const { booker } = m;
  const terms = m.terms(t.instrument);
  booker.begin(terms, t.account, orderId, t.side, t.lots, announce);
  booker.decrements = t.selfTrade === "decrement";
  const routes = (t.flags & ownFlags.routeBest) !== 0 && (t.flags & orderFlags.postOnly) === 0;
  const pooled = routes ? takeFromPool(m, t) : 0;
  const lots = t.lots - pooled;
  if (lots > 0) {
    const order = incoming;
    order.orderId = orderId;
    order.priority = m.state.nextPriority++;
    order.side = t.side;
    order.priceTicks = t.limitTicks;
    order.lots = lots;
    order.account = t.account;
    order.selfTrade = t.selfTrade;
    order.timeInForce = t.timeInForce;
    order.flags = (t.flags & orderFlags.postOnly) | restingFlags(terms, t);
    order.clientOrderId = t.clientOrderId;
    order.expiryMs = t.expiryMs;
    order.nowMs = m.state.timeMs;
    const outcome = m.orders.book(t.instrument).match(order);
    if (outcome.status === "rejected" && pooled === 0) {
      booker.abandon();
      return bookRefusal(outcome, t);
    }
    booker.finish();
    if (outcome.status === "rejected") cancelRest(m, t, orderId, lots, "unfilled");
    else settleOutcome(m, t, orderId, outcome);
  } else booker.finish();
  if (!terms.isSpot) trimReduceOnly(m, t.account, t.instrument);
  return undefined;
}

function bookRefusal({ reason }: Outcome, t: Ticket): Rejection {
  if (reason === "post-only") {
    return refuse("wouldTake", "priceTicks", t.priceTicks, "a price that does not cross");
  }
  if (reason === "fill-or-kill") return refuse("wouldNotFill", "lots", t.lots, "what can be filled");
  return refuse("overCapacity", "instrument", t.instrument, reason);
}

/** Counts what rests as open, or tells that the rest is cancelled. */
export function settleOutcome(m: Machine, t: Ticket, orderId: number, outcome: Outcome): void {
  const { account, instrument, side } = t;
  if (outcome.restingLots > 0) {
    const { restingLots, priceTicks } = outcome;
    m.positions.addOpen(account, instrument, sideNames[side], restingLots, restingLots * priceTicks);
    m.emit({
      type: "orderRested",
      orderId,
      account,
      instrument,
      side: sideNames[side],
      priceTicks,
      lots: restingLots,
    });
  }
  const gone = outcome.cancelledLots + outcome.decrementedLots;
  if (outcome.restingLots > 0 || gone === 0) return;
  const selfTraded = outcome.reason === "self-trade" || outcome.decrementedLots > 0;
  cancelRest(m, t, orderId, gone, selfTraded ? "selfTrade" : "unfilled");
}

function cancelRest(m: Machine, t: Ticket, orderId: number, lots: number, reason: CancelReason): void {
  const { account, instrument, clientOrderId } = t;
  m.emit({ type: "orderCancelled", orderId, account, instrument, lots, clientOrderId, reason });
}

/** Takes the pool's part of a routed order; how many lots that was. */
function takeFromPool(m: Machine, t: Ticket): number {
  const lots = routedLots(m, t);
  const pool = m.pools.find(t.instrument);
  const quote = lots > 0 && pool ? poolQuote(m, pool, t, lots) : undefined;
  if (!pool || !quote) return 0;
  m.booker.onPoolFill(pool.account, lots, quote.amountUnits, quote.feeUnits);
  m.pools.put({ ...pool, curve: quote.after });
  m.noteBook(t.instrument);
  announcePool(m, t.instrument);
  return lots;
}

/** Cuts the account's resting reduce-only orders to the position that is left. */
export function trimReduceOnly(m: Machine, account: number, instrument: number): void {
  const { orders } = m;
  const { isSpot, isOption } = m.terms(instrument);
  if (orders.accountReduceOnlyCount(account) === 0 || isSpot) return;
  const lots = m.positions.lotsOf(account, instrument);
  // Bought options are carried as reduce-only, too, for what their account can pay.
  if (isOption) trimOptionBuys(m, account, instrument, reducible(lots, buy));
  else orders.limitReduceOnly(account, instrument, buy, reducible(lots, buy));
  orders.limitReduceOnly(account, instrument, sell, reducible(lots, sell));
}

function trimOptionBuys(m: Machine, account: number, instrument: number, maxLots: number): void {
  const { orders } = m;
  let room = maxLots;
  for (let slot = orders.firstOf(account); slot !== none;) {
    const next = orders.nextOf(slot);
    const isOne = orders.instrument(slot) === instrument && orders.side(slot) === buy;
    if (isOne && isReduceOnly(orders.flags(slot))) {
      const excess = Math.max(0, orders.remainingLots(slot) - room);
      room -= orders.remainingLots(slot) - excess;
      if (excess > 0) orders.book(instrument).reduce(slot, excess, "reduce-only");
    }
    slot = next;
  }
}
