import { normalInverse } from "../numerics/normal.ts";
import { type SviParameters, sviTotalVariance } from "../market/svi.ts";

/** The smile of one expiry in the words of its traders. Annual fractions. */
export interface SmileMetrics {
  /** At strike = forward. */
  readonly atmVol: number;
  /** Volatility of the call of forward delta 0.25 less that of the put of delta −0.25. */
  readonly riskReversal25: number;
  /** Mean of those two volatilities less `atmVol`. */
  readonly butterfly25: number;
}

/** The metrics of a slice, deltas undiscounted on the forward: N(d1) = 0.25 and N(d1) = 0.75. */
export function smileMetrics(parameters: SviParameters, expiryYears: number): SmileMetrics {
  const volAt = (k: number): number => Math.sqrt(sviTotalVariance(parameters, k) / expiryYears);
  const atmVol = volAt(0);
  const call = volAt(strikeOfD1(parameters, normalInverse(0.25)));
  const put = volAt(strikeOfD1(parameters, normalInverse(0.75)));
  return { atmVol, riskReversal25: call - put, butterfly25: (call + put) / 2 - atmVol };
}

/** Log-moneyness at which d1 = −k/√w + √w/2 takes a value, by bisection within ±5 about the level smile's answer. */
function strikeOfD1(parameters: SviParameters, d1: number): number {
  const d1At = (k: number): number => {
    const deviation = Math.sqrt(sviTotalVariance(parameters, k));
    return deviation === 0 ? (k < 0 ? Infinity : -Infinity) : -k / deviation + deviation / 2;
  };
  let low = -5;
  let high = 5;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (d1At(middle) > d1) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
