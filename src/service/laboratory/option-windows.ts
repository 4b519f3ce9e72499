import { type Market } from "../../market/index.ts";
import { decimalToNumber } from "../../quantity/index.ts";
import { accountValue, contractNotionalUsd } from "../../risk/index.ts";
import { type Asked, type AskedBook } from "./models.ts";
import { type Observations } from "./observations.ts";
import { hourMs } from "./panels.ts";

/** From one recorded instant to another. */
export interface PlannedWindow {
  /** Index into {@link Observations.horizonHours}. */
  readonly horizon: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** How far from its horizon a window may end: a tenth of it, and 90 minutes at least. */
export const toleranceMs = (horizonHours: number): number => Math.max(1.5, horizonHours / 10) * hourMs;

/**
 * Windows between instants of recorded markets, earliest first; for each horizon the next starts where the last ended or later,
 * so that none overlap. A window ends at the instant nearest to its horizon; without one within the tolerance it is left out.
 *
 * @param timesMs - ascending.
 * @param horizons - indices and hours of what is planned for.
 */
export function planWindows(
  timesMs: readonly number[],
  horizons: readonly { readonly index: number; readonly hours: number }[],
): readonly PlannedWindow[] {
  const plan: PlannedWindow[] = [];
  for (const { index, hours } of horizons) {
    let freeMs = -Infinity;
    for (const [at, startMs] of timesMs.entries()) {
      if (startMs < freeMs) continue;
      const targetMs = startMs + hours * hourMs;
      let endMs = Infinity;
      for (let later = at + 1; later < timesMs.length; later++) {
        const candidateMs = timesMs[later]!;
        if (Math.abs(candidateMs - targetMs) >= Math.abs(endMs - targetMs)) break;
        endMs = candidateMs;
      }
      if (Math.abs(endMs - targetMs) > toleranceMs(hours)) continue;
      plan.push({ horizon: index, startMs, endMs });
      freeMs = endMs;
    }
  }
  return plan.sort((a, b) => a.startMs - b.startMs || a.horizon - b.horizon);
}

/** A book of the library, built and asked for at one instant. */
export interface OpenedBook {
  /** Index into {@link Observations.books}. */
  readonly book: number;
  readonly asked: AskedBook;
  readonly requirements: Asked;
}

/** USD per coin that options of an expiry settled at; undefined when no price near it was recorded. */
export type SettlementPrice = (underlying: string, expiryMs: number) => number | undefined;

interface OpenWindow {
  readonly window: PlannedWindow;
  readonly market: Market;
  readonly books: readonly (OpenedBook & { readonly valueUsd: number; readonly notionalUsd: number })[];
}

/** The windows that are open in a walk from market to market. */
export class OptionWindows {
  readonly #observations: Observations;
  readonly #settlementPrice: SettlementPrice;
  #open: OpenWindow[] = [];

  constructor(observations: Observations, settlementPrice: SettlementPrice) {
    this.#observations = observations;
    this.#settlementPrice = settlementPrice;
  }

  /** Instruments of open windows, which the markets to come must quote, with the market that each was bought in. */
  get held(): ReadonlyMap<string, Market> {
    const held = new Map<string, Market>();
    for (const { books, market } of this.#open) {
      for (const { asked } of books) {
        for (const { instrument } of asked.portfolio.positions) held.set(instrument, market);
      }
    }
    return held;
  }

  open(market: Market, windows: readonly PlannedWindow[], books: readonly OpenedBook[]): void {
    if (windows.length === 0) return;
    const valued = books.map((one) => ({
      ...one,
      valueUsd: accountValue(one.asked.portfolio, market).equityUsd,
      notionalUsd: notionalOf(one.asked, market),
    }));
    for (const window of windows) this.#open.push({ window, market, books: valued });
  }

  /** Records what ends at this market. */
  close(end: Market): void {
    for (const { window, market, books } of this.#open) {
      if (window.endMs !== end.asOfMs) continue;
      for (const { book, asked, requirements, valueUsd, notionalUsd } of books) {
        const later = laterValueUsd(asked, { start: market, end, settlementPrice: this.#settlementPrice });
        if (later === undefined) continue;
        this.#observations.add({ book, ...window, lossUsd: valueUsd - later, notionalUsd, ...requirements });
      }
    }
    this.#open = this.#open.filter(({ window }) => window.endMs > end.asOfMs);
  }
}

/**
 * The book's value in a later market, USD: at its marks; an inverse option that has expired since is the coin that it paid. Undefined
 * when a contract has vanished or its settlement is not known.
 */
export function laterValueUsd(
  { portfolio }: AskedBook,
  span: { readonly start: Market; readonly end: Market; readonly settlementPrice: SettlementPrice },
): number | undefined {
  const { start, end } = span;
  let settledUsd = 0;
  for (const { instrument: id, size } of portfolio.positions) {
    if (end.quotes.has(id) && end.instruments.has(id)) continue;
    const instrument = start.instruments.get(id);
    if (instrument?.kind !== "option" || instrument.expiryMs > end.asOfMs) return undefined;
    const { underlying, expiryMs, strike, optionType, settlement, contractSize } = instrument;
    const price = span.settlementPrice(underlying, expiryMs);
    const nowUsd = end.underlyings.get(underlying)?.indexUsd;
    if (price === undefined || nowUsd === undefined) return undefined;
    const payoffUsd = Math.max(0, optionType === "call" ? price - strike : strike - price);
    const kept = settlement === "inverse" ? nowUsd / price : 1;
    settledUsd += decimalToNumber(size) * contractSize * payoffUsd * kept;
  }
  return accountValue(portfolio, end).equityUsd + settledUsd;
}

/** Face value of all positions and of the coins held, USD. */
function notionalOf({ portfolio, deposits }: AskedBook, market: Market): number {
  let total = deposits?.valueUsd ?? 0;
  for (const { instrument: id, size } of portfolio.positions) {
    const instrument = market.instruments.get(id);
    if (instrument) total += Math.abs(decimalToNumber(size)) * contractNotionalUsd(instrument, market);
  }
  return total;
}
