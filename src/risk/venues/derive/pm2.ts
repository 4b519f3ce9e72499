import { type Fixed18, abs, min, mul, one, sum } from "../shared/fixed18.ts";
import { basisContingency } from "./pm-basis.ts";
import { initialFactor, nakedShorts, type PmResult, portfolioMinConfidence } from "./pm-inputs.ts";
import { type Pm2Book, type Pm2Expiry, preparePm2, scenarioParts, totalOf } from "./pm2-book.ts";
import { type Pm2Inputs, type Pm2Params } from "./pm2-inputs.ts";

interface Contingency {
  readonly mm: Fixed18;
  /** On top of `mm`. */
  readonly im: Fixed18;
}

/** Amounts in the quote stablecoin's unit. */
export interface Pm2Result extends PmResult {
  readonly mmContingency: Fixed18;
  readonly imContingency: Fixed18;
  readonly contingencyParts: {
    readonly perp: Contingency;
    readonly option: Contingency;
    readonly collateral: Contingency;
    readonly confidence: { readonly im: Fixed18 };
  };
  readonly expiries: readonly Pm2Expiry[];
  readonly collateralValues: readonly { readonly value: Fixed18; readonly minConfidence: Fixed18 }[];
}

/**
 * The venue's second-generation portfolio margin: net margin = worst of scenarios and basis contingency, scaled, less
 * contingencies, plus mark-to-market and cash. Total for validated inputs.
 */
export function pm2Margin(inputs: Pm2Inputs, params: Pm2Params): Pm2Result {
  const book = preparePm2(inputs, params);
  const { basisContingency: basis, margin } = params;
  const scenarioPnl = params.scenarios.map((scenario) => totalOf(scenarioParts(book, scenario)));
  const basisLoss = basisContingency(book.expiries, basis);
  const worstPnl = scenarioPnl.reduce(min, basisLoss);
  const worstIsBasisContingency = worstPnl === basisLoss;
  const contingencyParts = contingenciesOf(book);
  const { perp, option, collateral, confidence } = contingencyParts;
  const mmContingency = perp.mm + option.mm + collateral.mm;
  const imContingency = perp.im + option.im + collateral.im + confidence.im;
  const markToMarket =
    inputs.cash +
    (inputs.perp?.unsettledCash ?? 0n) +
    sum(book.expiries.map(({ mtm }) => mtm)) +
    sum(book.collaterals.map(({ value }) => value));
  const imFactor = initialFactor(params, inputs.stablePrice);
  const atmWorst = [basis.scenarioSpotUp, basis.scenarioSpotDown, one]
    .map((spotShock) => totalOf(scenarioParts(book, { spotShock, volShock: "none", dampeningFactor: one })))
    .reduce(min, basisLoss);
  return {
    initialMargin: mul(worstPnl, imFactor) - imContingency - mmContingency + markToMarket,
    maintenanceMargin: mul(worstPnl, margin.mmFactor) - mmContingency + markToMarket,
    markToMarket,
    worstScenario: worstIsBasisContingency ? scenarioPnl.length : scenarioPnl.indexOf(worstPnl),
    worstIsBasisContingency,
    atmMaintenanceMargin: mul(atmWorst, margin.mmFactor) - mmContingency + markToMarket,
    scenarioPnl,
    worstPnl,
    basisContingency: basisLoss,
    mmContingency,
    imContingency,
    contingencyParts,
    portfolioMinConfidence: portfolioMinConfidence(inputs),
    expiries: book.expiries,
    collateralValues: book.collaterals,
  };
}

function contingenciesOf({ inputs, params, expiries, collaterals }: Pm2Book): Pm2Result["contingencyParts"] {
  const { otherContingency: other } = params;
  const spot = inputs.spotPrice;
  const perpNotional = mul(abs(inputs.perp?.position ?? 0n), spot);
  const shortNotionals = expiries.map(({ options }) => mul(nakedShorts(options), spot));
  const shortPart = (percent: Fixed18): Fixed18 =>
    sum(shortNotionals.map((notional) => mul(notional, percent)));
  const penalty = (confidence: Fixed18, notional: Fixed18): Fixed18 =>
    confidence < other.confThreshold ? mul(mul(one - confidence, other.confMargin), notional) : 0n;
  return {
    perp: { mm: mul(perpNotional, other.MMPerpPercent), im: mul(perpNotional, other.IMPerpPercent) },
    option: { mm: shortPart(other.MMOptionPercent), im: shortPart(other.IMOptionPercent) },
    collateral: {
      mm: sum(collaterals.map(({ value, mmHaircut }) => mul(value, mmHaircut))),
      im: sum(collaterals.map(({ value, imHaircut }) => mul(value, imHaircut))),
    },
    confidence: {
      im:
        penalty(portfolioMinConfidence(inputs), perpNotional) +
        sum(expiries.map((expiry) => penalty(expiry.minConfidence, mul(expiry.grossOptions, spot)))) +
        sum(collaterals.map(({ minConfidence, value }) => penalty(minConfidence, value))),
    },
  };
}
