import { type Fixed18, abs, div, max, min, mul, one, sum } from "../shared/fixed18.ts";
import { black76, yearFraction } from "./black76.ts";
import { exp } from "./fixed-math.ts";
import {
  type BasisParams,
  type ExpiryBook,
  type PmInputs,
  type VolShockParams,
  expiryBooks,
  expiryMinConfidence,
  grossOptions,
  nakedShorts,
  portfolioMinConfidence,
  volMultipliers,
} from "./pm-inputs.ts";

export interface Pm1Inputs extends PmInputs {
  /** Units of the underlying itself held as collateral, ≥ 0. */
  readonly base: Fixed18;
}

export interface Pm1Scenario {
  /** Multiplier of spot, forwards and the perpetual's price. */
  readonly spotShock: Fixed18;
  readonly volShock: "none" | "up" | "down";
}

/** A parameter sheet of PM1. Names as the venue publishes them; fractions. */
export interface Pm1Params {
  readonly basisContingency: BasisParams;
  readonly otherContingency: {
    readonly pegLossThreshold: Fixed18;
    readonly pegLossFactor: Fixed18;
    readonly confThreshold: Fixed18;
    readonly confMargin: Fixed18;
    readonly basePercent: Fixed18;
    readonly perpPercent: Fixed18;
    readonly optionPercent: Fixed18;
  };
  readonly margin: {
    readonly imFactor: Fixed18;
    readonly baseStaticDiscount: Fixed18;
    readonly rateMultScale: Fixed18;
    readonly rateAddScale: Fixed18;
  };
  readonly volShock: VolShockParams;
  readonly scenarios: readonly Pm1Scenario[];
}

export interface Pm1Expiry {
  readonly secToExpiry: number;
  readonly mtm: Fixed18;
  readonly basisUpMtm: Fixed18;
  readonly basisDownMtm: Fixed18;
  readonly volShockUp: Fixed18;
  readonly volShockDown: Fixed18;
  readonly staticDiscount: Fixed18;
  readonly minConfidence: Fixed18;
  readonly grossOptions: Fixed18;
}

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

/** A book with everything about it that no scenario changes. */
interface Prepared {
  readonly inputs: Pm1Inputs;
  readonly params: Pm1Params;
  readonly expiries: readonly (ExpiryBook & Pm1Expiry)[];
  readonly baseValue: Fixed18;
}

/** One scenario's change of value, by part. */
export interface Pm1ScenarioParts {
  readonly perp: Fixed18;
  readonly base: Fixed18;
  /** By expiry, in order of first option. */
  readonly expiries: readonly Fixed18[];
}

/**
 * The venue's first-generation portfolio margin: the worst of scenarios and basis contingency, less the static
 * contingency, scaled for initial margin, plus mark-to-market and cash. Total for validated inputs.
 */
export function pm1Margin(inputs: Pm1Inputs, params: Pm1Params): Pm1Result {
  const prepared = prepare(inputs, params);
  const { expiries, baseValue } = prepared;
  const { basisContingency: basis, otherContingency: other } = params;
  const scenarioPnl = params.scenarios.map((scenario) => total(scenarioParts(prepared, scenario)));
  const basisContingency = sum(
    expiries.map(({ mtm, basisUpMtm, basisDownMtm, secToExpiry }) => {
      const loss = min(0n, min(basisUpMtm - mtm, basisDownMtm - mtm));
      const factor = basis.basisContAddFactor + mul(basis.basisContMultFactor, yearFraction(secToExpiry));
      return mul(loss, factor);
    }),
  );
  const worstPnl = scenarioPnl.reduce(min, basisContingency);
  const worstIsBasisContingency = worstPnl === basisContingency;
  const staticContingency = staticContingencyOf(prepared);
  const confidenceContingency = confidenceContingencyOf(prepared);
  const markToMarket =
    inputs.cash + (inputs.perp?.unsettledCash ?? 0n) + sum(expiries.map(({ mtm }) => mtm)) + baseValue;
  const imFactor =
    params.margin.imFactor + mul(max(0n, other.pegLossThreshold - inputs.stablePrice), other.pegLossFactor);
  const atmWorst = [basis.scenarioSpotUp, basis.scenarioSpotDown, one]
    .map((spotShock) => total(scenarioParts(prepared, { spotShock, volShock: "none" })))
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

/** How one scenario changes each part of a book: the explanation of {@link pm1Margin}'s worst scenario. */
export const pm1ScenarioParts = (
  inputs: Pm1Inputs,
  params: Pm1Params,
  scenario: Pm1Scenario,
): Pm1ScenarioParts => scenarioParts(prepare(inputs, params), scenario);

function prepare(inputs: Pm1Inputs, params: Pm1Params): Prepared {
  const portfolioMin = portfolioMinConfidence(inputs);
  return {
    inputs,
    params,
    expiries: expiryBooks(inputs).map((book) => prepareExpiry(book, params, portfolioMin)),
    baseValue: baseValueAt(inputs, one),
  };
}

const baseValueAt = ({ base, spotPrice, stablePrice }: Pm1Inputs, shock: Fixed18): Fixed18 =>
  div(mul(base, mul(spotPrice, shock)), stablePrice);

function prepareExpiry(book: ExpiryBook, params: Pm1Params, portfolioMin: Fixed18): ExpiryBook & Pm1Expiry {
  const { margin, basisContingency: basis } = params;
  const rate = max(0n, book.rate);
  const vols = volMultipliers(book.secToExpiry, params.volShock);
  const decay = mul(yearFraction(book.secToExpiry), mul(rate, margin.rateMultScale) + margin.rateAddScale);
  const value = (shock: Fixed18): Fixed18 => bookValue(book, shock, one);
  return {
    ...book,
    mtm: value(one),
    basisUpMtm: value(basis.scenarioSpotUp),
    basisDownMtm: value(basis.scenarioSpotDown),
    volShockUp: vols.up,
    volShockDown: vols.down,
    staticDiscount: mul(margin.baseStaticDiscount, exp(-decay)),
    minConfidence: expiryMinConfidence(portfolioMin, book),
    grossOptions: grossOptions(book.options),
  };
}

/** Value of an expiry's options, undiscounted, at a shocked forward and scaled volatilities. */
function bookValue(
  { secToExpiry, forwardFixed, forwardVariable, options }: ExpiryBook,
  spotShock: Fixed18,
  volMultiplier: Fixed18,
): Fixed18 {
  const forward = max(0n, mul(forwardVariable, spotShock) + forwardFixed);
  return sum(
    options.map(({ strike, vol, type, amount }) => {
      const shockedVol = volMultiplier === one ? vol : mul(vol, volMultiplier);
      return mul(amount, black76({ secToExpiry, vol: shockedVol, forward, strike, discount: one })[type]);
    }),
  );
}

function scenarioParts({ inputs, expiries, baseValue }: Prepared, scenario: Pm1Scenario): Pm1ScenarioParts {
  const { spotShock, volShock } = scenario;
  const perp = inputs.perp;
  return {
    perp: perp ? mul(mul(perp.position, perp.price), spotShock - one) : 0n,
    base: baseValueAt(inputs, spotShock) - baseValue,
    expiries: expiries.map((expiry) => {
      const multiplier = { none: one, up: expiry.volShockUp, down: expiry.volShockDown }[volShock];
      const shocked = bookValue(expiry, spotShock, multiplier);
      return (shocked > 0n ? mul(shocked, expiry.staticDiscount) : shocked) - expiry.mtm;
    }),
  };
}

const total = ({ perp, base, expiries }: Pm1ScenarioParts): Fixed18 => perp + base + sum(expiries);

function staticContingencyOf({ inputs, params, expiries }: Prepared): Fixed18 {
  const { perpPercent, basePercent, optionPercent } = params.otherContingency;
  const perp = mul(abs(inputs.perp?.position ?? 0n), perpPercent);
  const base = mul(inputs.base, basePercent);
  const shorts = expiries.map(({ options }) =>
    mul(mul(nakedShorts(options), optionPercent), inputs.spotPrice),
  );
  return mul(perp + base, inputs.spotPrice) + sum(shorts);
}

function confidenceContingencyOf({ inputs, params, expiries }: Prepared): Fixed18 {
  const { confThreshold, confMargin } = params.otherContingency;
  const penalty = (confidence: Fixed18, amount: Fixed18): Fixed18 =>
    confidence < confThreshold ? mul(mul(mul(one - confidence, confMargin), amount), inputs.spotPrice) : 0n;
  return (
    penalty(portfolioMinConfidence(inputs), abs(inputs.perp?.position ?? 0n) + inputs.base) +
    sum(expiries.map((expiry) => penalty(expiry.minConfidence, expiry.grossOptions)))
  );
}
