import { chiSquareSurvival, deviance } from "../../numerics/gamma.ts";
import { PlimsollError, requireNumber } from "../../quantity/error.ts";

/** A likelihood-ratio test: how far the data lie from the hypothesis, and how often chance alone takes them that far. */
export interface LikelihoodRatioTest {
  /** −2·ln of the likelihood ratio, ≥ 0. */
  readonly statistic: number;
  /** Probability of a statistic at least this large when the model is right, 0 to 1. */
  readonly pValue: number;
}

/** Throws `PLM_DOMAIN` unless `value` is an integer from `min` to `max`. */
export function requireCount(
  field: string,
  value: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new PlimsollError("PLM_DOMAIN", {
      field,
      value,
      limit: `an integer from ${min} to ${max}`,
      remedy: "Count the observations again.",
    });
  }
  return value;
}

/** Throws `PLM_DOMAIN` unless 0 < level < 1: the confidence of the risk measure, such as 0.99. */
export function requireLevel(level: number): number {
  requireNumber("level", level, 0, 1);
  if (level === 0 || level === 1) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "level",
      value: level,
      limit: "above 0 and below 1",
      remedy: "Give the confidence of the risk measure, such as 0.99.",
    });
  }
  return level;
}

/**
 * Kupiec's test of the proportion of failures: is the rate of exceptions 1 − level?
 * LR = 2·[x·ln(x/(n·p)) + (n − x)·ln((n − x)/(n·(1 − p)))] ~ χ²(1), p = 1 − level.
 *
 * @param observations - n ≥ 1. @param exceptions - x, 0 to n: days whose loss exceeded the measure.
 * @throws {PlimsollError} `PLM_DOMAIN` for counts or levels out of range.
 * @see Kupiec (1995), "Techniques for verifying the accuracy of risk measurement models", J. Derivatives 3
 */
export function kupiecTest(input: {
  readonly observations: number;
  readonly exceptions: number;
  readonly level: number;
}): LikelihoodRatioTest {
  const level = requireLevel(input.level);
  const observations = requireCount("observations", input.observations, 1);
  const exceptions = requireCount("exceptions", input.exceptions, 0, observations);
  // a sum of two deviances, whose linear parts cancel: no difference of large logarithms
  const statistic =
    2 *
    (deviance(exceptions, observations * (1 - level)) +
      deviance(observations - exceptions, observations * level));
  return { statistic, pValue: chiSquareSurvival(statistic, 1) };
}

/**
 * Kupiec's test of the time until the first failure, ~ χ²(1): did the first exception come too early or too late? The same
 * likelihood ratio as one exception among `firstFailure` observations.
 *
 * @param firstFailure - number of the observation of the first exception, counted from 1.
 * @throws {PlimsollError} `PLM_DOMAIN` for a count or level out of range.
 */
export function timeUntilFirstFailureTest(input: {
  readonly firstFailure: number;
  readonly level: number;
}): LikelihoodRatioTest {
  const observations = requireCount("firstFailure", input.firstFailure, 1);
  return kupiecTest({ observations, exceptions: 1, level: input.level });
}
