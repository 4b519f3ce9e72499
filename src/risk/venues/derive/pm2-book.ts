import { type Fixed18, abs, div, max, min, mul, one, sum } from "../shared/fixed18.ts";
import { black76, secondsPerYear, yearFraction } from "./black76.ts";
import { exp } from "./fixed-math.ts";
import { type BasisValues, basisValues } from "./pm-basis.ts";
import {
  type ExpiryBook,
  type PmOption,
  expiryBooks,
  expiryMinConfidence,
  grossOptions,
  portfolioMinConfidence,
  volMultipliers,
} from "./pm-inputs.ts";
import { type Pm2Collateral, type Pm2Inputs, type Pm2Params, type Pm2Scenario } from "./pm2-inputs.ts";
import { skewedVol } from "./pm2-skew.ts";

export interface Pm2Expiry extends BasisValues {
  /** Multipliers of volatility. */
  readonly volShockUp: Fixed18;
  readonly volShockDown: Fixed18;
  readonly staticDiscountPos: Fixed18;
  readonly staticDiscountNeg: Fixed18;
  readonly discount: Fixed18;
  readonly minConfidence: Fixed18;
  readonly grossOptions: Fixed18;
}

export type Pm2ExpiryBook = Omit<ExpiryBook, "discount"> & Pm2Expiry;

/** A book with everything about it that no scenario changes. */
export interface Pm2Book {
  readonly inputs: Pm2Inputs;
  readonly params: Pm2Params;
  readonly expiries: readonly Pm2ExpiryBook[];
  readonly collaterals: readonly (Pm2Collateral & { value: Fixed18; minConfidence: Fixed18 })[];
}

/** Values a book at mark: what {@link scenarioParts} and the contingencies start from. */
export function preparePm2(inputs: Pm2Inputs, params: Pm2Params): Pm2Book {
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

function prepareExpiry(book: ExpiryBook, params: Pm2Params, portfolioMin: Fixed18): Pm2ExpiryBook {
  const { margin } = params;
  const years = yearFraction(book.secToExpiry);
  const rate = max(0n, book.rate);
  const discount = book.discount ?? exp(-(rate * BigInt(book.secToExpiry)) / secondsPerYear);
  const decay = (multScale: Fixed18, addScale: Fixed18): Fixed18 =>
    exp(-mul(years, mul(rate, multScale) + addScale));
  const longDecay = decay(margin.longRateMultScale, margin.longRateAddScale);
  const shortDecay = decay(margin.shortRateMultScale, margin.shortRateAddScale);
  const vols = volMultipliers(book.secToExpiry, params.volShock);
  const value = (shock: Fixed18): Fixed18 => sum(optionValues(book, discount, shock, (option) => option.vol));
  return {
    ...book,
    ...basisValues(params.basisContingency, value),
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

/** Value of each option of an expiry at a shocked forward and the given volatilities. */
export function optionValues(
  { secToExpiry, forwardFixed, forwardVariable, options }: Omit<ExpiryBook, "discount">,
  discount: Fixed18,
  spotShock: Fixed18,
  volOf: (option: PmOption) => Fixed18,
): readonly Fixed18[] {
  const forward = max(0n, mul(forwardVariable, spotShock) + forwardFixed);
  return options.map((option) => {
    const prices = black76({ secToExpiry, vol: volOf(option), forward, strike: option.strike, discount });
    return mul(option.amount, prices[option.type]);
  });
}

/** One scenario's change of value, by part, dampened. */
export interface Pm2ScenarioParts {
  readonly perp: Fixed18;
  /** By expiry, in input order. */
  readonly expiries: readonly Fixed18[];
  /** By collateral, in input order. */
  readonly collaterals: readonly Fixed18[];
}

/** Whether a scenario moves the skew and nothing else. */
const isSkew = (volShock: Pm2Scenario["volShock"]): volShock is "linear" | "abs" =>
  volShock === "linear" || volShock === "abs";

/** Value of each option of an expiry in a scenario, before static discount and dampening. */
export function scenarioOptionValues(
  expiry: Pm2ExpiryBook,
  { spotShock, volShock }: Pm2Scenario,
  params: Pm2Params,
): readonly Fixed18[] {
  return optionValues(expiry, expiry.discount, isSkew(volShock) ? one : spotShock, (option) => {
    if (isSkew(volShock)) return skewedVol(option, expiry, volShock, params.skewShock);
    if (volShock === "up") return max(params.volShock.minVolUpShock, mul(option.vol, expiry.volShockUp));
    return volShock === "down" ? mul(option.vol, expiry.volShockDown) : option.vol;
  });
}

/** The factor on an expiry's shocked value. */
export const staticDiscountOf = (expiry: Pm2ExpiryBook, shocked: Fixed18): Fixed18 =>
  shocked >= 0n ? expiry.staticDiscountPos : expiry.staticDiscountNeg;

/** What one scenario changes. */
export function scenarioParts(
  { inputs, params, expiries, collaterals }: Pm2Book,
  scenario: Pm2Scenario,
): Pm2ScenarioParts {
  const { spotShock, volShock, dampeningFactor } = scenario;
  const skew = isSkew(volShock);
  const dampen = (pnl: Fixed18): Fixed18 => mul(dampeningFactor, pnl);
  const move = spotShock - one;
  return {
    perp: inputs.perp && !skew ? dampen(mul(mul(inputs.perp.position, inputs.perp.price), move)) : 0n,
    expiries: expiries.map((expiry) => {
      const shocked = sum(scenarioOptionValues(expiry, scenario, params));
      const pnl = dampen(mul(shocked, staticDiscountOf(expiry, shocked)) - expiry.mtm);
      // A rotation of the skew the other way is taken to lose what this one gains.
      return skew ? -abs(pnl) : pnl;
    }),
    collaterals: collaterals.map(({ riskCancelling, value }) =>
      riskCancelling && !skew ? dampen(mul(value, move)) : 0n,
    ),
  };
}

export const totalOf = ({ perp, expiries, collaterals }: Pm2ScenarioParts): Fixed18 =>
  perp + sum(expiries) + sum(collaterals);
