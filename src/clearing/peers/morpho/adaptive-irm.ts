import { adaptiveRate, type AdaptiveCurve, type AdaptiveRate } from "../../lending/adaptive-rate.ts";
import { compoundGrowthFloor } from "../../lending/growth.ts";

const wad = 10n ** 18n;
const secondsPerYear = 31_536_000n;
const ln2 = 693_147_180_559_945_309n;
/** Below ln 1e-18 the result is 0; above, the contract's fixed bound. */
const lowestExponent = -41_446_531_673_892_822_312n;
const highestExponent = 93_859_467_695_000_404_319n;
const highestValue = 57_716_089_161_558_943_949_701_069_502_944_508_345_128_422_502_756_744_429_568n;

/**
 * e^x as Morpho's library approximates it: 2^q × (1 + r + r²/2) with q = x / ln 2 to the nearest integer and r the rest. Up to
 * 0.9 % off, and part of the rates.
 */
export function morphoExp(x: bigint): bigint {
  if (x < lowestExponent) return 0n;
  if (x >= highestExponent) return highestValue;
  const halfAway = x < 0n ? -ln2 / 2n : ln2 / 2n;
  const q = (x + halfAway) / ln2;
  const r = x - q * ln2;
  const value = wad + r + (r * r) / wad / 2n;
  return q >= 0n ? value << q : value >> -q;
}

/** The adaptive curve of Morpho Blue, rates per second: target 90 %, steepness 4, 50 a year. */
export const morphoCurve: AdaptiveCurve = {
  one: wad,
  targetUtilisation: (9n * wad) / 10n,
  steepness: 4n * wad,
  adjustmentSpeed: (50n * wad) / secondsPerYear,
  minRateAtTarget: wad / 1000n / secondsPerYear,
  maxRateAtTarget: (2n * wad) / secondsPerYear,
  initialRateAtTarget: (4n * wad) / 100n / secondsPerYear,
  exp: morphoExp,
};

/** Rates of the adaptive curve, and what the average comes to over the time. */
export function morphoRates(
  utilisation: bigint,
  startRateAtTarget: bigint,
  elapsedSeconds: bigint,
): AdaptiveRate & { readonly compounded: bigint } {
  const rates = adaptiveRate(morphoCurve, utilisation, startRateAtTarget, elapsedSeconds);
  return { ...rates, compounded: compoundGrowthFloor(rates.averageBorrowRate * elapsedSeconds, wad) };
}
