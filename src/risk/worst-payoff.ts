import { type Option } from "../market/index.ts";

/** An option position for payoff arithmetic. */
export interface OptionUnits {
  readonly option: Option;
  /** Units of the underlying, signed: contracts × contract size. */
  readonly units: number;
}

/** Units this small against the gross are the noise of decimal sizes in binary. */
export const unitNoise: number = 1e-12;

/** Payoff of one unit at settlement, quote currency. */
const intrinsic = ({ optionType, strike }: Option, price: number): number =>
  optionType === "call" ? Math.max(0, price - strike) : Math.max(0, strike - price);

/**
 * The lowest that options of one underlying and expiry can pay together at settlement, with units of the underlying beside
 * them: the least over every price from 0 on, `−Infinity` when it falls without end. Piecewise linear, with kinks at 0 and
 * the strikes. Inverse options pay the same: (S − K)⁺/S coins are worth (S − K)⁺ at the settlement price S.
 *
 * @param deltaOne - each gains this much per unit of quote currency that the price rises, such as units of spot.
 * @param quoteWorth - what a unit of the quote currency, in which the options pay, is worth in that of the result. ≥ 0.
 */
export function worstPayoff(
  options: readonly OptionUnits[],
  deltaOne: readonly number[] = [],
  quoteWorth = 1,
): number {
  let slope = 0;
  let gross = 0;
  for (const units of deltaOne) {
    slope += units;
    gross += Math.abs(units);
  }
  let calls = 0;
  for (const { option, units } of options) {
    if (option.optionType === "call") calls += units;
    gross += quoteWorth * Math.abs(units);
  }
  if (quoteWorth * calls + slope < -unitNoise * gross) return -Infinity;
  const payoffAt = (price: number): number => {
    let paid = 0;
    for (const { option, units } of options) paid += units * intrinsic(option, price);
    return quoteWorth * paid + slope * price;
  };
  let worst = payoffAt(0);
  for (const { option } of options) worst = Math.min(worst, payoffAt(option.strike));
  return worst;
}
