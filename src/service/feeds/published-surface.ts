import { type PublishedSlice } from "../../clearing/index.ts";
import { type Market } from "../../market/market.ts";
import { yearsToExpiry } from "../../market/instrument.ts";
import { type SviSlice } from "../../market/svi-surface.ts";
import { sviTotalVariance, type SviParameters } from "../../market/svi.ts";
import { normalPdf } from "../../numerics/index.ts";
import { fitSlice } from "../../pricing/fit-surface-slice.ts";
import { fitSurfaceToQuotes } from "../../pricing/index.ts";
import { optionQuotes } from "../../pricing/fit-surface-quotes.ts";
import { priceMicrosOf } from "./feed.ts";
import { type ChainView } from "./listing-plan.ts";
import { type ListedOption } from "./listings.ts";

/** Fewer strikes than a bend is fitted to. */
const sampledStrikes = 11;
/** Beyond so many deviations an option's price hardly tells one volatility from another. */
const sampledDeviations = 4;

/**
 * The surface of an underlying's option quotes as it is published: one slice per expiry in plain SVI. Where the fit bent a wing, which
 * a published slice cannot, five parameters are fitted again to the bent smile.
 *
 * @returns undefined when no quote can be used.
 */
export function publishedSlices(market: Market, underlying: string): readonly PublishedSlice[] | undefined {
  const { asOfMs } = market;
  const fitted = fitSurfaceToQuotes({ underlying, asOfMs, quotes: optionQuotes(market, underlying) });
  if (fitted === undefined) return undefined;
  return fitted.surface.slices.map((slice, i): PublishedSlice => {
    const { a, b, rho, m, sigma } = plainParameters(slice, asOfMs);
    const forward = fitted.expiries[i]?.forward ?? 0;
    return { expiryMs: slice.expiryMs, forwardMicros: priceMicrosOf(forward), a, b, rho, m, sigma };
  });
}

/** Surface, index and options of one underlying of a market; undefined when no option quote can be used. */
export function chainView(market: Market, underlying: string): ChainView | undefined {
  const slices = publishedSlices(market, underlying);
  const indexUsd = market.underlyings.get(underlying)?.indexUsd;
  if (slices === undefined || indexUsd === undefined) return undefined;
  const options: ListedOption[] = [];
  for (const instrument of market.instruments.values()) {
    if (instrument.kind === "option" && instrument.underlying === underlying) options.push(instrument);
  }
  options.sort((a, b) => a.expiryMs - b.expiryMs || a.strike - b.strike);
  return { underlying, indexUsd, slices, options };
}

function plainParameters(slice: SviSlice, asOfMs: number): SviParameters {
  const { expiryMs, parameters, minLogMoneyness, maxLogMoneyness } = slice;
  if (parameters.bends === undefined) return parameters;
  const years = yearsToExpiry(expiryMs, asOfMs);
  const reach = sampledDeviations * Math.sqrt(sviTotalVariance(parameters, 0));
  const [low, high] = [Math.max(minLogMoneyness, -reach), Math.min(maxLogMoneyness, reach)];
  const ks = Array.from(
    { length: sampledStrikes },
    (_, i) => low + ((high - low) * i) / (sampledStrikes - 1),
  );
  const variances = ks.map((k) => sviTotalVariance(parameters, k));
  const vegas = ks.map((k, i) => {
    const deviation = Math.sqrt(variances[i] ?? 0);
    return deviation > 0 ? normalPdf(-k / deviation + deviation / 2) + 1e-3 : 0;
  });
  const total = vegas.reduce((sum, vega) => sum + vega, 0);
  return fitSlice({
    count: sampledStrikes,
    k: Float64Array.from(ks),
    vol: Float64Array.from(variances, (variance) => Math.sqrt(variance / years)),
    weight: Float64Array.from(vegas, (vega) => vega / total),
    expiryYears: years,
  }).parameters;
}
