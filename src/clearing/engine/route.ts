import { buy, sell } from "../book/index.ts";
import { lotsToPrice, quoteTrade, spotPriceFloor, type VammQuote } from "../vamm/index.ts";
import { maxRouteLevels } from "./limits.ts";
import { type Machine } from "./machine.ts";
import { type PoolState } from "./pool-states.ts";
import { poolEquityFloor, poolWorstLoss } from "./pool-worth.ts";
import { sideNames } from "./fills.ts";
import { priceBand, type Ticket } from "./ticket.ts";

const million = 1_000_000;

/** The curve's own price, in micros, at which a trade together with the pool's fee costs a limit; for sales, brings it. */
function curveLimit(t: Ticket, ticks: number, pool: PoolState, tickMicros: number): number {
  const price = ticks * tickMicros;
  const { feePpm } = pool.spec;
  return t.side === buy
    ? Math.floor((price * million) / (million + feePpm))
    : Math.ceil((price * million) / (million - feePpm));
}

/**
 * Lots of an order that its pool should take: step by step the better of the book's next level and the curve. Since the curve's price moves
 * with the whole amount, taking it at once comes to the same. Cut to what the pool may trade.
 */
export function routedLots(m: Machine, t: Ticket): number {
  const pool = m.pools.find(t.instrument);
  if (!pool) return 0;
  const terms = m.terms(t.instrument);
  const lotsAt = (ticks: number): number => {
    const limit = curveLimit(t, ticks, pool, terms.tickMicros);
    return limit <= 0 ? 0 : lotsToPrice(pool.curve, terms.lotNanos, sideNames[t.side], limit);
  };
  let booked = 0;
  for (const level of m.orders.book(t.instrument).depth(t.side === buy ? sell : buy, maxRouteLevels)) {
    if (t.side === buy ? level.priceTicks > t.limitTicks : level.priceTicks < t.limitTicks) break;
    if (lotsAt(level.priceTicks) + booked >= t.lots) return tradable(m, pool, t, t.lots - booked);
    booked += level.lots;
    if (booked >= t.lots) return tradable(m, pool, t, Math.min(lotsAt(level.priceTicks), t.lots));
  }
  return tradable(m, pool, t, Math.min(t.lots - booked, lotsAt(t.limitTicks)));
}

/** What the pool asks or gives for so many lots, if it may trade them. */
export function poolQuote(m: Machine, pool: PoolState, t: Ticket, lots: number): VammQuote | undefined {
  const { underlying } = m.terms(t.instrument);
  const index = m.markets.indexMicros(underlying);
  if (m.markets.indexConfidencePpm(underlying) === 0) return undefined;
  const { minPriceMicros, maxPriceMicros } = pool.terms;
  if (index < minPriceMicros || index > maxPriceMicros) return undefined;
  const quote = quoteTrade(pool.curve, pool.terms, sideNames[t.side], lots, index);
  if (typeof quote === "string" || quote.amountUnits <= 0) return undefined;
  // The pool's collateral must answer for the worst that can come; only what brings that nearer is traded anyway.
  const loss = poolWorstLoss(m, pool, quote.after);
  if (loss > poolWorstLoss(m, pool) && loss > poolEquityFloor(m, pool)) return undefined;
  // As for orders in the book: no trade far from the mark.
  const { tickMicros, lotNanos } = m.terms(t.instrument);
  const after = spotPriceFloor(quote.after, lotNanos);
  const { lowTicks, highTicks } = priceBand(m, m.terms(t.instrument));
  if (after < lowTicks * tickMicros || after > highTicks * tickMicros) return undefined;
  return quote;
}

/** The most of `lots` that the pool may trade: all, or what halving finds. */
function tradable(m: Machine, pool: PoolState, t: Ticket, lots: number): number {
  if (lots <= 0) return 0;
  if (poolQuote(m, pool, t, lots)) return lots;
  let low = 0;
  let high = lots;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (poolQuote(m, pool, t, middle)) low = middle;
    else high = middle;
  }
  return low;
}
