import {
  earnedShare,
  type HedgeGoal,
  type HedgeProblem,
  type HedgeProgramme,
  impactCuts,
  type ProgrammeSolution,
  type TradeCandidate,
  tradeSizes,
  wholeLots,
  worthOfCost,
} from "../../risk/optimize/index.ts";
import { type LoadedProgramme } from "./solver.ts";

/** What no hedge does better than: the linear programme's optimum, with any number of legs and in fractions of steps, USD. */
export interface ProgrammeBound {
  readonly requirementUsd: number;
  readonly costUsd: number;
}

/** Sets costs and bounds of the programme for a goal. */
export function setGoal(
  loaded: LoadedProgramme,
  { requirement, requirementRow, cost, payingRow }: HedgeProgramme,
  { before, earning }: HedgeProblem,
  goal: HedgeGoal,
  worth: number = worthOfCost(earning),
): void {
  const perCost = goal.kind === "net" ? worth : goal.kind === "most" ? 0.01 : 1;
  loaded.price([requirement, cost], [goal.kind === "free" ? 1e-6 : 1, perCost]);
  loaded.boundRow(requirementRow, -Infinity, goal.kind === "free" ? goal.requirementUsd : Infinity);
  const paying = goal.kind === "most" ? earnedShare(earning) * before.initialMargin : Infinity;
  loaded.boundRow(payingRow, -Infinity, paying);
}

/** Rounds of tangents to price impact, at most. */
const roundsMax = 24;
/** Impact that may be missing: a share of the cost, and USD. */
const missing = { share: 0.005, usd: 0.02 };

/** Solves, and again with tangents to price impact where the answer has too little of it. */
function solveExactly(
  loaded: LoadedProgramme,
  hedge: HedgeProgramme,
  { prepared, candidates }: HedgeProblem,
  stopMs: number,
): ProgrammeSolution {
  for (let round = 0; ; round++) {
    const solution = loaded.solve(Math.max(20, stopMs - performance.now()));
    if (solution.status !== "optimal" || round >= roundsMax) return solution;
    const { missingUsd, cuts } = impactCuts(prepared, hedge, candidates, solution.x);
    if (missingUsd <= Math.max(missing.usd, missing.share * (solution.x[hedge.cost] ?? 0))) return solution;
    loaded.addRows(cuts);
  }
}

/** USD of requirement that a goal's optimum takes a dollar of cost to be worth: the duals of its condition. */
function impliedWorth(
  { requirementRow, payingRow }: HedgeProgramme,
  { earning }: HedgeProblem,
  goal: HedgeGoal,
  rowDuals: Float64Array,
): number {
  const usual = worthOfCost(earning);
  if (goal.kind === "free") {
    const costPerUsd = Math.abs(rowDuals[requirementRow] ?? 0);
    return costPerUsd > 0 ? Math.max(1, 1 / costPerUsd) : usual;
  }
  const dual = Math.abs(rowDuals[payingRow] ?? 0);
  const earned = earnedShare(earning);
  return dual > 0 ? Math.max(1, (dual * (1 + earned)) / (1 + dual * earned)) : usual;
}

/** How a goal is solved for. */
export interface SolveOptions {
  readonly goal: HedgeGoal;
  readonly legsMax: number;
  readonly stopMs: number;
  /**
   * What the rest is solved for when legs are barred: the goal under its condition, which few legs may not meet or meet by no trade
   * at all; or for what the condition's dual says that a dollar of cost is worth.
   */
  readonly by: "condition" | "worth";
}

/**
 * Solves for a goal with at most so many legs: while there are more, the less important third of those too many are barred and
 * the rest is solved again. The first answer, with any number of legs, is the bound.
 */
export function solveWithin(
  loaded: LoadedProgramme,
  hedge: HedgeProgramme,
  problem: HedgeProblem,
  { goal, legsMax, stopMs, by }: SolveOptions,
): {
  readonly answers: readonly (readonly number[])[];
  readonly bound?: ProgrammeBound;
  readonly inTime: boolean;
} {
  const { candidates } = problem;
  const barred = new Set<number>();
  let bound: ProgrammeBound | undefined;
  let first: readonly number[] | undefined;
  const answer = (sizes: readonly number[], inTime: boolean): ReturnType<typeof solveWithin> => ({
    answers: first && first !== sizes ? [sizes, first] : [sizes],
    ...(bound ? { bound } : {}),
    inTime,
  });
  try {
    for (;;) {
      const { status, x, rowDuals } = solveExactly(loaded, hedge, problem, stopMs);
      if (x.length === 0) {
        return answer(
          candidates.map(() => 0),
          status !== "time-limit",
        );
      }
      if (status === "optimal") {
        bound ??= { requirementUsd: x[hedge.requirement] ?? 0, costUsd: x[hedge.cost] ?? 0 };
      }
      const sizes = tradeSizes(hedge, x);
      const legs = wholeLots(candidates, sizes).flatMap((lots, at) => (lots === 0 ? [] : [at]));
      const byImportance = importantLegs(candidates, sizes, legs);
      const important = new Set(byImportance.slice(0, legsMax));
      const within = sizes.map((size, at) => (important.has(at) ? size : 0));
      first ??= within;
      if (legs.length <= legsMax || status !== "optimal") return answer(within, status === "optimal");
      if (barred.size === 0 && goal.kind !== "net" && by === "worth") {
        setGoal(loaded, hedge, problem, { kind: "net" }, impliedWorth(hedge, problem, goal, rowDuals));
      }
      const keep = legs.length - Math.max(1, Math.floor((legs.length - legsMax) / 3));
      const allowed = new Set(byImportance.slice(0, keep));
      for (const at of hedge.trades.keys()) {
        if (allowed.has(at) || barred.has(at)) continue;
        barred.add(at);
        bar(loaded, hedge, at, true);
      }
    }
  } finally {
    for (const at of barred) bar(loaded, hedge, at, false);
    if (barred.size > 0 && goal.kind !== "net" && by === "worth") setGoal(loaded, hedge, problem, goal);
  }
}

function bar(loaded: LoadedProgramme, { trades }: HedgeProgramme, at: number, barred: boolean): void {
  for (const { size, most } of trades[at]?.sides ?? []) loaded.boundColumn(size, 0, barred ? 0 : most);
}

/** Instruments up to which all are dealt in whole steps at once. */
const wholeMax = 24;
/** Longest search for them, ms: a better start is all that it gives. */
const wholeMs = 5_000;
/** Steps up to which rounding a leg may matter. */
const coarseLots = 30;

/**
 * The programme in whole steps, where they are coarse: among the legs of its answer in fractions, or all candidates when they are
 * few. Undefined where steps are fine, or when none was found in time.
 */
export function solveWhole(
  loaded: LoadedProgramme,
  hedge: HedgeProgramme,
  { candidates }: HedgeProblem,
  sizes: readonly number[],
  stopMs: number,
): readonly number[] | undefined {
  const { trades } = hedge;
  const lots = wholeLots(candidates, sizes, "away");
  const legs = lots.flatMap((count, at) => (count === 0 ? [] : [at]));
  if (legs.length > wholeMax || legs.every((at) => Math.abs(lots[at] ?? 0) > coarseLots)) return undefined;
  const pool = new Set(candidates.length <= wholeMax ? candidates.keys() : legs);
  const whole = [...pool].map((at) => trades[at]?.lots ?? 0);
  const barred = [...trades.keys()].filter((at) => !pool.has(at));
  try {
    for (const at of barred) bar(loaded, hedge, at, true);
    loaded.makeWhole(whole, true);
    const { x } = loaded.solve(Math.max(20, Math.min(wholeMs, (stopMs - performance.now()) / 2)));
    if (x.length === 0) return undefined;
    return trades.map(({ lots: column }, at) => (pool.has(at) ? Math.round(x[column] ?? 0) + 0 : 0));
  } finally {
    loaded.makeWhole(whole, false);
    for (const at of barred) bar(loaded, hedge, at, false);
  }
}

/** Legs by the most that each may gain or lose in a scenario, largest first. */
function importantLegs(
  candidates: readonly TradeCandidate[],
  sizes: readonly number[],
  legs: readonly number[],
): readonly number[] {
  const weight = (at: number): number => Math.abs(sizes[at] ?? 0) * (candidates[at]?.rows.largest ?? 0);
  return legs.toSorted((a, b) => weight(b) - weight(a));
}
