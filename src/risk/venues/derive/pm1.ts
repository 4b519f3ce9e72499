import { type Fixed18, abs, min, mul, one, sum } from "../shared/fixed18.ts";
import { basisContingency } from "./pm-basis.ts";
import { initialFactor, nakedShorts, type PmResult, portfolioMinConfidence } from "./pm-inputs.ts";
import { type Pm1Book, type Pm1Expiry, preparePm1, scenarioParts, totalOf } from "./pm1-book.ts";
import { type Pm1Inputs, type Pm1Params } from "./pm1-inputs.ts";

/** Amounts in the quote stablecoin's unit. */
export interface Pm1Result extends PmResult {
  readonly staticContingency: Fixed18;
  readonly confidenceContingency: Fixed18;
  readonly baseValue: Fixed18;
  readonly expiries: readonly Pm1Expiry[];
}

/**
 * The venue's first-generation portfolio margin: the worst of scenarios and basis contingency, less the static
 * contingency, scaled for initial margin, plus mark-to-market and cash. Total for validated inputs.
 */
export function pm1Margin(inputs: Pm1Inputs, params: Pm1Params): Pm1Result {
  const book = preparePm1(inputs, params);
  const { expiries, baseValue } = book;
  const { basisContingency: basis } = params;
  const scenarioPnl = params.scenarios.map((scenario) => totalOf(scenarioParts(book, scenario)));
  const basisLoss = basisContingency(book.expiries, basis);
  const worstPnl = scenarioPnl.reduce(min, basisLoss);
  const worstIsBasisContingency = worstPnl === basisLoss;
  const staticContingency = staticContingencyOf(book);
  const confidenceContingency = confidenceContingencyOf(book);
  const markToMarket =
    inputs.cash + (inputs.perp?.unsettledCash ?? 0n) + sum(expiries.map(({ mtm }) => mtm)) + baseValue;
  const imFactor = initialFactor(params, inputs.stablePrice);
  const atmWorst = [basis.scenarioSpotUp, basis.scenarioSpotDown, one]
    .map((spotShock) => totalOf(scenarioParts(book, { spotShock, volShock: "none" })))
    .reduce(min, basisLoss);
  return {
    initialMargin: mul(worstPnl - staticContingency, imFactor) - confidenceContingency + markToMarket,
    maintenanceMargin: worstPnl - staticContingency + markToMarket,
    markToMarket,
    worstScenario: worstIsBasisContingency ? scenarioPnl.length : scenarioPnl.indexOf(worstPnl),
    worstIsBasisContingency,
    atmMaintenanceMargin: atmWorst - staticContingency + markToMarket,
    scenarioPnl,
    worstPnl,
    basisContingency: basisLoss,
    staticContingency,
    confidenceContingency,
    baseValue,
    portfolioMinConfidence: portfolioMinConfidence(inputs),
    expiries,
  };
}

function staticContingencyOf({ inputs, params, expiries }: Pm1Book): Fixed18 {
  const { perpPercent, basePercent, optionPercent } = params.otherContingency;
  const perp = mul(abs(inputs.perp?.position ?? 0n), perpPercent);
  const base = mul(inputs.base, basePercent);
  const shorts = expiries.map(({ options }) =>
    mul(mul(nakedShorts(options), optionPercent), inputs.spotPrice),
  );
  return mul(perp + base, inputs.spotPrice) + sum(shorts);
}

function confidenceContingencyOf({ inputs, params, expiries }: Pm1Book): Fixed18 {
  const { confThreshold, confMargin } = params.otherContingency;
  const penalty = (confidence: Fixed18, amount: Fixed18): Fixed18 =>
    confidence < confThreshold ? mul(mul(mul(one - confidence, confMargin), amount), inputs.spotPrice) : 0n;
  return (
    penalty(portfolioMinConfidence(inputs), abs(inputs.perp?.position ?? 0n) + inputs.base) +
    sum(expiries.map((expiry) => penalty(expiry.minConfidence, expiry.grossOptions)))
  );
}
