import { type Fixed18, abs, max, min, mul, one, sum } from "../shared/fixed18.ts";
import { nakedShorts, portfolioMinConfidence } from "./pm-inputs.ts";
import { basisFactor, type Pm1Book, type Pm1Expiry, preparePm1, scenarioParts, totalOf } from "./pm1-book.ts";
import { type Pm1Inputs, type Pm1Params } from "./pm1-inputs.ts";

/** Margins are net: equity less requirement, negative fails. */
export interface Pm1Result {
  readonly initialMargin: Fixed18;
  readonly maintenanceMargin: Fixed18;
  /** With cash and base. */
  readonly markToMarket: Fixed18;
  /** Index of the worst scenario, or their number when the basis contingency is worse than all of them. */
  readonly worstScenario: number;
  readonly worstIsBasisContingency: boolean;
  readonly atmMaintenanceMargin: Fixed18;
  readonly scenarioPnl: readonly Fixed18[];
  readonly worstPnl: Fixed18;
  readonly basisContingency: Fixed18;
  readonly staticContingency: Fixed18;
  readonly confidenceContingency: Fixed18;
  readonly baseValue: Fixed18;
  readonly portfolioMinConfidence: Fixed18;
  readonly expiries: readonly Pm1Expiry[];
}

/**
 * The venue's first-generation portfolio margin: the worst of scenarios and basis contingency, less the static
 * contingency, scaled for initial margin, plus mark-to-market and cash. Total for validated inputs.
 */
export function pm1Margin(inputs: Pm1Inputs, params: Pm1Params): Pm1Result {
  const book = preparePm1(inputs, params);
  const { expiries, baseValue } = book;
  const { basisContingency: basis, otherContingency: other } = params;
  const scenarioPnl = params.scenarios.map((scenario) => totalOf(scenarioParts(book, scenario)));
  const basisContingency = sum(
    expiries.map((expiry) => {
      const { mtm, basisUpMtm, basisDownMtm } = expiry;
      return mul(min(0n, min(basisUpMtm - mtm, basisDownMtm - mtm)), basisFactor(expiry, params));
    }),
  );
  const worstPnl = scenarioPnl.reduce(min, basisContingency);
  const worstIsBasisContingency = worstPnl === basisContingency;
  const staticContingency = staticContingencyOf(book);
  const confidenceContingency = confidenceContingencyOf(book);
  const markToMarket =
    inputs.cash + (inputs.perp?.unsettledCash ?? 0n) + sum(expiries.map(({ mtm }) => mtm)) + baseValue;
  const imFactor =
    params.margin.imFactor + mul(max(0n, other.pegLossThreshold - inputs.stablePrice), other.pegLossFactor);
  const atmWorst = [basis.scenarioSpotUp, basis.scenarioSpotDown, one]
    .map((spotShock) => totalOf(scenarioParts(book, { spotShock, volShock: "none" })))
    .reduce(min, basisContingency);
  return {
    initialMargin: mul(worstPnl - staticContingency, imFactor) - confidenceContingency + markToMarket,
    maintenanceMargin: worstPnl - staticContingency + markToMarket,
    markToMarket,
    worstScenario: worstIsBasisContingency ? scenarioPnl.length : scenarioPnl.indexOf(worstPnl),
    worstIsBasisContingency,
    atmMaintenanceMargin: atmWorst - staticContingency + markToMarket,
    scenarioPnl,
    worstPnl,
    basisContingency,
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
