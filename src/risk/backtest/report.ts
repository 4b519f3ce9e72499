import { PlimsollError, requireNumber } from "../../quantity/error.ts";
import {
  kupiecTest,
  requireCount,
  requireLevel,
  timeUntilFirstFailureTest,
  type LikelihoodRatioTest,
} from "./coverage.ts";
import {
  acerbiSzekely,
  jointScore,
  type AcerbiSzekelyResult,
  type ShortfallObservation,
  type TailLaw,
} from "./expected-shortfall.ts";
import {
  conditionalCoverageTest,
  countTransitions,
  independenceTest,
  type Transitions,
} from "./independence.ts";
import {
  clopperPearson,
  trafficLight,
  type ProbabilityInterval,
  type TrafficLight,
} from "./traffic-light.ts";
import {
  mixedTimeBetweenFailuresTest,
  timeBetweenFailuresTest,
  waitsBetween,
} from "./time-between-failures.ts";

/** One period: what was lost, and what the model had forecast before. Any one unit; losses positive. */
export interface BacktestObservation {
  readonly loss: number;
  readonly valueAtRisk: number;
  /** Absent on any period: the tests of Expected Shortfall are left out. */
  readonly expectedShortfall?: number;
}

export interface BacktestOptions {
  /** Confidence of the risk measure, such as 0.99: an exception is expected with probability 1 − level. */
  readonly level: number;
  /** Confidence of the interval and the tests' verdicts. Absent: 0.95. */
  readonly confidence?: number;
  /** For the simulated p-values; see {@link acerbiSzekely}. */
  readonly tail?: TailLaw;
  readonly simulations?: number;
  readonly seed?: number | bigint;
}

export interface BacktestReport {
  readonly level: number;
  readonly observations: number;
  /** Losses above Value at Risk. */
  readonly exceptions: number;
  /** observations × (1 − level). */
  readonly expectedExceptions: number;
  /** exceptions / observations. */
  readonly exceptionRate: number;
  /** Exact interval for the true rate. */
  readonly exceptionRateInterval: ProbabilityInterval;
  /** Whether that interval holds the promised rate, 1 − level. */
  readonly coverageHolds: boolean;
  readonly kupiec: LikelihoodRatioTest;
  /** Null when there was no exception. */
  readonly timeUntilFirstFailure: (LikelihoodRatioTest & { readonly firstFailure: number }) | null;
  readonly transitions: Transitions;
  readonly independence: LikelihoodRatioTest;
  readonly conditionalCoverage: LikelihoodRatioTest;
  /** Independence at every lag. */
  readonly timeBetweenFailures: LikelihoodRatioTest;
  /** Rate and independence at every lag. */
  readonly mixed: LikelihoodRatioTest;
  readonly trafficLight: TrafficLight;
  /** Null when a period has no Expected Shortfall. */
  readonly expectedShortfall: (AcerbiSzekelyResult & { readonly meanJointScore: number }) | null;
  /** Names of the tests that reject the model at `confidence`, in the order of this report. Empty: none does. */
  readonly rejectedBy: readonly string[];
}

/**
 * All coverage tests of one series of forecasts, in time order.
 *
 * @throws {PlimsollError} `PLM_DATA_GAP` for an empty series, `PLM_DOMAIN` for numbers out of range.
 */
export function backtestReport(
  series: readonly BacktestObservation[],
  options: BacktestOptions,
): BacktestReport {
  const level = requireLevel(options.level);
  const confidence = requireNumber("confidence", options.confidence ?? 0.95, 0, 1);
  if (series.length === 0) {
    throw new PlimsollError("PLM_DATA_GAP", {
      field: "series",
      value: series,
      limit: "at least one observation",
      remedy: "Back-test over a period for which both losses and forecasts exist.",
    });
  }
  const exceeded = series.map(({ loss, valueAtRisk }, index) => {
    requireNumber(`series[${index}].loss`, loss);
    requireNumber(`series[${index}].valueAtRisk`, valueAtRisk);
    return loss > valueAtRisk;
  });
  const observations = requireCount("series.length", series.length, 1);
  const exceptions = exceeded.reduce((count, is) => count + (is ? 1 : 0), 0);
  const counts = { observations, exceptions, level };
  const transitions = countTransitions(exceeded);
  const first = exceeded.indexOf(true) + 1;
  const interval = clopperPearson({ observations, exceptions, confidence });

  const kupiec = kupiecTest(counts);
  const timeUntilFirstFailure =
    first === 0
      ? null
      : { ...timeUntilFirstFailureTest({ firstFailure: first, level }), firstFailure: first };
  const independence = independenceTest(transitions);
  const conditionalCoverage = conditionalCoverageTest({ ...counts, transitions });
  const waits = waitsBetween(exceeded);
  const timeBetweenFailures = timeBetweenFailuresTest({ waits, level });
  const mixed = mixedTimeBetweenFailuresTest({ observations, waits, level });
  const light = trafficLight(counts);
  const shortfall = withShortfall(series);
  const expectedShortfall = shortfall
    ? {
        ...acerbiSzekely({ ...options, observations: shortfall }),
        meanJointScore:
          shortfall.reduce((sum, observation) => sum + jointScore(observation, level), 0) / shortfall.length,
      }
    : null;

  const significance = 1 - confidence;
  const verdicts: readonly (readonly [string, number | undefined])[] = [
    ["kupiec", kupiec.pValue],
    ["time-until-first-failure", timeUntilFirstFailure?.pValue],
    ["independence", independence.pValue],
    ["conditional-coverage", conditionalCoverage.pValue],
    ["time-between-failures", timeBetweenFailures.pValue],
    ["mixed", mixed.pValue],
    ["acerbi-szekely-z1", expectedShortfall?.z1?.pValue],
    ["acerbi-szekely-z2", expectedShortfall?.z2.pValue],
  ];
  return {
    level,
    observations,
    exceptions,
    expectedExceptions: observations * (1 - level),
    exceptionRate: exceptions / observations,
    exceptionRateInterval: interval,
    coverageHolds: interval.low <= 1 - level && 1 - level <= interval.high,
    kupiec,
    timeUntilFirstFailure,
    transitions,
    independence,
    conditionalCoverage,
    timeBetweenFailures,
    mixed,
    trafficLight: light,
    expectedShortfall,
    rejectedBy: verdicts
      .filter(([, pValue]) => pValue !== undefined && pValue < significance)
      .map(([name]) => name),
  };
}

function withShortfall(series: readonly BacktestObservation[]): readonly ShortfallObservation[] | null {
  const complete: ShortfallObservation[] = [];
  for (const { loss, valueAtRisk, expectedShortfall } of series) {
    if (expectedShortfall === undefined) return null;
    complete.push({ loss, valueAtRisk, expectedShortfall });
  }
  return complete;
}
