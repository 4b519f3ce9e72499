import { chiSquareSurvival } from "../../numerics/gamma.ts";
import {
  acerbiSzekely,
  conditionalCoverageTest,
  independenceTest,
  kupiecTest,
  timeUntilFirstFailureTest,
  trafficLight,
  type Transitions,
} from "../../risk/backtest/index.ts";
import { type CaseInputs } from "./published-inputs.ts";
import { type Topic } from "./published-isolated.ts";

const levelOf = (inputs: CaseInputs): number => {
  const failureRate = inputs.numberIf("failureProbability", "p", "alpha");
  return (
    inputs.numberIf("level", "confidence", "varLevel") ?? (failureRate === undefined ? 0.99 : 1 - failureRate)
  );
};

const transitionsOf = (inputs: CaseInputs): Transitions => ({
  n00: inputs.number("n00"),
  n01: inputs.number("n01"),
  n10: inputs.number("n10"),
  n11: inputs.number("n11"),
});

/** Observations and failures; from the pairs of a Markov chain when they aren't given. */
function countsOf(inputs: CaseInputs): { observations: number; exceptions: number; level: number } {
  const { n00, n01, n10, n11 } = transitionsOf(inputs);
  return {
    observations: inputs.numberIf("observations", "n", "days") ?? n00 + n01 + n10 + n11,
    exceptions: inputs.numberIf("failures", "exceptions", "x") ?? n01 + n11,
    level: levelOf(inputs),
  };
}

const traffic: Topic = (inputs) => ({ ...trafficLight(countsOf(inputs)) });

const kupiec: Topic = (inputs) => {
  const { statistic, pValue } = kupiecTest(countsOf(inputs));
  return { lr: statistic, p: pValue, lrPof: statistic, pPof: pValue, statistic, pValue };
};

const christoffersen: Topic = (inputs) => {
  const transitions = transitionsOf(inputs);
  const counts = countsOf(inputs);
  const pof = kupiecTest(counts);
  const independence = independenceTest(transitions);
  const both = conditionalCoverageTest({ ...counts, transitions });
  return {
    lrPof: pof.statistic,
    pPof: pof.pValue,
    lrInd: independence.statistic,
    pInd: independence.pValue,
    lrCci: independence.statistic,
    pCci: independence.pValue,
    lrCc: both.statistic,
    pCc: both.pValue,
  };
};

/** One wait for a failure, or the sum over the waits between failures. */
const waits: Topic = (inputs) => {
  const level = levelOf(inputs);
  const first = inputs.numberIf("firstFailure", "n", "days");
  const times = first === undefined ? inputs.numbers("timesBetweenFailures", "times", "waits") : [first];
  const statistic = times.reduce(
    (sum, firstFailure) => sum + timeUntilFirstFailureTest({ firstFailure, level }).statistic,
    0,
  );
  const pValue = chiSquareSurvival(statistic, Math.max(1, times.length));
  return {
    lr: statistic,
    p: pValue,
    lrTuff: statistic,
    pTuff: pValue,
    lrTbf: statistic,
    pTbf: pValue,
    statistic,
    pValue,
  };
};

/** Losses positive, each with its period's forecasts; one forecast for all periods may stand as a number. */
const shortfall: Topic = (inputs) => {
  const losses = inputs.numbers("losses", "loss");
  const measure = (names: readonly string[]): readonly number[] => inputs.numbers(...names);
  const atRisk = measure(["valueAtRisk", "var", "vars"]);
  const expected = measure(["expectedShortfall", "es"]);
  const observations = losses.map((loss, i) => ({
    loss,
    valueAtRisk: (atRisk.length === 1 ? atRisk[0] : atRisk[i]) ?? 0,
    expectedShortfall: (expected.length === 1 ? expected[0] : expected[i]) ?? 0,
  }));
  const { z1, z2 } = acerbiSzekely({ observations, level: levelOf(inputs), simulations: 1 });
  return { z1: z1?.statistic ?? null, z2: z2.statistic };
};

/** Topics of backtest statistics, by name. */
export const backtestTopics: ReadonlyMap<string, Topic> = new Map([
  ["backtest.traffic-light", traffic],
  ["backtest.kupiec", kupiec],
  ["backtest.pof", kupiec],
  ["backtest.christoffersen", christoffersen],
  ["backtest.cc", christoffersen],
  ["backtest.tuff", waits],
  ["backtest.tbf", waits],
  ["backtest.acerbi-szekely", shortfall],
  ["backtest.expected-shortfall", shortfall],
]);
