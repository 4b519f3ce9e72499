import { chiSquareSurvival } from "../../numerics/gamma.ts";
import { kupiecTest, timeUntilFirstFailureTest, type LikelihoodRatioTest } from "./coverage.ts";

/** Periods until the first exception, then from each to the next: as many as there are exceptions. */
export function waitsBetween(exceptions: readonly boolean[]): readonly number[] {
  const waits: number[] = [];
  let last = -1;
  for (const [index, isException] of exceptions.entries()) {
    if (!isException) continue;
    waits.push(index - last);
    last = index;
  }
  return waits;
}

/**
 * Haas's test of independence by the times between failures, ~ χ²(number of exceptions): unlike Christoffersen's it sees dependence at
 * every lag. The sum of the statistics of {@link timeUntilFirstFailureTest} over all waits. Statistic 0 without exceptions.
 *
 * The asymptotic law is rough: one wait is one observation. Read it beside the other tests.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` for a wait below 1 or a level out of range.
 * @see Haas (2001), "New methods in backtesting", Research Center Caesar
 */
export function timeBetweenFailuresTest(input: {
  readonly waits: readonly number[];
  readonly level: number;
}): LikelihoodRatioTest {
  const { waits, level } = input;
  const statistic = waits.reduce(
    (sum, firstFailure) => sum + timeUntilFirstFailureTest({ firstFailure, level }).statistic,
    0,
  );
  return { statistic, pValue: waits.length === 0 ? 1 : chiSquareSurvival(statistic, waits.length) };
}

/** Haas's mixed test, ~ χ²(number of exceptions + 1): right rate and independent at every lag, at once. */
export function mixedTimeBetweenFailuresTest(input: {
  readonly observations: number;
  readonly waits: readonly number[];
  readonly level: number;
}): LikelihoodRatioTest {
  const { observations, waits, level } = input;
  const statistic =
    kupiecTest({ observations, exceptions: waits.length, level }).statistic +
    timeBetweenFailuresTest({ waits, level }).statistic;
  return { statistic, pValue: chiSquareSurvival(statistic, waits.length + 1) };
}
