import { type Fixed18, div, max, min, mul, one } from "../shared/fixed18.ts";
import { ln, sqrt } from "./fixed-math.ts";

/** Bound on |k| is this many times √(a + bσ). */
const moneynessBound = 4n;
const largestVariance: Fixed18 = 144n * one;

/** Raw SVI parameters with the forward and time that they belong to. */
export interface SviInputs {
  readonly strike: Fixed18;
  readonly a: Fixed18;
  readonly b: Fixed18;
  readonly rho: Fixed18;
  readonly m: Fixed18;
  readonly sigma: Fixed18;
  readonly forward: Fixed18;
  /** Years, > 0. */
  readonly yearFraction: Fixed18;
}

/** Volatility of a raw SVI slice, w(k) = a + b(ρ(k−m) + √((k−m)² + σ²)): annual fraction, 0 for a strike of 0. */
export function sviVol({ strike, a, b, rho, m, sigma, forward, yearFraction }: SviInputs): Fixed18 {
  if (strike === 0n || forward === 0n || yearFraction === 0n) return 0n;
  const bound = moneynessBound * sqrt(max(0n, a + mul(b, sigma)));
  const k = max(-bound, min(bound, ln(div(strike, forward)))) - m;
  const root = sqrt(mul(k, k) + mul(sigma, sigma));
  const variance = min(largestVariance, a + mul(b, mul(rho, k) + root));
  return sqrt(div(max(0n, variance), yearFraction));
}
