import { buy, none, sell, type Side } from "../book/index.ts";
import { spotPriceFloor } from "../vamm/index.ts";
import { impactNotionalMicros, maxRouteLevels } from "./limits.ts";
import { type Machine } from "./machine.ts";
import { type PoolState } from "./pool-states.ts";
import { poolQuote } from "./route.ts";
import { type InstrumentTerms } from "./terms.ts";
import { newTicket } from "./ticket.ts";

export interface BookPrices {
  bidMicros: number;
  askMicros: number;
}

const prices: BookPrices = { bidMicros: 0, askMicros: 0 };

/**
 * Prices at which {@link impactNotionalMicros} could be sold and bought at once, 0 where the book does not hold so much: a lone small order
 * does not move marks and funding. A pool's price stands where the book's is worse. Good until the next call.
 */
export function bookPrices(m: Machine, instrument: number): Readonly<BookPrices> {
  const terms = m.terms(instrument);
  const pool = m.pools.find(instrument);
  prices.bidMicros = impactMicros(m, terms, 0);
  prices.askMicros = impactMicros(m, terms, 1);
  if (!pool) return prices;
  const bid = poolMicros(m, pool, terms, sell);
  const ask = poolMicros(m, pool, terms, buy);
  prices.bidMicros = Math.max(prices.bidMicros, bid);
  if (ask !== 0) prices.askMicros = prices.askMicros === 0 ? ask : Math.min(prices.askMicros, ask);
  return prices;
}

const ticket = newTicket();

/** What the pool asks or gives on average for the impact amount; 0 if it would not trade so much. */
function poolMicros(m: Machine, pool: PoolState, terms: InstrumentTerms, side: Side): number {
  const price = spotPriceFloor(pool.curve, terms.lotNanos);
  const lots = Math.max(1, Math.round((impactNotionalMicros * 1e9) / (price * terms.lotNanos)));
  ticket.instrument = terms.instrument;
  ticket.side = side;
  const quote = price === 0 ? undefined : poolQuote(m, pool, ticket, lots);
  return quote ? Math.round((quote.amountUnits * 1e9) / (lots * terms.lotNanos)) : 0;
}

/** The price of the last lot that the impact amount would meet on one side of the book; 0 if it does not find so much. */
function impactMicros(m: Machine, terms: InstrumentTerms, side: Side): number {
  const { orders } = m;
  const { arena } = orders;
  const book = orders.book(terms.instrument);
  let level = side === buy ? book.bestBid : book.bestAsk;
  let left = impactNotionalMicros;
  for (let step = 0; level !== none && step < maxRouteLevels; step++) {
    const price = arena.ticks(level) * terms.tickMicros;
    const lotMicros = terms.isInverse ? terms.lotUsdMicros : (price * terms.lotNanos) / 1e9;
    left -= arena.lots(level) * lotMicros;
    if (left <= 0) return price;
    level = side === buy ? arena.below(level) : arena.above(level);
  }
  return 0;
}
