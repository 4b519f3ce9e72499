import { millsRatio } from "../numerics/mills.ts";
import { normalPdf } from "../numerics/normal.ts";
import { log } from "../numerics/exp-log.ts";
import { requireNumber } from "../quantity/error.ts";
import { logRatio, outOfTheMoneyPrice } from "./black76-kernel.ts";

/** A European option on a forward. */
export interface Black76Input {
  readonly optionType: "call" | "put";
  /** Quote currency per unit of underlying, from 0 to 1e300. */
  readonly forward: number;
  /** Quote currency per unit of underlying, from 0 to 1e300. */
  readonly strike: number;
  /** ACT/365, ≥ 0. At 0 the price is the intrinsic value. */
  readonly expiryYears: number;
  /** Annual fraction (0.65 = 65 %), ≥ 0; not total standard deviation. */
  readonly vol: number;
  /** Value today of one unit of quote currency at expiry, from 0 to 1e3. Absent: 1, an undiscounted price. */
  readonly discount?: number;
}

/** Price and sensitivities, all times the discount factor. Quote currency per unit of underlying unless said otherwise. */
export interface Black76Greeks {
  readonly price: number;
  /** ∂price/∂forward. Units of underlying (as a future or forward). */
  readonly delta: number;
  /** ∂²price/∂forward². Delta per unit of quote currency. */
  readonly gamma: number;
  /** ∂price/∂vol. Per 1.00 of volatility (divide by 100 for one volatility point). */
  readonly vega: number;
  /** Change of price per year of passing time, forward, vol and interest rate held. Divide by 365 for one day. */
  readonly theta: number;
  /** ∂²price/∂forward∂vol = ∂delta/∂vol. */
  readonly vanna: number;
  /** ∂²price/∂vol². */
  readonly volga: number;
}

/** Largest forward and strike: their sum must stay a float64. */
export const largestPrice = 1e300;

/** Throws `PLM_DOMAIN` unless every argument is a finite number in its range. */
export function checkBlack76Input(input: Black76Input): void {
  requireNumber("forward", input.forward, 0, largestPrice);
  requireNumber("strike", input.strike, 0, largestPrice);
  requireNumber("expiryYears", input.expiryYears, 0);
  requireNumber("vol", input.vol, 0);
  if (input.discount !== undefined) requireNumber("discount", input.discount, 0, 1e3);
}

/**
 * Undiscounted Black-76 price from total volatility σ√T. No checks: for inner loops on valid numbers. Zeros anywhere give the
 * limit.
 */
export function undiscountedPrice(
  isCall: boolean,
  forward: number,
  strike: number,
  totalVol: number,
): number {
  const intrinsic = isCall ? Math.max(forward - strike, 0) : Math.max(strike - forward, 0);
  return intrinsic + outOfTheMoneyPrice(forward, strike, totalVol);
}

/**
 * Black-76 price of a European option on a forward: discount · (F·N(d1) − K·N(d2)) for a call.
 *
 * Total on its domain: at zero strike, forward, volatility or expiry the result is the limit, never NaN.
 *
 * @returns quote currency per unit of underlying. Relative error ≤ 1e-12 for out-of-the-money options within 10 standard
 * deviations, down to one second to expiry (docs/accuracy.md).
 * @throws {PlimsollError} `PLM_DOMAIN` if an argument is NaN, infinite or out of range.
 * @see Black (1976), "The pricing of commodity contracts", J. Financial Economics 3
 */
export function black76Price(input: Black76Input): number {
  checkBlack76Input(input);
  const { optionType, forward, strike, expiryYears, vol, discount = 1 } = input;
  return discount * undiscountedPrice(optionType === "call", forward, strike, vol * Math.sqrt(expiryYears));
}

/**
 * Price with all first and second greeks, by the closed forms of Black-76 on the forward. See {@link spotGreeks} and
 * {@link coinGreeks} for other conventions.
 *
 * Total: where the exact limit is infinite (gamma, theta of an at-the-money option as its total volatility vanishes) the greek is
 * 0, as for the payoff on either side of its kink, and delta is the mean of the two sides.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` if an argument is NaN, infinite or out of range.
 */
export function black76Greeks(input: Black76Input): Black76Greeks {
  checkBlack76Input(input);
  const { optionType, forward, strike, expiryYears, vol, discount = 1 } = input;
  const isCall = optionType === "call";
  const rootYears = Math.sqrt(expiryYears);
  const totalVol = vol * rootYears;
  const price = discount * undiscountedPrice(isCall, forward, strike, totalVol);
  // the discount unwinds as time passes: r·price with r = −ln(discount)/T
  const carry =
    discount === 1 || discount === 0 || expiryYears === 0
      ? 0
      : saturate((-log(discount) / expiryYears) * price);

  const degenerate = forward === 0 || strike === 0 || (totalVol === 0 && forward !== strike);
  if (degenerate) {
    // at zero strike the call is the forward and the put nothing, at zero forward too
    const exercised = strike === 0 || forward > strike;
    const delta = isCall === exercised ? (isCall ? discount : -discount) : 0;
    return { price, delta, gamma: 0, vega: 0, theta: carry, vanna: 0, volga: 0 };
  }
  if (totalVol === 0) {
    const vega = vol === 0 ? saturate(discount * forward * rootYears * normalPdf(0)) : 0;
    const vanna = vol === 0 ? 0.5 * discount * rootYears * normalPdf(0) : 0;
    const delta = (isCall ? 0.5 : -0.5) * discount;
    return { price, delta, gamma: 0, vega, theta: carry, vanna, volga: 0 };
  }

  const moneyness = logRatio(forward, strike) / totalVol;
  const half = 0.5 * totalVol;
  const d1 = moneyness + half;
  const d2 = moneyness - half;
  const density = normalPdf(d1);
  // the smaller of N(d1), N(−d1) keeps its digits; the other side follows from N(d1) + N(−d1) = 1
  const tail = density === 0 ? 0 : density * millsRatio(Math.abs(d1));
  const callDelta = d1 > 0 ? 1 - tail : tail;
  const putDelta = d1 > 0 ? -tail : tail - 1;
  const vega = discount * forward * density * rootYears;
  return {
    price,
    delta: discount * (isCall ? callDelta : putDelta),
    gamma: saturate((discount * density) / forward / totalVol),
    vega: saturate(vega),
    theta: saturate(carry - (0.5 * vega * vol) / expiryYears),
    vanna: saturate((-discount * density * d2) / vol),
    volga: saturate((vega * d1 * d2) / vol),
  };
}

/** Keeps a greek finite: 0·∞ where the density has underflowed is 0, and what exceeds the float64 range is its largest value. */
const saturate = (x: number): number =>
  x === x ? Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, x)) : 0;
