import { type Fixed18, div, max, min, mul, one } from "../shared/fixed18.ts";
import { ln, normalCdf, sqrt } from "./fixed-math.ts";

/** Seconds in the venue's year of 365 days. */
export const secondsPerYear = 31_536_000n;

/** Years in `seconds`, truncated. */
export const yearFraction = (seconds: number): Fixed18 => (BigInt(seconds) * one) / secondsPerYear;

export interface Black76Inputs {
  /** Seconds, a whole number ≥ 0. */
  readonly secToExpiry: number;
  /** Annual fraction, ≥ 0. */
  readonly vol: Fixed18;
  /** USD per unit of underlying, ≥ 0. */
  readonly forward: Fixed18;
  readonly strike: Fixed18;
  /** Discount factor. */
  readonly discount: Fixed18;
}

/** USD per unit of underlying; the delta is per unit of forward, discounted. */
export interface Black76Prices {
  readonly call: Fixed18;
  readonly put: Fixed18;
  readonly callDelta: Fixed18;
}

/** From this σ√T on, a call is worth the whole forward. */
const largestTotalVol: Fixed18 = 24n * one;

/**
 * The venue's Black-76: total for every input ≥ 0. σ√T = 0 counts as 1e-18, which gives intrinsic value; the put
 * follows from the call by parity, both kept within their bounds.
 */
export function black76({ secToExpiry, vol, forward, strike, discount }: Black76Inputs): Black76Prices {
  const discountedForward = mul(forward, discount);
  if (strike === 0n) return { call: discountedForward, put: 0n, callDelta: discount };
  if (forward === 0n) return { call: 0n, put: mul(strike, discount), callDelta: 0n };
  const totalVol = max(1n, mul(vol, sqrt(yearFraction(secToExpiry))));
  const moneyness = max(1n, div(strike, forward));
  // Per unit of forward, undiscounted.
  const { call, delta } = standardCall(totalVol, moneyness);
  const put = max(0n, call + moneyness - one);
  return {
    call: min(discountedForward, mul(call, discountedForward)),
    put: min(mul(strike, discount), mul(put, discountedForward)),
    callDelta: mul(delta, discount),
  };
}

function standardCall(totalVol: Fixed18, moneyness: Fixed18): { call: Fixed18; delta: Fixed18 } {
  const half = mul(totalVol, totalVol) / 2n;
  const d1 = div(half - ln(moneyness), totalVol);
  const delta = normalCdf(d1);
  if (totalVol >= largestTotalVol) return { call: one, delta };
  const strikePart = mul(moneyness, normalCdf(d1 - totalVol));
  return { call: max(0n, delta - strikePart), delta };
}
