import { log } from "../numerics/exp-log.ts";
import { normalPdf } from "../numerics/normal.ts";
import { yearsToExpiry } from "../market/instrument.ts";
import { type Market, type UnderlyingState } from "../market/market.ts";
import { sviTotalVariance } from "../market/svi.ts";
import { sviSurface, type SviSlice, type SviSurface } from "../market/svi-surface.ts";
import { type ArbitrageFinding, quoteArbitrage, sliceArbitrage } from "./arbitrage.ts";
import { type SmileMetrics, smileMetrics } from "./fit-surface-metrics.ts";
import { type Smile } from "./fit-surface-quasi-explicit.ts";
import { byExpiry, type OptionQuote, optionQuotes } from "./fit-surface-quotes.ts";
import { type Ceiling } from "./fit-surface-polish.ts";
import { fitSlice, type SliceFit, type SliceMethod } from "./fit-surface-slice.ts";
import { impliedVol } from "./implied-vol.ts";

export interface FitSurfaceOptions {
  /**
   * Where a quote's volatility comes from. `quoted` (default): the venue's own, else inverted from its mark. `mark`: inverted
   * from the mark. `mid`: inverted from the mean of bid and ask, where both exist.
   */
  readonly volSource?: "quoted" | "mark" | "mid";
  /** `vega` (default), or `vega-and-spread`: vega divided by the width of bid and ask in volatility. */
  readonly weighting?: "vega" | "vega-and-spread";
  /**
   * How far a price may be off, as a share of the forward: an inverted volatility that this leaves undetermined is set aside.
   * Default 5e-7, half a unit of the sixth decimal of a price in coin.
   */
  readonly priceUncertainty?: number;
  /** See `ArbitrageOptions.tolerance`. */
  readonly arbitrageTolerance?: number;
}

/** How well one expiry was fitted. Errors in volatility points (0.01 of annual volatility), weighted as the fit was. */
export interface ExpiryFit extends SmileMetrics {
  readonly expiryMs: number;
  readonly expiryYears: number;
  /** The median of the quotes' forwards. */
  readonly forward: number;
  readonly method: SliceMethod;
  /** False when fewer quotes carry weight than the slice has parameters. */
  readonly identified: boolean;
  readonly quotesUsed: number;
  /** Quotes not used, by reason: `expired`, `no-volatility`, `below-intrinsic`, … */
  readonly quotesSetAside: ReadonlyMap<string, number>;
  /** Root of the weighted mean square error of the finished surface. */
  readonly rmseVolPoints: number;
  /** Weighted mean absolute error of the finished surface. */
  readonly meanErrorVolPoints: number;
  /** What removing butterfly arbitrage added to the error. */
  readonly butterflyCostVolPoints: number;
  /** What removing calendar arbitrage added to the error. */
  readonly calendarCostVolPoints: number;
  /** The quote that adds most to the error, and its own: surface less quote. */
  readonly worst: { readonly instrument: string; readonly errorVolPoints: number };
}

export interface FittedSurface {
  readonly underlying: string;
  readonly surface: SviSurface;
  /** Ascending by expiry, one for each slice. */
  readonly expiries: readonly ExpiryFit[];
  /** Expiries of which no quote could be used, with the reasons. */
  readonly unfitted: readonly { readonly expiryMs: number; readonly reasons: ReadonlyMap<string, number> }[];
  readonly findings: readonly ArbitrageFinding[];
}

/**
 * Fits a volatility surface to every underlying of a market that has usable option quotes. Deterministic: bounded
 * steps, the same quotes give the same surface to the last bit. Method and equations: docs/surface.md.
 */
export function fitSurface(
  market: Market,
  options: FitSurfaceOptions = {},
): ReadonlyMap<string, FittedSurface> {
  const fitted = new Map<string, FittedSurface>();
  for (const underlying of market.underlyings.keys()) {
    const quotes = optionQuotes(market, underlying);
    const surface = fitSurfaceToQuotes({ underlying, asOfMs: market.asOfMs, quotes }, options);
    if (surface !== undefined) fitted.set(underlying, surface);
  }
  return fitted;
}

/** The market with a fitted surface for every underlying that has option quotes and no surface yet. */
export function withFittedSurfaces(market: Market, options: FitSurfaceOptions = {}): Market {
  const underlyings = new Map<string, UnderlyingState>();
  for (const [symbol, state] of market.underlyings) {
    const fitted =
      state.surface === undefined
        ? fitSurfaceToQuotes(
            { underlying: symbol, asOfMs: market.asOfMs, quotes: optionQuotes(market, symbol) },
            options,
          )
        : undefined;
    underlyings.set(symbol, fitted === undefined ? state : { ...state, surface: fitted.surface });
  }
  return { ...market, underlyings };
}

/** Fits one underlying. Undefined when no quote can be used. */
export function fitSurfaceToQuotes(
  chain: { readonly underlying: string; readonly asOfMs: number; readonly quotes: readonly OptionQuote[] },
  options: FitSurfaceOptions = {},
): FittedSurface | undefined {
  const { underlying, asOfMs, quotes } = chain;
  const unfitted: { expiryMs: number; reasons: ReadonlyMap<string, number> }[] = [];
  const fits: FittedSlice[] = [];
  for (const [expiryMs, group] of byExpiry(quotes)) {
    const prepared = prepareSmile(expiryMs, asOfMs, group, options);
    if (prepared.smile.count === 0) unfitted.push({ expiryMs, reasons: prepared.setAside });
    else fits.push(sliceOf(expiryMs, prepared, fitSlice(prepared.smile)));
  }
  if (fits.length === 0) return undefined;
  lowerWings(fits);
  const surface = sviSurface({ asOfMs, slices: fits.map(({ slice }) => slice) });
  const findings = [
    ...quoteArbitrage(
      quotes.filter((quote) => quote.expiryMs > asOfMs),
      options.arbitrageTolerance === undefined ? {} : { tolerance: options.arbitrageTolerance },
    ),
    ...sliceArbitrage(surface.slices),
  ];
  const expiries = fits.map(({ prepared, fit, slice }): ExpiryFit => {
    const { smile, used, setAside } = prepared;
    const errors = surfaceErrors(surface, slice.expiryMs, smile);
    return {
      expiryMs: slice.expiryMs,
      expiryYears: smile.expiryYears,
      forward: medianForward(used),
      ...smileMetrics(slice.parameters, smile.expiryYears),
      method: fit.method,
      identified: fit.identified,
      quotesUsed: smile.count,
      quotesSetAside: setAside,
      rmseVolPoints: 100 * errors.rmse,
      meanErrorVolPoints: 100 * errors.mean,
      butterflyCostVolPoints: 100 * fit.butterflyCost,
      calendarCostVolPoints: 100 * Math.max(0, errors.rmse - fit.rmse),
      worst: {
        instrument: used[errors.worst]?.instrument ?? "",
        errorVolPoints: 100 * errors.worstError,
      },
    };
  });
  return { underlying, surface, expiries, unfitted, findings };
}

interface FittedSlice {
  readonly prepared: PreparedSmile;
  readonly slice: SviSlice;
  readonly fit: SliceFit;
}

function sliceOf(expiryMs: number, prepared: PreparedSmile, fit: SliceFit): FittedSlice {
  let minLogMoneyness = Infinity;
  let maxLogMoneyness = -Infinity;
  for (const k of prepared.smile.k) {
    minLogMoneyness = Math.min(minLogMoneyness, k);
    maxLogMoneyness = Math.max(maxLogMoneyness, k);
  }
  const slice = { expiryMs, parameters: fit.parameters, minLogMoneyness, maxLogMoneyness };
  return { prepared, fit, slice };
}

/** What lowering a slice's wings may add to its own error, annual fraction. */
const mostForWings = 0.001;

/**
 * From the last expiry to the first: where a slice's wing, beyond its own quotes, rises above what later expiries quote
 * there, it is fitted again to stay below. Otherwise the surface, which never falls with time, would follow the wing and
 * miss the later quotes. A slice stays that would fit its own quotes much worse.
 */
function lowerWings(fits: FittedSlice[]): void {
  for (let i = fits.length - 2; i >= 0; i--) {
    const own = fits[i];
    if (own === undefined) continue;
    const later = fits.slice(i + 1).map(({ slice }) => slice);
    const ceilings = ceilingsOf(own.slice, later);
    const { parameters } = own.slice;
    if (!ceilings.some(({ k, w }) => sviTotalVariance(parameters, k) > w * (1 + 1e-9))) continue;
    const lowered = fitSlice(own.prepared.smile, ceilings);
    if (lowered.rmse > own.fit.rmse + mostForWings) continue;
    fits[i] = sliceOf(own.slice.expiryMs, own.prepared, lowered);
  }
}

/** Points beyond the slice's own quotes with the least total variance of the later slices that are quoted there. */
function ceilingsOf(slice: SviSlice, later: readonly SviSlice[]): readonly Ceiling[] {
  const ceilings: Ceiling[] = [];
  const points = 20;
  const upTo = Math.max(...later.map(({ maxLogMoneyness }) => maxLogMoneyness));
  const downTo = Math.min(...later.map(({ minLogMoneyness }) => minLogMoneyness));
  for (let i = 1; i <= points; i++) {
    const share = i / points;
    for (const k of [
      slice.maxLogMoneyness + share * Math.max(0, upTo - slice.maxLogMoneyness),
      slice.minLogMoneyness + share * Math.min(0, downTo - slice.minLogMoneyness),
    ]) {
      if (k >= slice.minLogMoneyness && k <= slice.maxLogMoneyness) continue;
      let w = Infinity;
      for (const { parameters, minLogMoneyness, maxLogMoneyness } of later) {
        if (k >= minLogMoneyness && k <= maxLogMoneyness) w = Math.min(w, sviTotalVariance(parameters, k));
      }
      if (w > 0 && w < Infinity) ceilings.push({ k, w });
    }
  }
  return ceilings;
}

/** |ln(strike/forward)| beyond which no option has a price that depends on a volatility one would quote. */
const farthestStrike = 20;
/** Total volatility beyond which a call costs the forward to the last digit. */
const largestDeviation = 20;

interface PreparedSmile {
  readonly smile: Smile;
  readonly used: readonly OptionQuote[];
  readonly setAside: ReadonlyMap<string, number>;
}

function prepareSmile(
  expiryMs: number,
  asOfMs: number,
  group: readonly OptionQuote[],
  options: FitSurfaceOptions,
): PreparedSmile {
  const years = yearsToExpiry(expiryMs, asOfMs);
  const setAside = new Map<string, number>();
  const used: OptionQuote[] = [];
  const ks: number[] = [];
  const vols: number[] = [];
  const vegas: number[] = [];
  for (const [index, quote] of group.entries()) {
    const sameStrike = [group[index - 1], group[index + 1]].some((other) => other?.strike === quote.strike);
    const found = years > 0 ? volOf(quote, sameStrike, options) : "expired";
    let reason: string | undefined;
    if (typeof found === "string") reason = found;
    else {
      const k = log(quote.strike / quote.forward);
      const deviation = found * Math.sqrt(years);
      const vega = quote.forward * normalPdf(-k / deviation + deviation / 2) * Math.sqrt(years);
      if (quote.strike === 0) reason = "zero-strike";
      else if (Math.abs(k) > farthestStrike) reason = "far-strike";
      else if (deviation > largestDeviation) reason = "saturated";
      else if (!(vega > 1e-300)) reason = "no-vega";
      else {
        used.push(quote);
        ks.push(k);
        vols.push(found);
        vegas.push(vega);
      }
    }
    if (reason !== undefined) setAside.set(reason, (setAside.get(reason) ?? 0) + 1);
  }
  let weights: readonly number[] = vegas;
  if (options.weighting === "vega-and-spread") {
    weights = spreadWeights(used, vegas);
    // Vegas so small that their quotes' widths in volatility overflow.
    if (!weights.some((weight) => weight > 0)) weights = vegas;
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    used,
    setAside,
    smile: {
      count: used.length,
      k: Float64Array.from(ks),
      vol: Float64Array.from(vols),
      weight: Float64Array.from(weights, (weight) => weight / total),
      expiryYears: years,
    },
  };
}

/** The quote's volatility, or the reason why it has none. */
function volOf(quote: OptionQuote, sameStrike: boolean, options: FitSurfaceOptions): number | string {
  const { volSource = "quoted", priceUncertainty = 5e-7 } = options;
  if (volSource === "quoted" && quote.impliedVol !== undefined) {
    return quote.impliedVol > 0 ? quote.impliedVol : "no-volatility";
  }
  const { bid, ask, forward, strike } = quote;
  const twoSided = bid !== undefined && ask !== undefined;
  const price = volSource !== "mid" ? quote.mark : twoSided ? (bid + ask) / 2 : undefined;
  if (price === undefined) return volSource === "mid" ? "one-sided" : "no-mark";
  // In the money the intrinsic value, and with it the forward's error, drowns the time value: the strike's other option tells more.
  const inTheMoney = quote.optionType === "call" ? forward > strike : strike > forward;
  if (inTheMoney && sameStrike) return "in-the-money";
  const found = impliedVol({
    optionType: quote.optionType,
    forward,
    strike,
    expiryYears: yearsToExpiry(quote.expiryMs, quote.timeMs),
    price,
    priceUncertainty: priceUncertainty * forward,
  });
  if (found.status !== "found") return found.status;
  if (!found.identified) return "unidentified";
  return found.vol > 0 ? found.vol : "no-volatility";
}

/** Vega over the width of the quote in volatility, with half a point added so that a tight quote is not everything. */
function spreadWeights(used: readonly OptionQuote[], vegas: readonly number[]): readonly number[] {
  return used.map(({ bid, ask, forward }, i) => {
    const vega = vegas[i] ?? 0;
    // A quote without both sides counts as if its sides were a tenth of the forward apart.
    const width = bid !== undefined && ask !== undefined ? Math.max(0, ask - bid) : forward / 10;
    return vega / (0.005 + width / vega);
  });
}

function surfaceErrors(
  surface: SviSurface,
  expiryMs: number,
  smile: Smile,
): { rmse: number; mean: number; worst: number; worstError: number } {
  let squares = 0;
  let mean = 0;
  let worst = 0;
  let worstError = 0;
  let heaviest = -1;
  for (let i = 0; i < smile.count; i++) {
    const weight = smile.weight[i] ?? 0;
    const error = surface.volAt(expiryMs, smile.k[i] ?? 0).value - (smile.vol[i] ?? 0);
    squares += weight * error * error;
    mean += weight * Math.abs(error);
    if (weight * error * error > heaviest) {
      heaviest = weight * error * error;
      worst = i;
      worstError = error;
    }
  }
  return { rmse: Math.sqrt(squares), mean, worst, worstError };
}

function medianForward(quotes: readonly OptionQuote[]): number {
  const sorted = quotes.map((quote) => quote.forward).sort((p, q) => p - q);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
