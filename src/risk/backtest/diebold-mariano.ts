import { regularizedBeta } from "../../numerics/beta.ts";
import { requireNumber } from "../../quantity/error.ts";
import { requireLength, requireSameLength, requireValues } from "./breach.ts";
import { requireCount } from "./coverage.ts";
import { longRunVariance } from "./long-run-variance.ts";

/** Which of two forecasts scored better, and whether by more than chance. */
export interface DieboldMariano {
  /**
   * The better one, if the difference is significant; `undecided` if it isn't; `insufficient` where the test says nothing: fewer
   * than 30 observations, or scores that differ by a constant or not at all.
   */
  readonly verdict: "first" | "second" | "undecided" | "insufficient";
  readonly observations: number;
  /** Mean of first − second: negative when the first is better, scores being losses. */
  readonly meanDifference: number;
  /** Of the mean. */
  readonly standardError: number;
  /** Autocovariances counted. */
  readonly lags: number;
  /** meanDifference / standardError with the small-sample correction. Null where it is undefined. */
  readonly statistic: number | null;
  /** Two-sided, by Student's t with n − 1 degrees of freedom. Null where it is undefined. */
  readonly pValue: number | null;
}

/**
 * Diebold and Mariano's test of equal accuracy on scores of the same losses, such as {@link quantileScore} or {@link jointScore}, in time order:
 *
 *     DM = d̄ / √(S/n) · √((n + 1 − 2·h + h·(h − 1)/n)/n)       S: Newey–West variance of the differences d
 *
 * The factor is that of Harvey, Leybourne and Newbold for forecasts h periods ahead.
 *
 * @param horizon - h: periods that the loss of one observation spans, 1 when windows don't overlap; at most half their number. Absent: 1.
 * @param lags - of the Newey–West variance; absent: h − 1. `automatic` by {@link longRunVariance} where scores are dependent beyond the
 *   overlap, as volatility makes them.
 * @param significance - of the verdict; absent: 0.05.
 * @throws {PlimsollError} `PLM_DATA_GAP` for fewer than two scores, `PLM_DOMAIN` for numbers out of range.
 * @see Diebold and Mariano (1995), J. Business & Economic Statistics 13; Harvey, Leybourne and Newbold (1997), International J.
 *   Forecasting 13
 */
export function dieboldMariano(input: {
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly horizon?: number;
  readonly lags?: number | "automatic";
  readonly significance?: number;
}): DieboldMariano {
  const { first, second } = input;
  const observations = requireLength("first", first.length, 2);
  requireSameLength("second", second.length, observations);
  requireValues("first", first);
  requireValues("second", second);
  const horizon = requireCount("horizon", input.horizon ?? 1, 1, Math.max(1, Math.floor(observations / 2)));
  const { lags = horizon - 1 } = input;
  if (lags !== "automatic") requireCount("lags", lags, 0, observations - 1);
  const significance = requireNumber("significance", input.significance ?? 0.05, 0, 1);

  let size = 0;
  const differences = first.map((score, index) => {
    const other = second[index] ?? 0;
    size = Math.max(size, Math.abs(score), Math.abs(other));
    return score - other;
  });
  let meanDifference = 0;
  for (const difference of differences) meanDifference += difference / observations;
  const longRun = longRunVariance(differences, lags);
  const standardError = Math.sqrt(longRun.variance / observations);
  // a spread within the rounding of the scores is none
  const defined = longRun.variance > 1e-28 * size * size;
  const statistic = defined
    ? (meanDifference / standardError) *
      Math.sqrt((observations + 1 - 2 * horizon + (horizon * (horizon - 1)) / observations) / observations)
    : null;
  const pValue = statistic === null ? null : studentTwoSided(statistic, observations - 1);
  return {
    verdict:
      pValue === null || observations < leastObservations
        ? "insufficient"
        : pValue >= significance
          ? "undecided"
          : meanDifference < 0
            ? "first"
            : "second",
    observations,
    meanDifference,
    standardError,
    lags: longRun.lags,
    statistic,
    pValue,
  };
}

const leastObservations = 30;

/** Probability that |t| of Student's law is at least this large. */
function studentTwoSided(t: number, degrees: number): number {
  const square = t * t;
  const whole = degrees + square;
  return whole === Infinity ? 0 : regularizedBeta(degrees / whole, 0.5 * degrees, 0.5, square / whole);
}
