import { type Fixed18, abs, div, max, min, mul, one, sum } from "../shared/fixed18.ts";
import { black76, secondsPerYear, yearFraction } from "./black76.ts";
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
import { type SkewParams, skewedVol } from "./pm2-skew.ts";

/** Anything but cash that backs a PM2 account. */
export interface Pm2Collateral {
  /** Units of the asset, ≥ 0. */
  readonly amount: Fixed18;
  /** USD per unit. */
  readonly price: Fixed18;
  readonly confidence: Fixed18;
  /** Whether it moves with the spot scenarios. */
  readonly riskCancelling: boolean;
  /** Fraction of its value. */
  readonly mmHaircut: Fixed18;
  /** On top of `mmHaircut`, for initial margin. */
  readonly imHaircut: Fixed18;
}

export interface Pm2Inputs extends PmInputs {
  readonly collaterals: readonly Pm2Collateral[];
}

export interface Pm2Scenario {
  /** Multiplier of spot, forwards and the perpetual's price: 1.18 is +18 %. */
  readonly spotShock: Fixed18;
  readonly volShock: "none" | "up" | "down" | "linear" | "abs";
  readonly dampeningFactor: Fixed18;
}

/** A parameter sheet of PM2. Names as the venue publishes them; fractions. */
export interface Pm2Params {
  readonly basisContingency: BasisParams;
  readonly otherContingency: {
    readonly pegLossThreshold: Fixed18;
    readonly pegLossFactor: Fixed18;
    readonly confThreshold: Fixed18;
    readonly confMargin: Fixed18;
    readonly MMPerpPercent: Fixed18;
    /** On top of the maintenance percentage. */
    readonly IMPerpPercent: Fixed18;
    readonly MMOptionPercent: Fixed18;
    readonly IMOptionPercent: Fixed18;
  };
  readonly margin: {
    readonly imFactor: Fixed18;
    readonly mmFactor: Fixed18;
    readonly shortRateMultScale: Fixed18;
    readonly longRateMultScale: Fixed18;
    readonly shortRateAddScale: Fixed18;
    readonly longRateAddScale: Fixed18;
    readonly shortBaseStaticDiscount: Fixed18;
    readonly longBaseStaticDiscount: Fixed18;
  };
  readonly volShock: VolShockParams & { readonly minVolUpShock: Fixed18 };
  readonly skewShock: SkewParams;
  readonly scenarios: readonly Pm2Scenario[];
}

export interface Pm2Expiry {
  readonly secToExpiry: number;
  readonly mtm: Fixed18;
  readonly basisUpMtm: Fixed18;
  readonly basisDownMtm: Fixed18;
  /** Multipliers of volatility. */
  readonly volShockUp: Fixed18;
  readonly volShockDown: Fixed18;
  readonly staticDiscountPos: Fixed18;
  readonly staticDiscountNeg: Fixed18;
  readonly discount: Fixed18;
  readonly minConfidence: Fixed18;
  readonly grossOptions: Fixed18;
}

interface Contingency {
  readonly mm: Fixed18;
  /** On top of `mm`. */
  readonly im: Fixed18;
}

/** Margins are net: equity less requirement, negative fails. All amounts in the quote stablecoin's unit. */
export interface Pm2Result {
  readonly initialMargin: Fixed18;
  readonly maintenanceMargin: Fixed18;
  /** With cash. */
  readonly markToMarket: Fixed18;
  /** Index of the worst scenario, or their number when the basis contingency is worse than all of them. */
  readonly worstScenario: number;
  readonly worstIsBasisContingency: boolean;
  /** Maintenance margin over the basis moves and no move alone. */
  readonly atmMaintenanceMargin: Fixed18;
  readonly scenarioPnl: readonly Fixed18[];
  readonly worstPnl: Fixed18;
  readonly basisContingency: Fixed18;
  readonly mmContingency: Fixed18;
  readonly imContingency: Fixed18;
  readonly contingencyParts: {
    readonly perp: Contingency;
    readonly option: Contingency;
    readonly collateral: Contingency;
    readonly confidence: { readonly im: Fixed18 };
  };
  readonly portfolioMinConfidence: Fixed18;
  readonly expiries: readonly Pm2Expiry[];
  readonly collateralValues: readonly { readonly value: Fixed18; readonly minConfidence: Fixed18 }[];
}

type PreparedExpiry = Omit<ExpiryBook, "discount"> & Pm2Expiry;

/** A book with everything about it that no scenario changes. */
interface Prepared {
  readonly inputs: Pm2Inputs;
  readonly params: Pm2Params;
  readonly expiries: readonly PreparedExpiry[];
  readonly collaterals: readonly (Pm2Collateral & { value: Fixed18; minConfidence: Fixed18 })[];
}

/** One scenario's change of value, by part, dampened. */
export interface Pm2ScenarioParts {
  readonly perp: Fixed18;
  /** By expiry, in input order. */
  readonly expiries: readonly Fixed18[];
  /** By collateral, in input order. */
  readonly collaterals: readonly Fixed18[];
}

/**
 * The venue's second-generation portfolio margin: net margin = worst of scenarios and basis contingency, scaled, less
 * contingencies, plus mark-to-market and cash. Total for validated inputs.
 */
export function pm2Margin(inputs: Pm2Inputs, params: Pm2Params): Pm2Result {
  const prepared = prepare(inputs, params);
  const { basisContingency: basis, margin, otherContingency: other } = params;
  const scenarioPnl = params.scenarios.map((scenario) => total(scenarioParts(prepared, scenario)));
  const basisContingency = sum(
    prepared.expiries.map(({ mtm, basisUpMtm, basisDownMtm, secToExpiry }) => {
      const loss = min(0n, min(basisUpMtm - mtm, basisDownMtm - mtm));
      const factor = basis.basisContAddFactor + mul(basis.basisContMultFactor, yearFraction(secToExpiry));
      return mul(loss, factor);
    }),
  );
  const worstPnl = scenarioPnl.reduce(min, basisContingency);
  const worstIsBasisContingency = worstPnl === basisContingency;
  const contingencyParts = contingenciesOf(prepared);
  const { perp, option, collateral, confidence } = contingencyParts;
  const mmContingency = perp.mm + option.mm + collateral.mm;
  const imContingency = perp.im + option.im + collateral.im + confidence.im;
  const markToMarket =
    inputs.cash +
    (inputs.perp?.unsettledCash ?? 0n) +
    sum(prepared.expiries.map(({ mtm }) => mtm)) +
    sum(prepared.collaterals.map(({ value }) => value));
  const imFactor =
    margin.imFactor + mul(max(0n, other.pegLossThreshold - inputs.stablePrice), other.pegLossFactor);
  const atmWorst = [basis.scenarioSpotUp, basis.scenarioSpotDown, one]
    .map((spotShock) => total(scenarioParts(prepared, { spotShock, volShock: "none", dampeningFactor: one })))
    .reduce(min, basisContingency);
  return {
    initialMargin: mul(worstPnl, imFactor) - imContingency - mmContingency + markToMarket,
    maintenanceMargin: mul(worstPnl, margin.mmFactor) - mmContingency + markToMarket,
    markToMarket,
    worstScenario: worstIsBasisContingency ? scenarioPnl.length : scenarioPnl.indexOf(worstPnl),
    worstIsBasisContingency,
    atmMaintenanceMargin: mul(atmWorst, margin.mmFactor) - mmContingency + markToMarket,
    scenarioPnl,
    worstPnl,
    basisContingency,
    mmContingency,
    imContingency,
    contingencyParts,
    portfolioMinConfidence: portfolioMinConfidence(inputs),
    expiries: prepared.expiries,
    collateralValues: prepared.collaterals,
  };
}

/** How one scenario changes each part of a book: the explanation of {@link pm2Margin}'s worst scenario. */
export const pm2ScenarioParts = (
  inputs: Pm2Inputs,
  params: Pm2Params,
  scenario: Pm2Scenario,
): Pm2ScenarioParts => scenarioParts(prepare(inputs, params), scenario);

function prepare(inputs: Pm2Inputs, params: Pm2Params): Prepared {
  const portfolioMin = portfolioMinConfidence(inputs);
  return {
    inputs,
    params,
    expiries: expiryBooks(inputs).map((book) => prepareExpiry(book, params, portfolioMin)),
    collaterals: inputs.collaterals.map((collateral) => ({
      ...collateral,
      value: (collateral.amount * collateral.price) / inputs.stablePrice,
      minConfidence: min(collateral.confidence, inputs.spotConfidence),
    })),
  };
}

function prepareExpiry(book: ExpiryBook, params: Pm2Params, portfolioMin: Fixed18): PreparedExpiry {
  const { margin, basisContingency: basis } = params;
  const years = yearFraction(book.secToExpiry);
  const rate = max(0n, book.rate);
  const discount = book.discount ?? exp(-(rate * BigInt(book.secToExpiry)) / secondsPerYear);
  const decay = (multScale: Fixed18, addScale: Fixed18): Fixed18 =>
    exp(-mul(years, mul(rate, multScale) + addScale));
  const longDecay = decay(margin.longRateMultScale, margin.longRateAddScale);
  const shortDecay = decay(margin.shortRateMultScale, margin.shortRateAddScale);
  const vols = volMultipliers(book.secToExpiry, params.volShock);
  const value = (shock: Fixed18): Fixed18 => bookValue(book, discount, shock, (option) => option.vol);
  return {
    ...book,
    mtm: value(one),
    basisUpMtm: value(basis.scenarioSpotUp),
    basisDownMtm: value(basis.scenarioSpotDown),
    volShockUp: vols.up,
    volShockDown: vols.down,
    staticDiscountPos: mul(margin.longBaseStaticDiscount, longDecay),
    staticDiscountNeg: min(
      div(one, max(1n, discount)),
      div(margin.shortBaseStaticDiscount, max(1n, shortDecay)),
    ),
    discount,
    minConfidence: expiryMinConfidence(portfolioMin, book),
    grossOptions: grossOptions(book.options),
  };
}

/** Value of an expiry's options at a shocked forward and the given volatilities. */
function bookValue(
  { secToExpiry, forwardFixed, forwardVariable, options }: Omit<ExpiryBook, "discount">,
  discount: Fixed18,
  spotShock: Fixed18,
  volOf: (option: ExpiryBook["options"][number]) => Fixed18,
): Fixed18 {
  const forward = max(0n, mul(forwardVariable, spotShock) + forwardFixed);
  return sum(
    options.map((option) => {
      const prices = black76({ secToExpiry, vol: volOf(option), forward, strike: option.strike, discount });
      return mul(option.amount, prices[option.type]);
    }),
  );
}

function scenarioParts(
  { inputs, params, expiries, collaterals }: Prepared,
  scenario: Pm2Scenario,
): Pm2ScenarioParts {
  const { spotShock, volShock, dampeningFactor } = scenario;
  const skew = volShock === "linear" || volShock === "abs";
  const dampen = (pnl: Fixed18): Fixed18 => mul(dampeningFactor, pnl);
  const move = spotShock - one;
  return {
    perp: inputs.perp && !skew ? dampen(mul(mul(inputs.perp.position, inputs.perp.price), move)) : 0n,
    expiries: expiries.map((expiry) => {
      const shocked = bookValue(expiry, expiry.discount, skew ? one : spotShock, (option) => {
        if (skew) return skewedVol(option, expiry, volShock, params.skewShock);
        if (volShock === "up") return max(params.volShock.minVolUpShock, mul(option.vol, expiry.volShockUp));
        return volShock === "down" ? mul(option.vol, expiry.volShockDown) : option.vol;
      });
      const discounted = mul(shocked, shocked >= 0n ? expiry.staticDiscountPos : expiry.staticDiscountNeg);
      const pnl = dampen(discounted - expiry.mtm);
      // A rotation of the skew the other way is taken to lose what this one gains.
      return skew ? -abs(pnl) : pnl;
    }),
    collaterals: collaterals.map(({ riskCancelling, value }) =>
      riskCancelling && !skew ? dampen(mul(value, move)) : 0n,
    ),
  };
}

const total = ({ perp, expiries, collaterals }: Pm2ScenarioParts): Fixed18 =>
  perp + sum(expiries) + sum(collaterals);

function contingenciesOf({ inputs, params, expiries, collaterals }: Prepared): Pm2Result["contingencyParts"] {
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
