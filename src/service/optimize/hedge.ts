import { type Portfolio } from "../../market/index.ts";
import { decimalToNumber } from "../../quantity/index.ts";
import { marginFigures } from "../../risk/portfolio-margin/many-accounts.ts";
import { bookOf } from "../../risk/portfolio-margin/book.ts";
import { type PreparedMarket } from "../../risk/portfolio-margin/prepare.ts";
import {
  type Earning,
  earnedShare,
  type FoundHedge,
  type HedgeGoal,
  type HedgeLots,
  type HedgeProblem,
  hedgeScore,
  meetsGoal,
  netGainUsd,
  refineHedge,
  startingLots,
  worthOfCost,
} from "../../risk/optimize/hedge.ts";
import { hedgeProgramme } from "../../risk/optimize/hedge-programme.ts";
import { type TradeCandidate, tradeCandidate, type TradeCosts } from "../../risk/optimize/trade-costs.ts";
import { type ProgrammeBound, setGoal, solveWhole, solveWithin } from "./hedge-solve.ts";
import { openSolver } from "./solver.ts";

/** Most instruments that are weighed at once; of more, those with the largest open interest are taken. */
export const hedgeInstrumentsMax = 500;

export interface HedgeRequest {
  readonly prepared: PreparedMarket;
  readonly portfolio: Portfolio;
  readonly costs: TradeCosts;
  readonly earning: Earning;
  readonly goal: HedgeGoal;
  /** Most instruments that the hedge may consist of, ≥ 1. */
  readonly legsMax: number;
  /** Whether options that are held may be given up. */
  readonly closing: boolean;
  /** Whether an instrument may be traded at all. */
  readonly allowed: (instrument: string) => boolean;
  /** Time for everything, ms. */
  readonly timeLimitMs: number;
  readonly onProgress?: (done: number, of: number) => void;
}

/** A hedge, how it came to be, and how far it is from what is possible. */
export interface HedgePoint extends FoundHedge {
  readonly goal: HedgeGoal;
  /** USD of requirement per USD of cost that this point of the frontier was found at. */
  readonly worth?: number;
  readonly meetsGoal: boolean;
  /** Absent when the solver ran out of time before it had an optimum. */
  readonly bound?: ProgrammeBound;
}

export interface HedgeAnswer {
  readonly problem: HedgeProblem;
  readonly chosen: HedgePoint;
  /** By cost, ascending; each frees more than the one before. */
  readonly frontier: readonly HedgePoint[];
  /** Instruments that were weighed, and how many more there were. */
  readonly weighed: number;
  readonly leftOut: number;
  /** True when the time limit ended the search. */
  readonly cutShort: boolean;
}

const msPerDay = 86_400_000;

/** Candidates of a market, those of most open interest first when there are too many. Instruments held come first of all. */
function candidatesOf({ prepared, portfolio, costs, earning, closing, allowed }: HedgeRequest): {
  readonly candidates: readonly TradeCandidate[];
  readonly leftOut: number;
} {
  const { market } = prepared;
  const held = new Map(
    portfolio.positions.map(({ instrument, size }) => [instrument, decimalToNumber(size)]),
  );
  // What expires earlier gives the margin back before it has earned what it is counted for.
  const untilMs = market.asOfMs + earning.days * msPerDay;
  const found = [...market.instruments.values()].flatMap((instrument): readonly TradeCandidate[] => {
    if (!allowed(instrument.id) || ("expiryMs" in instrument && instrument.expiryMs < untilMs)) return [];
    const size = held.get(instrument.id) ?? 0;
    const candidate = tradeCandidate(prepared, instrument, size, costs, closing);
    return candidate && candidate.buyMax + candidate.sellMax > 0 ? [candidate] : [];
  });
  const rank = ({ instrument, rows }: TradeCandidate): number =>
    rows.isOption ? (market.quotes.get(instrument.id)?.openInterest ?? 0) * rows.notionalUsd : Infinity;
  const chosen = found.toSorted((a, b) => (rank(b) > rank(a) ? 1 : rank(b) < rank(a) ? -1 : 0));
  const candidates = chosen
    .slice(0, hedgeInstrumentsMax)
    .toSorted((a, b) => (a.instrument.id < b.instrument.id ? -1 : 1));
  return { candidates, leftOut: found.length - candidates.length };
}

/** Multiples of what a dollar of cost must free to be worth it, at which the frontier is looked at. */
const frontierMultiples: readonly number[] = [4, 2, 1, 0.5, 0.25, 0.1, 0.04];

/** Looks for the hedge that meets a goal, and for the frontier of margin freed against cost. */
export async function optimizeHedge(request: HedgeRequest): Promise<HedgeAnswer> {
  const { prepared, portfolio, earning } = request;
  const { candidates, leftOut } = candidatesOf(request);
  const before = marginFigures(prepared, portfolio);
  return { ...(await searchHedge({ prepared, portfolio, before, candidates, earning }, request)), leftOut };
}

/** {@link optimizeHedge} among given candidates. */
export async function searchHedge(
  problem: HedgeProblem,
  {
    goal,
    legsMax,
    timeLimitMs,
    onProgress,
  }: Pick<HedgeRequest, "goal" | "legsMax" | "timeLimitMs" | "onProgress">,
): Promise<Omit<HedgeAnswer, "leftOut">> {
  const { prepared, portfolio, candidates, earning } = problem;
  const endMs = performance.now() + timeLimitMs;
  const { book } = bookOf({ ...portfolio, orders: [] }, prepared);
  const hedge = hedgeProgramme(prepared, book, candidates, earnedShare(earning));
  const solver = await openSolver();
  const loaded = solver.load(hedge.programme);
  let cutShort = false;
  const goals: readonly { goal: HedgeGoal; worth?: number }[] = [
    { goal },
    ...frontierMultiples.map((multiple) => ({
      goal: { kind: "net" } as const,
      worth: multiple * worthOfCost(earning),
    })),
  ];
  const points: HedgePoint[] = [];
  try {
    for (const [at, { goal: own, worth }] of goals.entries()) {
      onProgress?.(at, goals.length);
      const leftMs = endMs - performance.now();
      if (leftMs <= 0 && at > 0) {
        cutShort = true;
        break;
      }
      // Half of the time goes to the goal itself, the rest to the frontier.
      const shareMs = Math.max(50, at === 0 ? leftMs / 2 : leftMs / (goals.length - at));
      const stopMs = performance.now() + shareMs;
      setGoal(loaded, hedge, problem, own, worth);
      const options = { goal: own, legsMax, stopMs, by: "worth" } as const;
      const { answers: found, bound, inTime } = solveWithin(loaded, hedge, problem, options);
      const answers =
        at === 0 && own.kind !== "net"
          ? [...found, ...solveWithin(loaded, hedge, problem, { ...options, by: "condition" }).answers]
          : found;
      // A point of the frontier is refined for what its own dollar of cost is worth.
      const scoring: HedgeProblem =
        worth === undefined ? problem : { ...problem, earning: earningFor(worth) };
      let ended = false;
      const inside = (): boolean => {
        ended ||= performance.now() > stopMs;
        return !ended;
      };
      const starts = answers.map((sizes) => startingLots(candidates, sizes));
      if (at === 0) {
        const whole = solveWhole(loaded, hedge, problem, answers[0] ?? [], stopMs);
        if (whole && whole.filter((lots) => lots !== 0).length <= legsMax) starts.push([whole]);
      }
      // The goal is refined from each answer, a point of the frontier from the best of them.
      const refined = refinedBest(scoring, own, at === 0 ? starts : [starts.flat()], inside);
      if (ended || !inTime) cutShort = true;
      points.push({
        ...refined,
        goal: own,
        ...(worth === undefined ? {} : { worth }),
        meetsGoal: meetsGoal(own, refined.hedged, earning),
        ...(bound ? { bound } : {}),
      });
    }
  } finally {
    loaded.close();
  }
  onProgress?.(goals.length, goals.length);
  const [sought, ...others] = points;
  let chosen = bestOf(sought!, others, goal, earning);
  if (performance.now() < endMs) {
    // One more time from the best, whichever goal it was found for, and from the one that just fails.
    const failing = points
      .filter(({ hedged }) => !meetsGoal(goal, hedged, earning))
      .toSorted((a, b) => hedgeScore(goal, a.hedged, earning) - hedgeScore(goal, b.hedged, earning));
    const from = [chosen, ...failing.slice(0, 1)].map(({ lots }) => [lots]);
    const refined = refinedBest(problem, goal, from, () => performance.now() < endMs);
    chosen = { ...chosen, ...refined, meetsGoal: meetsGoal(goal, refined.hedged, earning) };
    points.push(chosen);
  }
  return {
    problem,
    chosen,
    frontier: efficient(points),
    weighed: candidates.length,
    cutShort,
  };
}

/** The best of what refinement makes of several beginnings; there is at least one. */
function refinedBest(
  problem: HedgeProblem,
  goal: HedgeGoal,
  beginnings: readonly (readonly HedgeLots[])[],
  keepGoing: () => boolean,
): FoundHedge {
  const found = beginnings.map((starts) => refineHedge(problem, goal, starts, keepGoing));
  const score = ({ hedged }: FoundHedge): number => hedgeScore(goal, hedged, problem.earning);
  return found.reduce((best, one) => (score(one) < score(best) ? one : best));
}

/** An earning at which a dollar of cost must free `worth` dollars of requirement. */
const earningFor = (worth: number): Earning => ({ ratePerYear: 365 / Math.max(1e-9, worth - 1), days: 1 });

/** The point that meets the goal best: one of the frontier may, where whole steps or the bound by payoff favour it. */
function bestOf(
  sought: HedgePoint,
  others: readonly HedgePoint[],
  goal: HedgeGoal,
  earning: Earning,
): HedgePoint {
  const better = (a: HedgePoint, b: HedgePoint): boolean => {
    if (goal.kind === "most") {
      return a.hedged.freedUsd > b.hedged.freedUsd;
    }
    if (goal.kind === "net") {
      return netGainUsd(a.hedged, earning) > netGainUsd(b.hedged, earning);
    }
    return a.hedged.costUsd < b.hedged.costUsd;
  };
  let best: HedgePoint = sought;
  for (const point of others) {
    const meets = meetsGoal(goal, point.hedged, earning);
    if (meets && (!best.meetsGoal || better(point, best))) {
      best = { ...point, goal, meetsGoal: true, ...(sought.bound ? { bound: sought.bound } : {}) };
    }
  }
  return best;
}

/** The points that no other frees more than at no more cost, by cost. */
function efficient(points: readonly HedgePoint[]): readonly HedgePoint[] {
  const byCost = points.toSorted(
    (a, b) => a.hedged.costUsd - b.hedged.costUsd || b.hedged.freedUsd - a.hedged.freedUsd,
  );
  const kept: HedgePoint[] = [];
  for (const point of byCost) {
    if (point.hedged.freedUsd > (kept.at(-1)?.hedged.freedUsd ?? 0)) kept.push(point);
  }
  return kept;
}
