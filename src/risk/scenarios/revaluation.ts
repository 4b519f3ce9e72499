import {
  type Instrument,
  type Market,
  type Option,
  type Quote,
  type UnderlyingState,
  yearsToExpiry,
} from "../../market/index.ts";
import { exp, log } from "../../numerics/exp-log.ts";
import { undiscountedPrice } from "../../pricing/black76.ts";
import { impliedVol } from "../../pricing/implied-vol.ts";
import { type RiskClassParameters } from "../parameters/margin-parameters.ts";
import { type UnderlyingMove } from "./move.ts";
import { shockedVol, volShockShape } from "./vol-move.ts";

/** What surrounds the underlying's move in one scenario. */
export interface RevaluationContext {
  /** Price of the quote asset in the scenario over its price now: 1 unless a stablecoin slips. */
  readonly quoteRatio: number;
  /** Time that passes in the scenario, ACT/365 years. */
  readonly ageYears: number;
  /** Whether an upward shock lifts volatility to the class's floor: stress does, history doesn't. */
  readonly floorVol: boolean;
}

/** Immediate, with the quote asset at its price. */
export const stressContext: RevaluationContext = { quoteRatio: 1, ageYears: 0, floorVol: true };

/** One contract, ready to be revalued in any scenario. */
export interface Revaluation {
  /** Value of one contract at its mark, USD: all of it for spot and options, 0 for perpetuals and futures. */
  readonly markUsd: number;
  /** Change of one contract's value from its mark, USD, equation (3). Total: finite for every move. */
  changeUsd(move: UnderlyingMove, context: RevaluationContext): number;
  /** The volatility that reprices an option, and where it came from. */
  readonly vol?: { readonly value: number; readonly source: "quote" | "mark" | "surface" | "default" };
  /** True when some volatility had to be read outside the quotes of its surface, now. */
  readonly extrapolatedVol?: boolean;
}

/** Tenor by which an annual basis move shifts a forward, equation (5), years. */
export const basisTenor = (
  expiryYears: number,
  risk: Pick<RiskClassParameters, "basisFloorYears" | "basisCapYears">,
): number => Math.max(risk.basisFloorYears, Math.min(risk.basisCapYears, expiryYears));

const smallestPrice = 1e-12;

/** Shocked price of a delta-one contract or forward, equation (5); stays positive. */
function shockedForward(forward: number, move: UnderlyingMove, tenorYears: number): number {
  const basis = move.basis === 0 ? 1 : exp(Math.max(-5, Math.min(5, move.basis * tenorYears)));
  return Math.max(smallestPrice, forward * (1 + move.spot) * basis);
}

/**
 * Prepares one contract for revaluation by Black-76 on the shocked forward and the shocked volatility. Volatility sticks
 * to log-moneyness: the smile moves along with the forward, and the level, term, skew and smile of the scenario act on top.
 */
export function revaluation(instrument: Instrument, market: Market, risk: RiskClassParameters): Revaluation {
  const quote = market.quotes.get(instrument.id);
  const state = market.underlyings.get(instrument.underlying);
  const quoteUsd = market.assets.get(instrument.quoteAsset)?.priceUsd ?? 1;
  const size = instrument.contractSize;
  const indexUsd = state?.indexUsd ?? 0;
  if (instrument.kind === "option")
    return optionRevaluation(instrument, quote, state, market, risk, quoteUsd);
  if (instrument.kind === "spot") {
    // The coin itself: its USD value does not depend on the currency that it is quoted in.
    const markUsd = size * (quote?.mark ?? indexUsd / quoteUsd) * quoteUsd;
    return { markUsd, changeUsd: (move) => markUsd * move.spot };
  }
  const years = instrument.kind === "future" ? yearsToExpiry(instrument.expiryMs, market.asOfMs) : 0;
  const tenor = basisTenor(years, risk);
  const mark = Math.max(smallestPrice, quote?.mark ?? deliveryForward(instrument, state));
  const changeUsd: Revaluation["changeUsd"] =
    instrument.settlement === "linear"
      ? (move, { quoteRatio }) => size * (shockedForward(mark, move, tenor) - mark) * quoteUsd * quoteRatio
      : (move) => size * (1 / mark - 1 / shockedForward(mark, move, tenor)) * indexUsd * (1 + move.spot);
  return { markUsd: 0, changeUsd };
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

function optionRevaluation(
  option: Option,
  quote: Quote | undefined,
  state: UnderlyingState | undefined,
  market: Market,
  risk: RiskClassParameters,
  quoteUsd: number,
): Revaluation {
  const { optionType, strike, contractSize } = option;
  const inverse = option.settlement === "inverse";
  const expiryYears = yearsToExpiry(option.expiryMs, market.asOfMs);
  // One forward for all options of an expiry, so that parity holds in every scenario whatever instants the quotes are from.
  const forward = Math.max(
    smallestPrice,
    state?.forwards.forwardAt(option.expiryMs).value ?? quote?.forward ?? smallestPrice,
  );
  const spot = state?.indexUsd ?? forward;
  const logMoneyness = (atForward: number): number => (strike > 0 ? log(strike / atForward) : -50);
  const surface = state?.surface;
  const known = expiryYears > 0 ? surface?.volAt(option.expiryMs, logMoneyness(forward)) : undefined;
  const vol = baseVol(option, quote, forward, expiryYears, known?.value, risk);
  const surfaceVol = known !== undefined && known.value > 0 ? known.value : undefined;
  const atmVol = (expiryYears > 0 ? surface?.volAt(option.expiryMs, 0).value : undefined) ?? vol.value;
  const shape = volShockShape(expiryYears, risk);
  const tenor = basisTenor(expiryYears, risk);
  const price = (atForward: number, atVol: number, years: number): number =>
    undiscountedPrice(optionType === "call", atForward, strike, atVol * Math.sqrt(years));
  const model = price(forward, vol.value, expiryYears);
  const modelInUnit = inverse ? model / forward : model;
  const mark = quote?.mark ?? modelInUnit;
  const unitUsd = inverse ? spot : quoteUsd;
  const markUsd = contractSize * mark * unitUsd;

  let last = { forward: Number.NaN, moneyness: 0, sticky: 0 };
  const changeUsd = (move: UnderlyingMove, context: RevaluationContext): number => {
    const shocked = shockedForward(forward, move, tenor);
    const years = Math.max(0, expiryYears - context.ageYears);
    // A grid asks for one spot move with many volatilities: the surface is read once for them.
    if (shocked !== last.forward) {
      const moneyness = logMoneyness(shocked);
      const relative =
        surface && surfaceVol !== undefined && shocked !== forward
          ? surface.volAt(option.expiryMs, moneyness).value / surfaceVol
          : 1;
      last = { forward: shocked, moneyness, sticky: vol.value * relative };
    }
    const { moneyness, sticky } = last;
    const point = { expiryYears, logMoneyness: moneyness, atmVol, shape };
    const scenarioVol = shockedVol(sticky, move, point, risk, context.floorVol);
    const value = price(shocked, scenarioVol, years);
    // The mark need not be the model's price: their distance is carried along, and no option is worth less than nothing.
    if (inverse) {
      const coin = Math.max(0, mark + (value / shocked - modelInUnit));
      return contractSize * (coin * spot * (1 + move.spot)) - markUsd;
    }
    return contractSize * (Math.max(0, mark + (value - model)) * quoteUsd * context.quoteRatio) - markUsd;
  };
  return { markUsd, changeUsd, vol, ...(known?.extrapolated ? { extrapolatedVol: true } : {}) };
}

function baseVol(
  option: Option,
  quote: Quote | undefined,
  forward: number,
  expiryYears: number,
  surfaceVol: number | undefined,
  risk: RiskClassParameters,
): NonNullable<Revaluation["vol"]> {
  if (quote?.impliedVol !== undefined) return { value: quote.impliedVol, source: "quote" };
  if (quote !== undefined && expiryYears > 0 && option.strike > 0) {
    const own = quote.forward ?? forward;
    const found = impliedVol({
      optionType: option.optionType,
      forward: own,
      strike: option.strike,
      expiryYears,
      price: option.settlement === "inverse" ? quote.mark * own : quote.mark,
    });
    if (found.status === "found") return { value: found.vol, source: "mark" };
  }
  if (surfaceVol !== undefined && surfaceVol > 0) return { value: surfaceVol, source: "surface" };
  return { value: risk.defaultVol, source: "default" };
}
