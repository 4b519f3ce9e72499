import { type Market, type Option, yearsToExpiry } from "../market/index.ts";
import { log } from "../numerics/index.ts";
import { impliedVol } from "../pricing/index.ts";

/** The volatility an option is priced at. */
export interface OptionVol {
  /** Annual fraction, ≥ 0. */
  readonly value: number;
  /** Its quote's own; what its mark implies; the surface's at its strike; nothing known. */
  readonly source: "quote" | "mark" | "surface" | "default";
}

const smallestForward = 1e-12;
/** Stands for the log-moneyness of a strike of zero. */
const deepestLogMoneyness = -50;

/** Forward that an option is priced on, quote currency per unit: its quote's own, else the curve's. > 0. */
export function optionForward(option: Option, market: Market): number {
  const state = market.underlyings.get(option.underlying);
  const forward =
    market.quotes.get(option.id)?.forward ??
    state?.forwards.forwardAt(option.expiryMs).value ??
    state?.indexUsd;
  return Math.max(smallestForward, forward ?? 0);
}

/** Forward that the surface counts moneyness from, quote currency per unit: the curve's, else the quote's own. > 0. */
export function curveForward(option: Option, market: Market): number {
  const forward =
    market.underlyings.get(option.underlying)?.forwards.forwardAt(option.expiryMs).value ??
    market.quotes.get(option.id)?.forward;
  return Math.max(smallestForward, forward ?? 0);
}

/** ln(strike ÷ forward). Finite. */
export const logMoneyness = (strike: number, forward: number): number =>
  strike > 0 ? log(strike / forward) : deepestLogMoneyness;

/**
 * The volatility of an option in a market. A quote need not state one: then its mark is inverted, and where a mark implies none
 * (below intrinsic value, say) the surface is asked.
 *
 * @param defaultVol - of an option that neither its quote nor its mark nor a surface prices. Annual fraction.
 */
export function optionVol(option: Option, market: Market, defaultVol = 1): OptionVol {
  const quote = market.quotes.get(option.id);
  if (quote?.impliedVol !== undefined) return { value: quote.impliedVol, source: "quote" };
  const { optionType, strike, expiryMs } = option;
  const expiryYears = yearsToExpiry(expiryMs, market.asOfMs);
  if (quote && expiryYears > 0 && strike > 0) {
    const forward = optionForward(option, market);
    const price = option.settlement === "inverse" ? quote.mark * forward : quote.mark;
    const found = impliedVol({ optionType, forward, strike, expiryYears, price });
    if (found.status === "found") return { value: found.vol, source: "mark" };
  }
  const surface = expiryYears > 0 ? market.underlyings.get(option.underlying)?.surface : undefined;
  const known = surface?.volAt(expiryMs, logMoneyness(strike, curveForward(option, market))).value ?? 0;
  return known > 0 ? { value: known, source: "surface" } : { value: defaultVol, source: "default" };
}
