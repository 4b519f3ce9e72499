import { type Fixed18, mul, one, sum } from "../shared/fixed18.ts";
import {
  optionValues,
  type Pm1ExpiryBook,
  preparePm1,
  scenarioOptionValues,
  scenarioParts,
  staticDiscountOf,
} from "./pm1-book.ts";
import { basisFactor, worseBasisShock } from "./pm-basis.ts";
import { type Pm1Inputs, type Pm1Params } from "./pm1-inputs.ts";
import { type PmOption } from "./pm-inputs.ts";

/** What each holding gains or loses in one scenario of PM1. */
export interface Pm1Contributions {
  readonly perp: Fixed18;
  readonly base: Fixed18;
  /** By the option objects of the inputs. */
  readonly options: ReadonlyMap<PmOption, Fixed18>;
}

/**
 * Splits a scenario's profit over the holdings that make it. Adds up to the scenario's profit but for truncation, a unit
 * of the last decimal for each option.
 *
 * @param index - of a scenario, or their number for the basis contingency.
 */
export function pm1Contributions(inputs: Pm1Inputs, params: Pm1Params, index: number): Pm1Contributions {
  const book = preparePm1(inputs, params);
  const scenario = params.scenarios[index];
  const options = new Map<PmOption, Fixed18>();
  for (const expiry of book.expiries) {
    const marks = optionValues(expiry, one, one);
    const shocked = scenario ? scenarioOptionValues(expiry, scenario) : basisValues(expiry, params);
    const discount = scenario ? staticDiscountOf(expiry, sum(shocked)) : one;
    const factor = scenario ? one : basisFactor(expiry, params.basisContingency);
    expiry.options.forEach((option, i) => {
      options.set(option, mul(mul(shocked[i] ?? 0n, discount) - (marks[i] ?? 0n), factor));
    });
  }
  if (!scenario) return { perp: 0n, base: 0n, options };
  const { perp, base } = scenarioParts(book, scenario);
  return { perp, base, options };
}

/** Values in the worse of the two basis moves, or at mark when neither loses. */
function basisValues(expiry: Pm1ExpiryBook, params: Pm1Params): readonly Fixed18[] {
  return optionValues(expiry, worseBasisShock(expiry, params.basisContingency) ?? one, one);
}
