import { type Market } from "../market/market.ts";

/** One option's prices as a surface is fitted to them, whatever its settlement: quote currency per unit, undiscounted. */
export interface OptionQuote {
  readonly instrument: string;
  readonly optionType: "call" | "put";
  readonly expiryMs: number;
  /** When the prices were taken. */
  readonly timeMs: number;
  readonly strike: number;
  /** The forward that `mark` and `impliedVol` belong to. */
  readonly forward: number;
  /** The venue's own volatility of the mark, annual fraction. */
  readonly impliedVol?: number;
  readonly mark?: number;
  readonly bid?: number;
  readonly ask?: number;
}

/**
 * The option quotes of one underlying, in the order of the market's instruments. Prices of inverse options, which are
 * in coin, become quote currency by the quote's forward. A quote without a forward takes the curve's.
 */
export function optionQuotes(market: Market, underlying: string): readonly OptionQuote[] {
  const curve = market.underlyings.get(underlying)?.forwards;
  const quotes: OptionQuote[] = [];
  for (const instrument of market.instruments.values()) {
    if (instrument.kind !== "option" || instrument.underlying !== underlying) continue;
    const quote = market.quotes.get(instrument.id);
    const forward = quote?.forward ?? curve?.forwardAt(instrument.expiryMs).value;
    if (quote === undefined || forward === undefined) continue;
    const unit = instrument.settlement === "inverse" ? forward : 1;
    quotes.push({
      instrument: instrument.id,
      optionType: instrument.optionType,
      expiryMs: instrument.expiryMs,
      timeMs: quote.timeMs,
      strike: instrument.strike,
      forward,
      mark: quote.mark * unit,
      ...(quote.impliedVol !== undefined && { impliedVol: quote.impliedVol }),
      ...(quote.bid !== undefined && { bid: quote.bid * unit }),
      ...(quote.ask !== undefined && { ask: quote.ask * unit }),
    });
  }
  return quotes;
}

/** Quotes by expiry, ascending; within an expiry by strike, calls first. */
export function byExpiry(quotes: readonly OptionQuote[]): ReadonlyMap<number, readonly OptionQuote[]> {
  const groups = new Map<number, OptionQuote[]>();
  const ordered = [...quotes].sort(
    (p, q) =>
      p.expiryMs - q.expiryMs ||
      p.strike - q.strike ||
      (p.optionType === q.optionType ? 0 : p.optionType === "call" ? -1 : 1),
  );
  for (const quote of ordered) {
    const group = groups.get(quote.expiryMs);
    if (group === undefined) groups.set(quote.expiryMs, [quote]);
    else group.push(quote);
  }
  return groups;
}
