import { binomialCdf, binomialSurvival, inverseRegularizedBeta } from "../../numerics/beta.ts";
import { requireNumber } from "../../quantity/error.ts";
import { requireCount, requireLevel } from "./coverage.ts";

export interface TrafficLight {
  /** Probability of at most this many exceptions when the model is right. */
  readonly cumulative: number;
  /** Probability of at least this many exceptions when the model is right: the exact one-sided p-value. */
  readonly atLeast: number;
  /** Green while `cumulative` < 95 %, yellow below 99.99 %, then red. */
  readonly zone: "green" | "yellow" | "red";
  /** The Basel capital multiplier for this count, made for 250 days at 99 %. */
  readonly multiplier: number;
}

const yellowFrom = 0.95;
const redFrom = 0.9999;
/** For 5 to 9 exceptions. */
const yellowMultipliers = [3.4, 3.5, 3.65, 3.75, 3.85];

/**
 * The Basel traffic light.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` for counts or levels out of range.
 * @see Basel Committee (January 1996), "Supervisory framework for the use of backtesting", tables 1 and 2
 */
export function trafficLight(input: {
  readonly observations: number;
  readonly exceptions: number;
  readonly level: number;
}): TrafficLight {
  const level = requireLevel(input.level);
  const observations = requireCount("observations", input.observations, 1);
  const exceptions = requireCount("exceptions", input.exceptions, 0, observations);
  const cumulative = binomialCdf(exceptions, observations, 1 - level);
  return {
    cumulative,
    atLeast: binomialSurvival(exceptions, observations, 1 - level),
    zone: cumulative < yellowFrom ? "green" : cumulative < redFrom ? "yellow" : "red",
    multiplier: exceptions < 5 ? 3 : (yellowMultipliers[exceptions - 5] ?? 4),
  };
}

/** An interval for a probability, from counts. */
export interface ProbabilityInterval {
  readonly low: number;
  readonly high: number;
  /** Probability that such an interval covers the truth, at least. */
  readonly confidence: number;
}

/**
 * The exact interval of Clopper and Pearson (1934) for the rate behind `exceptions` in `observations`. Two-sided: each side is
 * wrong with probability at most (1 − confidence)/2.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` for counts or a confidence out of range.
 */
export function clopperPearson(input: {
  readonly observations: number;
  readonly exceptions: number;
  /** Absent: 0.95. */
  readonly confidence?: number;
}): ProbabilityInterval {
  const confidence = requireNumber("confidence", input.confidence ?? 0.95, 0, 1);
  const observations = requireCount("observations", input.observations, 1);
  const exceptions = requireCount("exceptions", input.exceptions, 0, observations);
  const side = (1 - confidence) / 2;
  return {
    low: exceptions === 0 ? 0 : inverseRegularizedBeta(side, exceptions, observations - exceptions + 1),
    high:
      exceptions === observations
        ? 1
        : inverseRegularizedBeta(1 - side, exceptions + 1, observations - exceptions),
    confidence,
  };
}
