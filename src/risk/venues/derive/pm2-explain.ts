import { type Fixed18, mul, one, sum } from "../shared/fixed18.ts";
import {
  optionValues,
  type Pm2ExpiryBook,
  preparePm2,
  scenarioOptionValues,
  scenarioParts,
  staticDiscountOf,
} from "./pm2-book.ts";
import { basisFactor, worseBasisShock } from "./pm-basis.ts";
import { type Pm2Inputs, type Pm2Params } from "./pm2-inputs.ts";
import { type PmOption } from "./pm-inputs.ts";

/** What each holding gains or loses in one scenario of PM2, dampened and discounted as the venue does. */
export interface Pm2Contributions {
  readonly perp: Fixed18;
  /** By the option objects of the inputs. */
  readonly options: ReadonlyMap<PmOption, Fixed18>;
  /** By collateral, in input order. */
  readonly collaterals: readonly Fixed18[];
}

/**
 * Splits a scenario's profit over the holdings that make it. Adds up to the scenario's profit but for truncation, a unit
 * of the last decimal for each option.
 *
 * @param index - of a scenario, or their number for the basis contingency.
 */
export function pm2Contributions(inputs: Pm2Inputs, params: Pm2Params, index: number): Pm2Contributions {
  const book = preparePm2(inputs, params);
  const scenario = params.scenarios[index];
  const options = new Map<PmOption, Fixed18>();
  const record = (expiry: Pm2ExpiryBook, pnl: readonly Fixed18[]): void =>
    expiry.options.forEach((option, i) => options.set(option, pnl[i] ?? 0n));
  if (!scenario) {
    for (const expiry of book.expiries) record(expiry, basisContributions(expiry, params));
    return { perp: 0n, options, collaterals: book.collaterals.map(() => 0n) };
  }
  const parts = scenarioParts(book, scenario);
  book.expiries.forEach((expiry, e) => {
    const shocked = scenarioOptionValues(expiry, scenario, params);
    const discount = staticDiscountOf(expiry, sum(shocked));
    const marks = marksOf(expiry);
    const pnl = shocked.map((value, i) =>
      mul(scenario.dampeningFactor, mul(value, discount) - (marks[i] ?? 0n)),
    );
    // A skew scenario may have turned the expiry's gain into a loss.
    const turned = sum(pnl) > 0n && (parts.expiries[e] ?? 0n) < 0n;
    record(expiry, turned ? pnl.map((value) => -value) : pnl);
  });
  return { perp: parts.perp, options, collaterals: parts.collaterals };
}

const marksOf = (expiry: Pm2ExpiryBook): readonly Fixed18[] =>
  optionValues(expiry, expiry.discount, one, (option) => option.vol);

function basisContributions(expiry: Pm2ExpiryBook, params: Pm2Params): readonly Fixed18[] {
  const shock = worseBasisShock(expiry, params.basisContingency);
  if (shock === undefined) return expiry.options.map(() => 0n);
  const marks = marksOf(expiry);
  const factor = basisFactor(expiry, params.basisContingency);
  return optionValues(expiry, expiry.discount, shock, (option) => option.vol).map((value, i) =>
    mul(value - (marks[i] ?? 0n), factor),
  );
}
