import {
  type Instrument,
  type Market,
  type Option,
  type UnderlyingState,
  yearsToExpiry,
} from "../../market/index.ts";
import { undiscountedPrice } from "../../pricing/black76.ts";
import { curveForward, logMoneyness, type OptionVol, optionVol } from "../option-vol.ts";
import { type RiskClassParameters } from "../parameters/margin-parameters.ts";
import { type FactorShock, factorShock, type ShockTiming, stressTiming } from "./factor-shock.ts";
import { type UnderlyingMove } from "./move.ts";
import { moneynessDeviation, shockedVol } from "./vol-move.ts";

/** How a scenario takes place, and what becomes of the quote asset in it. */
export interface RevaluationContext extends ShockTiming {
  /** Price of the quote asset in the scenario over its price now: 1 unless a stablecoin slips. */
  readonly quoteRatio: number;
}

/** Immediate, with the quote asset at its price. */
export const stressContext: RevaluationContext = { ...stressTiming, quoteRatio: 1 };

/** One contract, ready to be revalued in any scenario. */
export interface Revaluation {
  /** Value of one contract at its mark, USD: all of it for spot and options, 0 for perpetuals and futures. */
  readonly markUsd: number;
  /** ACT/365; 0 for spot and perpetuals. Contracts of one underlying and expiry share their shocks. */
  readonly expiryYears: number;
  /**
   * Change of one contract's value from its mark, USD, equation (3). Total: finite for every shock.
   *
   * @param quoteRatio - price of the quote asset in the scenario over its price now.
   */
  changeFrom(shock: FactorShock, quoteRatio: number): number;
  /** {@link changeFrom} of a move that is worked out on the spot. */
  changeUsd(move: UnderlyingMove, context: RevaluationContext): number;
  /** The volatility that reprices an option, and where it came from. */
  readonly vol?: OptionVol;
  /** True when some volatility had to be read outside the quotes of its surface, now. */
  readonly extrapolatedVol?: boolean;
}

const smallestPrice = 1e-12;

/**
 * Prepares one contract for revaluation by Black-76 on the shocked forward and the shocked volatility. Volatility sticks
 * to log-moneyness: the smile moves along with the forward, and the level, term, skew and smile of the scenario act on top.
 */
export function revaluation(instrument: Instrument, market: Market, risk: RiskClassParameters): Revaluation {
  const priced =
    instrument.kind === "option"
      ? optionRevaluation(instrument, market, risk)
      : deltaOneRevaluation(instrument, market);
  return {
    ...priced,
    changeUsd: (move, context) =>
      priced.changeFrom(factorShock(move, priced.expiryYears, risk, context), context.quoteRatio),
  };
}

type Priced = Omit<Revaluation, "changeUsd">;

function deltaOneRevaluation(instrument: Exclude<Instrument, Option>, market: Market): Priced {
  const quote = market.quotes.get(instrument.id);
  const state = market.underlyings.get(instrument.underlying);
  const quoteUsd = market.assets.get(instrument.quoteAsset)?.priceUsd ?? 1;
  const size = instrument.contractSize;
  const indexUsd = state?.indexUsd ?? 0;
  if (instrument.kind === "spot") {
    // The coin itself: its USD value does not depend on the currency that it is quoted in.
    const markUsd = size * (quote?.mark ?? indexUsd / quoteUsd) * quoteUsd;
    return { markUsd, expiryYears: 0, changeFrom: ({ spotRatio }) => markUsd * (spotRatio - 1) };
  }
  const expiryYears = instrument.kind === "future" ? yearsToExpiry(instrument.expiryMs, market.asOfMs) : 0;
  const mark = Math.max(smallestPrice, quote?.mark ?? deliveryForward(instrument, state));
  const changeFrom: Priced["changeFrom"] =
    instrument.settlement === "linear"
      ? ({ forwardRatio }, quoteRatio) => size * (mark * (forwardRatio - 1)) * quoteUsd * quoteRatio
      : ({ forwardRatio, spotRatio }) => ((size * indexUsd) / mark) * (1 - 1 / forwardRatio) * spotRatio;
  return { markUsd: 0, expiryYears, changeFrom };
}

function deliveryForward(
  instrument: Instrument & { readonly expiryMs?: number },
  state: UnderlyingState | undefined,
): number {
  if (!state) return smallestPrice;
  return instrument.expiryMs === undefined
    ? state.indexUsd
    : state.forwards.forwardAt(instrument.expiryMs).value;
}

function optionRevaluation(option: Option, market: Market, risk: RiskClassParameters): Priced {
  const { strike, contractSize } = option;
  const quote = market.quotes.get(option.id);
  const state = market.underlyings.get(option.underlying);
  const quoteUsd = market.assets.get(option.quoteAsset)?.priceUsd ?? 1;
  const isCall = option.optionType === "call";
  const inverse = option.settlement === "inverse";
  const expiryYears = yearsToExpiry(option.expiryMs, market.asOfMs);
  // One forward for all options of an expiry, so that parity holds in every scenario whatever instants the quotes are from.
  const forward = curveForward(option, market);
  const spot = state?.indexUsd ?? forward;
  const moneynessNow = logMoneyness(strike, forward);
  const surface = expiryYears > 0 ? state?.surface : undefined;
  const known = surface?.volAt(option.expiryMs, moneynessNow);
  const vol = optionVol(option, market, risk.defaultVol);
  const surfaceVol = known !== undefined && known.value > 0 ? known.value : undefined;
  const deviation = moneynessDeviation(surface?.volAt(option.expiryMs, 0).value ?? vol.value, expiryYears);
  const model = undiscountedPrice(isCall, forward, strike, vol.value * Math.sqrt(expiryYears));
  const modelInUnit = inverse ? model / forward : model;
  const mark = quote?.mark ?? modelInUnit;
  const markUsd = contractSize * mark * (inverse ? spot : quoteUsd);

  let last = { logShift: 0, sticky: vol.value };
  const changeFrom = (shock: FactorShock, quoteRatio: number): number => {
    const shocked = forward * shock.forwardRatio;
    const moneyness = moneynessNow - shock.logShift;
    // A grid asks for one spot move with many volatilities: the surface is read once for them.
    if (shock.logShift !== last.logShift) {
      const relative =
        surface && surfaceVol !== undefined
          ? surface.volAt(option.expiryMs, moneyness).value / surfaceVol
          : 1;
      last = { logShift: shock.logShift, sticky: vol.value * relative };
    }
    const scenarioVol = shockedVol(last.sticky, moneyness / deviation, shock);
    const value = undiscountedPrice(isCall, shocked, strike, scenarioVol * shock.rootYears);
    // The mark need not be the model's price: their distance is carried along, and no option is worth less than nothing.
    if (inverse) {
      const coin = Math.max(0, mark + (value / shocked - modelInUnit));
      return contractSize * (coin * spot * shock.spotRatio) - markUsd;
    }
    return contractSize * (Math.max(0, mark + (value - model)) * quoteUsd * quoteRatio) - markUsd;
  };
  return { markUsd, expiryYears, changeFrom, vol, ...(known?.extrapolated ? { extrapolatedVol: true } : {}) };
}
