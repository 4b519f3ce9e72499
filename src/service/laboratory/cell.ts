import { inverseRegularizedBeta, regularizedBeta } from "../../numerics/beta.ts";
import { breachRateInterval } from "../../risk/backtest/breach-rate.ts";
import { type Verdict } from "../../risk/backtest/cell-verdict.ts";
import { kupiecTest } from "../../risk/backtest/coverage.ts";
import { dynamicQuantileTest } from "../../risk/backtest/dynamic-quantile.ts";
import {
  conditionalCoverageTest,
  independenceTest,
  type Transitions,
} from "../../risk/backtest/independence.ts";
import { lossGivenBreach } from "../../risk/backtest/loss-given-breach.ts";
import { independenceVerdict } from "../../risk/backtest/cell-verdict.ts";
import { clusteringTest } from "./clustering.ts";
import { type Observations } from "./observations.ts";
import { type WindowSeries, weeksOf } from "./series.ts";

/** What the windows of one cell say of one target. */
export interface CellStatistics {
  readonly books: number;
  readonly windows: number;
  /** Windows that do not overlap in time, whichever book they are of. */
  readonly independentWindows: number;
  readonly breaches: number;
  /** breaches / windows. */
  readonly rate: number;
  /** 95 % for the true rate. */
  readonly low: number;
  readonly high: number;
  /** How many independent windows the interval is of. */
  readonly effectiveWindows: number;
  /**
   * `exact`: one book, Clopper and Pearson's. `bootstrap`: several books, as many independent windows as weeks in blocks say. `instants`: several
   * books taken for one, which is at least as wide.
   */
  readonly intervalBy: "exact" | "bootstrap" | "instants";
  /** Probability of at least so many breaches at the target, one-sided, of `effectiveWindows`. */
  readonly exceedanceP: number;
  /** Kupiec's, two-sided: a rate far below the target is rejected, too. Of all windows as if independent. */
  readonly kupiecP: number;
  /** Christoffersen's for one book, by permutation for several. Null where too few breached to tell. */
  readonly independenceP: number | null;
  readonly independence: Verdict;
  /** One book only, else null: Christoffersen's conditional coverage. */
  readonly conditionalCoverageP: number | null;
  /** One book only, else null; by simulation. */
  readonly dynamicQuantileP: number | null;
  /** Mean and worst excess of breaches over the requirement, as shares of notional. Null without breaches. */
  readonly meanExcess: number | null;
  readonly worstExcess: number | null;
  /** Start of the window with the worst excess. */
  readonly worstMs: number | null;
  /** `insufficient` below 5 / target independent windows, 500 at 1 %; else whether the rate is at most the target. */
  readonly verdict: Verdict;
}

export interface CellOptions {
  readonly observations: Observations;
  readonly series: WindowSeries;
  /** Breach rates aimed at; simulated tests are of the first. */
  readonly targets: readonly number[];
  /** Simulated tests and bootstrapped intervals: slow. */
  readonly thorough: boolean;
  /** Do its windows follow one another? Those of one regime don't: independence is not told. */
  readonly isWhole: boolean;
  readonly draws: number;
  readonly seed: number;
}

const significance = 0.05;

/** Fewest independent windows for a verdict: five breaches would be expected at the target. */
export const leastWindows = (target: number): number => Math.round(5 / target);

/**
 * One for each target.
 *
 * @param series - not empty, windows by start, then book.
 */
export function cellStatistics(options: CellOptions): readonly CellStatistics[] {
  const { observations, series, targets, thorough, isWhole, draws, seed } = options;
  const { windows, losses, requirements } = series;
  const { book, startMs } = observations.columns;
  const breached = windows.map((_, at) => Number(losses[at]! > 0 && losses[at]! > requirements[at]!));
  const bookNumbers = Uint32Array.from(windows, (at) => book[at]!);
  const books = new Set(bookNumbers).size;
  const count = windows.length;
  const independentWindows = apart(observations, windows);
  const breaches = breached.reduce((sum, is) => sum + is, 0);
  const rate = breaches / count;
  const single = books === 1;

  const { effectiveWindows, low, high, intervalBy } = interval(options, {
    breached,
    breaches,
    single,
    independentWindows,
  });
  const transitions = single && isWhole ? transitionsOf(breached) : null;
  const independence = transitions
    ? independenceVerdict(transitions, { leastWindows: leastWindows(0.01), significance })
    : null;
  const clustering =
    !single && thorough && isWhole && breaches >= 2 ? clusteringOf(options, breached, bookNumbers) : null;
  const clusteringVerdict: Verdict =
    clustering === null || independentWindows < leastWindows(0.01)
      ? "insufficient"
      : clustering < significance
        ? "fail"
        : "pass";
  const dynamicQuantile = (target: number): number | null =>
    dynamicQuantileTest({
      losses,
      forecasts: requirements,
      level: 1 - target,
      withForecast: isVaried(requirements),
      draws: Math.min(draws, 499),
      seed,
    }).simulatedP;
  const isSimulated = single && thorough && isWhole && breaches > 0 && count > 20;
  const countsAt = (target: number) => ({ observations: count, exceptions: breaches, level: 1 - target });
  const excess = lossGivenBreach({ losses, requirements, notionals: series.notionals });
  return targets.map((target, at): CellStatistics => ({
    books,
    windows: count,
    independentWindows,
    breaches,
    rate,
    low,
    high,
    effectiveWindows,
    intervalBy,
    exceedanceP: breaches === 0 ? 1 : atLeast(rate * effectiveWindows, effectiveWindows, target),
    kupiecP: kupiecTest(countsAt(target)).pValue,
    independenceP: transitions
      ? independence!.verdict === "insufficient"
        ? null
        : independenceTest(transitions).pValue
      : clustering,
    independence: independence?.verdict ?? clusteringVerdict,
    conditionalCoverageP: transitions
      ? conditionalCoverageTest({ ...countsAt(target), transitions }).pValue
      : null,
    dynamicQuantileP: isSimulated && at === 0 ? dynamicQuantile(target) : null,
    meanExcess: excess.shareOfNotional?.mean ?? null,
    worstExcess: excess.shareOfNotional?.worst ?? null,
    worstMs: excess.worstWindow === null ? null : startMs[windows[excess.worstWindow]!]!,
    verdict: independentWindows < leastWindows(target) ? "insufficient" : rate <= target ? "pass" : "fail",
  }));
}

/** P(Binomial(n, p) ≥ x) for counts that need not be whole. */
const atLeast = (x: number, n: number, p: number): number =>
  x >= n ? (p >= 1 ? 1 : 0) : regularizedBeta(p, x, n - x + 1);

/** How many windows, of whichever book, can be picked without overlap. */
function apart(observations: Observations, windows: Int32Array): number {
  const { startMs, endMs } = observations.columns;
  let [count, endsMs] = [0, -Infinity];
  for (const at of windows) {
    if (startMs[at]! >= endsMs) {
      count += 1;
      endsMs = endMs[at]!;
      continue;
    }
    // one that ends sooner leaves more room
    endsMs = Math.min(endsMs, endMs[at]!);
  }
  return count;
}

function interval(
  { observations, series, thorough, draws, seed }: CellOptions,
  found: {
    readonly breached: Int32Array;
    readonly breaches: number;
    readonly single: boolean;
    readonly independentWindows: number;
  },
): Pick<CellStatistics, "effectiveWindows" | "low" | "high" | "intervalBy"> {
  const count = series.windows.length;
  const { breached, breaches, single, independentWindows } = found;
  // without a breach weeks can't tell what they are worth
  if (!single && thorough && breaches > 0) {
    const weeks = weeksOf(observations, series.windows);
    let [first, last] = [Infinity, -Infinity];
    for (const week of weeks) {
      first = Math.min(first, week);
      last = Math.max(last, week);
    }
    if (last - first >= 8) {
      const windows = new Float64Array(last - first + 1);
      const sums = new Float64Array(last - first + 1);
      for (const [at, week] of weeks.entries()) {
        windows[week - first]! += 1;
        sums[week - first]! += breached[at]!;
      }
      const { effectiveWindows, interval } = breachRateInterval({ breaches: sums, windows, draws, seed });
      return { effectiveWindows, low: interval.low, high: interval.high, intervalBy: "bootstrap" };
    }
  }
  const effectiveWindows = single ? count : independentWindows;
  const effective = (breaches / count) * effectiveWindows;
  const side = (1 - 0.95) / 2;
  return {
    effectiveWindows,
    low: breaches === 0 ? 0 : inverseRegularizedBeta(side, effective, effectiveWindows - effective + 1),
    high:
      breaches === count ? 1 : inverseRegularizedBeta(1 - side, effective + 1, effectiveWindows - effective),
    intervalBy: single ? "exact" : "instants",
  };
}

function transitionsOf(breached: Int32Array): Transitions {
  const counts = { n00: 0, n01: 0, n10: 0, n11: 0 };
  for (let at = 1; at < breached.length; at++) {
    if (breached[at - 1]) counts[breached[at] ? "n11" : "n10"] += 1;
    else counts[breached[at] ? "n01" : "n00"] += 1;
  }
  return counts;
}

function clusteringOf(
  { observations, series, draws, seed }: CellOptions,
  breached: Int32Array,
  bookNumbers: Uint32Array,
): number {
  const { startMs } = observations.columns;
  // windows are by start: instants are numbered as they come
  let [instants, lastMs] = [0, Number.NaN];
  const byBook = new Map<number, number[]>();
  for (const [at, window] of series.windows.entries()) {
    if (startMs[window] !== lastMs) {
      lastMs = startMs[window]!;
      instants += 1;
    }
    if (!breached[at]) continue;
    const own = byBook.get(bookNumbers[at]!) ?? [];
    byBook.set(bookNumbers[at]!, own);
    own.push(instants - 1);
  }
  return clusteringTest({ instants, breaches: [...byBook.values()], draws, seed }).pValue;
}

const isVaried = (values: Float64Array): boolean => values.some((value) => value !== values[0]);
