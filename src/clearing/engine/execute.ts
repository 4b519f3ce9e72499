import { buy, orderFlags, type Outcome, sell } from "../book/index.ts";
import { type CancelReason, type ClearingEvent, type Rejection } from "../protocol/index.ts";
import { ownFlags, reducible, sideNames } from "./fills.ts";
import { maxMatchSteps } from "./limits.ts";
import { type Machine } from "./machine.ts";
import { announcePool } from "./pool-events.ts";
import { poolQuote, routedLots } from "./route.ts";
import { type Ticket } from "./ticket.ts";
import { refuse } from "./transfers.ts";

/** The flags that an order rests with. */
function restingFlags(m: Machine, t: Ticket): number {
  const terms = m.terms(t.instrument);
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
  const pooled = (t.flags & ownFlags.routeBest) === 0 ? 0 : takeFromPool(m, t);
  const lots = t.lots - pooled;
  if (lots > 0) {
    const outcome = m.orders.book(t.instrument).match({
      orderId,
      priority: m.state.nextPriority++,
      side: t.side,
      priceTicks: t.limitTicks,
      lots,
      account: t.account,
      selfTrade: t.selfTrade,
      timeInForce: t.timeInForce,
      flags: (t.flags & orderFlags.postOnly) | restingFlags(m, t),
      clientOrderId: t.clientOrderId,
      expiryMs: t.expiryMs,
      nowMs: m.state.timeMs,
      maxSteps: maxMatchSteps,
    });
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
  if (m.orders.accountReduceOnlyCount(account) === 0 || m.terms(instrument).paysCash) return;
  const lots = m.positions.lotsOf(account, instrument);
  m.orders.limitReduceOnly(account, instrument, buy, reducible(lots, buy));
  m.orders.limitReduceOnly(account, instrument, sell, reducible(lots, sell));
}
