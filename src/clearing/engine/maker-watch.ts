import { buy, maxPriceTicks, none, orderFlags } from "../book/index.ts";
import { maxMatchSteps } from "./limits.ts";
import { type Machine } from "./machine.ts";
import { watchAccount } from "./margin-watch.ts";
import { type Ticket } from "./ticket.ts";

type Meeting = Pick<Ticket, "account" | "instrument" | "side" | "priceTicks" | "lots" | "selfTrade">;

/** Accounts that were looked at for the order in hand. */
const looked = new Set<number>();

/**
 * Looks at the owners of the resting orders that an order would meet, if prices changed and the sweep has not been everywhere since: as the sweep would, so that
 * nobody trades with an order that it would have cancelled. Call it before the order is checked. It may look at more of them than the order meets.
 */
export function watchMakers(m: Machine, order: Meeting): void {
  const { orders, watch, state, markets } = m;
  const { account, instrument, side, lots, selfTrade } = order;
  if (state.sweepRemaining === 0 || !markets.instruments.has(instrument)) return;
  const book = orders.book(instrument);
  const best = side === buy ? book.bestAskTicks : book.bestBidTicks;
  const limitTicks = order.priceTicks !== 0 ? order.priceTicks : side === buy ? maxPriceTicks : 1;
  if (best === 0 || (side === buy ? best > limitTicks : best < limitTicks)) return;
  watch.see();
  if (!mayMeetDue(m, order, limitTicks)) return;
  looked.clear();
  const intent = {
    side,
    priceTicks: limitTicks,
    lots,
    account,
    selfTrade,
    nowMs: state.timeMs,
    maxSteps: maxMatchSteps,
  };
  for (;;) {
    const { worstTicks } = book.preview(intent);
    const maker = worstTicks === 0 ? none : nextDue(m, order, worstTicks);
    if (maker === none) return;
    looked.add(maker);
    watchAccount(m, maker);
  }
}

/** Is any order due to be looked at of those that may be met? Goes beyond what is met rather than not far enough. */
function mayMeetDue(m: Machine, { account, instrument, side, lots }: Meeting, limitTicks: number): boolean {
  const { orders, watch, booker } = m;
  // Any order may be cut, then.
  if (booker.lessensOnly(instrument)) return true;
  const { arena } = orders;
  const book = orders.book(instrument);
  let left = lots;
  let steps = 0;
  let level = side === buy ? book.bestAsk : book.bestBid;
  for (; level !== none && left > 0; level = side === buy ? arena.above(level) : arena.below(level)) {
    const ticks = arena.ticks(level);
    if (side === buy ? ticks > limitTicks : ticks < limitTicks) return false;
    for (let slot = arena.head(level); slot !== none && left > 0; slot = orders.nextAtPrice(slot)) {
      if (steps++ === maxMatchSteps) return false;
      const maker = orders.account(slot);
      if (watch.due.has(maker)) return true;
      // Those that may go, or fill in part, are not counted on.
      const isSure = orders.expiryMs(slot) === 0 && (orders.flags(slot) & orderFlags.reduceOnly) === 0;
      if (isSure && maker !== account && !booker.isSameParty(maker, account))
        left -= orders.remainingLots(slot);
    }
  }
  return false;
}

/** The first owner, in the order in which orders are met down to a price, who is due and has not been looked at; `none` if there is none. */
function nextDue(m: Machine, { account, instrument, side }: Meeting, worstTicks: number): number {
  const { orders, watch, booker } = m;
  const { arena } = orders;
  const book = orders.book(instrument);
  let steps = 0;
  let level = side === buy ? book.bestAsk : book.bestBid;
  for (; level !== none; level = side === buy ? arena.above(level) : arena.below(level)) {
    const ticks = arena.ticks(level);
    if (side === buy ? ticks > worstTicks : ticks < worstTicks) return none;
    for (let slot = arena.head(level); slot !== none; slot = orders.nextAtPrice(slot)) {
      if (steps++ === maxMatchSteps) return none;
      const maker = orders.account(slot);
      if (!watch.due.has(maker) || looked.has(maker)) continue;
      if (maker !== account && !booker.isSameParty(maker, account)) return maker;
    }
  }
  return none;
}
