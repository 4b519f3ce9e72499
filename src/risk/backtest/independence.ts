import { chiSquareSurvival, deviance } from "../../numerics/gamma.ts";
import { kupiecTest, requireCount, type LikelihoodRatioTest } from "./coverage.ts";

/** Counts of consecutive pairs of observations; 1 is an exception. `n01`: none, followed by one. */
export interface Transitions {
  readonly n00: number;
  readonly n01: number;
  readonly n10: number;
  readonly n11: number;
}

/** Counts the pairs of a series of exceptions: one fewer than observations. */
export function countTransitions(exceptions: readonly boolean[]): Transitions {
  const counts = { n00: 0, n01: 0, n10: 0, n11: 0 };
  for (let i = 1; i < exceptions.length; i++) {
    if (exceptions[i - 1]) counts[exceptions[i] ? "n11" : "n10"] += 1;
    else counts[exceptions[i] ? "n01" : "n00"] += 1;
  }
  return counts;
}

/**
 * Christoffersen's test of independence against a first-order Markov chain, ~ χ²(1): does an exception make the next one more
 * likely? The likelihood ratio of a 2×2 table, 2·Σ n_ij·ln(n_ij / (row_i·column_j / n)).
 *
 * Statistic 0 where the pairs can't tell: no exception, or nothing else. Meaningless for overlapping multi-day losses,
 * whose exceptions come in runs by construction.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` for counts that are not integers ≥ 0.
 * @see Christoffersen (1998), "Evaluating interval forecasts", International Economic Review 39
 */
export function independenceTest(transitions: Transitions): LikelihoodRatioTest {
  const { n00, n01, n10, n11 } = transitions;
  requireCount("n00", n00, 0);
  requireCount("n01", n01, 0);
  requireCount("n10", n10, 0);
  requireCount("n11", n11, 0);
  const total = n00 + n01 + n10 + n11;
  if (total === 0) return { statistic: 0, pValue: 1 };
  const part = (count: number, row: number, column: number): number =>
    deviance(count, (row * column) / total);
  const statistic =
    2 *
    (part(n00, n00 + n01, n00 + n10) +
      part(n01, n00 + n01, n01 + n11) +
      part(n10, n10 + n11, n00 + n10) +
      part(n11, n10 + n11, n01 + n11));
  return { statistic, pValue: chiSquareSurvival(statistic, 1) };
}

/**
 * Christoffersen's test of conditional coverage, ~ χ²(2): right rate and independent, at once. The sum of Kupiec's statistic
 * and that of {@link independenceTest}.
 */
export function conditionalCoverageTest(input: {
  readonly observations: number;
  readonly exceptions: number;
  readonly level: number;
  readonly transitions: Transitions;
}): LikelihoodRatioTest {
  const statistic = kupiecTest(input).statistic + independenceTest(input.transitions).statistic;
  return { statistic, pValue: chiSquareSurvival(statistic, 2) };
}
