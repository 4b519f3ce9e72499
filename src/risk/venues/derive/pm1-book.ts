import { type Fixed18, div, max, mul, one, sum } from "../shared/fixed18.ts";
import { black76, yearFraction } from "./black76.ts";
import { exp } from "./fixed-math.ts";
import { type BasisValues, basisValues } from "./pm-basis.ts";
import {
  type ExpiryBook,
  expiryBooks,
  expiryMinConfidence,
  grossOptions,
  portfolioMinConfidence,
  volMultipliers,
} from "./pm-inputs.ts";
import { type Pm1Inputs, type Pm1Params, type Pm1Scenario } from "./pm1-inputs.ts";

export interface Pm1Expiry extends BasisValues {
  readonly volShockUp: Fixed18;
  readonly volShockDown: Fixed18;
  readonly staticDiscount: Fixed18;
  readonly minConfidence: Fixed18;
  readonly grossOptions: Fixed18;
}

export type Pm1ExpiryBook = ExpiryBook & Pm1Expiry;

/** A book with everything about it that no scenario changes. */
export interface Pm1Book {
  readonly inputs: Pm1Inputs;
  readonly params: Pm1Params;
  readonly expiries: readonly Pm1ExpiryBook[];
  readonly baseValue: Fixed18;
}

/** Values a book at mark: what {@link scenarioParts} and the contingencies start from. */
export function preparePm1(inputs: Pm1Inputs, params: Pm1Params): Pm1Book {
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

function prepareExpiry(book: ExpiryBook, params: Pm1Params, portfolioMin: Fixed18): Pm1ExpiryBook {
  const { margin } = params;
  const rate = max(0n, book.rate);
  const vols = volMultipliers(book.secToExpiry, params.volShock);
  const decay = mul(yearFraction(book.secToExpiry), mul(rate, margin.rateMultScale) + margin.rateAddScale);
  const value = (shock: Fixed18): Fixed18 => sum(optionValues(book, shock, one));
  return {
    ...book,
    ...basisValues(params.basisContingency, value),
    volShockUp: vols.up,
    volShockDown: vols.down,
    staticDiscount: mul(margin.baseStaticDiscount, exp(-decay)),
    minConfidence: expiryMinConfidence(portfolioMin, book),
    grossOptions: grossOptions(book.options),
  };
}

/** Value of each option of an expiry, undiscounted, at a shocked forward and scaled volatilities. */
export function optionValues(
  { secToExpiry, forwardFixed, forwardVariable, options }: ExpiryBook,
  spotShock: Fixed18,
  volMultiplier: Fixed18,
): readonly Fixed18[] {
  const forward = max(0n, mul(forwardVariable, spotShock) + forwardFixed);
  return options.map(({ strike, vol, type, amount }) => {
    const shockedVol = volMultiplier === one ? vol : mul(vol, volMultiplier);
    return mul(amount, black76({ secToExpiry, vol: shockedVol, forward, strike, discount: one })[type]);
  });
}

/** Value of each option of an expiry in a scenario, before static discount. */
export const scenarioOptionValues = (
  expiry: Pm1ExpiryBook,
  { spotShock, volShock }: Pm1Scenario,
): readonly Fixed18[] =>
  optionValues(expiry, spotShock, { none: one, up: expiry.volShockUp, down: expiry.volShockDown }[volShock]);

/** The factor on an expiry's shocked value: 1 for what is owed. */
export const staticDiscountOf = (expiry: Pm1ExpiryBook, shocked: Fixed18): Fixed18 =>
  shocked > 0n ? expiry.staticDiscount : one;

/** One scenario's change of value, by part. */
export interface Pm1ScenarioParts {
  readonly perp: Fixed18;
  readonly base: Fixed18;
  /** By expiry, in order of first option. */
  readonly expiries: readonly Fixed18[];
}

/** What one scenario changes. */
export function scenarioParts(
  { inputs, expiries, baseValue }: Pm1Book,
  scenario: Pm1Scenario,
): Pm1ScenarioParts {
  const { perp } = inputs;
  return {
    perp: perp ? mul(mul(perp.position, perp.price), scenario.spotShock - one) : 0n,
    base: baseValueAt(inputs, scenario.spotShock) - baseValue,
    expiries: expiries.map((expiry) => {
      const shocked = sum(scenarioOptionValues(expiry, scenario));
      return mul(shocked, staticDiscountOf(expiry, shocked)) - expiry.mtm;
    }),
  };
}

export const totalOf = ({ perp, base, expiries }: Pm1ScenarioParts): Fixed18 => perp + base + sum(expiries);
