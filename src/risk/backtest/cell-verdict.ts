import { binomialSurvival, inverseRegularizedBeta } from "../../numerics/beta.ts";
import { requireNumber } from "../../quantity/error.ts";
import { requireTarget } from "./allowed-breaches.ts";
import { requireCount, type LikelihoodRatioTest } from "./coverage.ts";
import { independenceTest, type Transitions } from "./independence.ts";
import { clopperPearson, type ProbabilityInterval } from "./traffic-light.ts";

export type Verdict = "insufficient" | "pass" | "fail";

/** What one cell (a model, on one kind of book, in one period) showed. */
export interface CellVerdict {
  /**
   * `insufficient` below the least number of windows. Else `pass` when exceptions / windows ≤ target and `exceedanceP` ≥ significance (the
   * second follows from the first), `fail` otherwise.
   */
  readonly verdict: Verdict;
  readonly windows: number;
  readonly exceptions: number;
  readonly target: number;
  /** exceptions / windows. */
  readonly rate: number;
  /** Two-sided, exact, for the true rate. */
  readonly interval: ProbabilityInterval;
  /** Probability of at least so many exceptions if the true rate were the target: exact, one-sided. */
  readonly exceedanceP: number;
  /** Whether chance alone would rarely give so many: `exceedanceP` < significance. A failed cell without it may be bad luck. */
  readonly significantlyAbove: boolean;
  /** One-sided exact limit that the true rate stays below with probability 1 − significance. */
  readonly upperLimit: number;
  /** `upperLimit` ≤ target: safety shown, not only not refuted. A pass need not be. */
  readonly shown: boolean;
  /** Whether exceptions come one by one; apart from the rate's verdict. Null without transitions. */
  readonly independence: IndependenceVerdict | null;
}

export interface IndependenceVerdict extends LikelihoodRatioTest {
  /** `insufficient` where pairs of windows can't tell: fewer than two exceptions, or hardly anything else. */
  readonly verdict: Verdict;
}

export interface CellOptions {
  /** Windows that do not overlap. */
  readonly windows: number;
  readonly exceptions: number;
  /** Breach rate that was promised, such as 0.01. */
  readonly target: number;
  /** Of the windows in time order; see {@link countTransitions}. Absent: no verdict on independence. */
  readonly transitions?: Transitions;
  /** Absent: 500. */
  readonly leastWindows?: number;
  /** Absent: 0.05. */
  readonly significance?: number;
}

/**
 * Verdict on one cell from `windows` independent windows.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` for counts or probabilities out of range.
 */
export function cellVerdict(options: CellOptions): CellVerdict {
  const target = requireTarget(options.target);
  const windows = requireCount("windows", options.windows, 0);
  const exceptions = requireCount("exceptions", options.exceptions, 0, windows);
  const leastWindows = requireCount("leastWindows", options.leastWindows ?? 500, 1);
  const significance = requireNumber("significance", options.significance ?? 0.05, 0, 1);
  const { transitions } = options;

  const exceedanceP = windows === 0 ? 1 : binomialSurvival(exceptions, windows, target);
  const rate = windows === 0 ? 0 : exceptions / windows;
  const upperLimit =
    exceptions === windows
      ? 1
      : inverseRegularizedBeta(1 - significance, exceptions + 1, windows - exceptions);
  const enough = windows >= leastWindows;
  const holds = rate <= target && exceedanceP >= significance;
  return {
    verdict: enough ? (holds ? "pass" : "fail") : "insufficient",
    windows,
    exceptions,
    target,
    rate,
    interval:
      windows === 0
        ? { low: 0, high: 1, confidence: 1 - significance }
        : clopperPearson({ observations: windows, exceptions, confidence: 1 - significance }),
    exceedanceP,
    significantlyAbove: exceedanceP < significance,
    upperLimit,
    shown: enough && upperLimit <= target,
    independence: transitions ? independenceVerdict(transitions, { leastWindows, significance }) : null,
  };
}

/** Christoffersen's independence test as a verdict: what can't be told is `insufficient`, never a pass. */
export function independenceVerdict(
  transitions: Transitions,
  options: { readonly leastWindows?: number; readonly significance?: number } = {},
): IndependenceVerdict {
  const { leastWindows = 500, significance = 0.05 } = options;
  const test = independenceTest(transitions);
  const { n00, n01, n10, n11 } = transitions;
  const pairs = n00 + n01 + n10 + n11;
  // both rows and both columns must be able to hold a second exception
  const exceptions = Math.max(n10 + n11, n01 + n11);
  const others = Math.max(n00 + n01, n00 + n10);
  const telling =
    exceptions >= 2 && others >= 2 && n10 + n11 > 0 && n01 + n11 > 0 && n00 + n01 > 0 && n00 + n10 > 0;
  return {
    ...test,
    verdict:
      pairs + 1 < leastWindows || !telling ? "insufficient" : test.pValue < significance ? "fail" : "pass",
  };
}
