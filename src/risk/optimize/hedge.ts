import { type Portfolio } from "../../market/index.ts";
import { formatDecimal, parseDecimal } from "../../quantity/index.ts";
import { settlementAssetOf } from "../account-value.ts";
import { type MarginFigures, marginFigures } from "../portfolio-margin/many-accounts.ts";
import { portfolioAfterTrade } from "../portfolio-margin/model.ts";
import { type PreparedMarket } from "../portfolio-margin/prepare.ts";
import { costInAsset } from "./hedge-programme.ts";
import { contractsOf, type TradeCandidate, totalCostUsd, tradeCost } from "./trade-costs.ts";

/** What freed capital is worth: what it earns elsewhere for a time. */
export interface Earning {
  /** Per year. */
  readonly ratePerYear: number;
  readonly days: number;
}

/** USD that one USD of capital earns. */
export const earnedShare = ({ ratePerYear, days }: Earning): number => (ratePerYear * days) / 365;

/**
 * What is sought.
 * - `most`: the most margin freed by hedges that cost no more than the freed capital earns.
 * - `net`: the most that freed capital earns beyond what the hedges cost.
 * - `free`: the cheapest hedges that bring the initial requirement down to a figure, USD.
 */
export type HedgeGoal =
  | { readonly kind: "most" }
  | { readonly kind: "net" }
  | { readonly kind: "free"; readonly requirementUsd: number };

/** Whole steps of each candidate, signed, in the candidates' order. */
export type HedgeLots = readonly number[];

/** A book with hedges, margined in full. USD. */
export interface HedgedFigures {
  readonly portfolio: Portfolio;
  readonly figures: MarginFigures;
  readonly costUsd: number;
  /** Initial requirement before − after. */
  readonly freedUsd: number;
  /** What the initial excess gains: freed − cost, but for rounding. */
  readonly excessGainUsd: number;
}

/** What hedges are looked for and measured against. */
export interface HedgeProblem {
  readonly prepared: PreparedMarket;
  readonly portfolio: Portfolio;
  readonly before: MarginFigures;
  readonly candidates: readonly TradeCandidate[];
  readonly earning: Earning;
}

/** An amount as a decimal of nine fraction digits, rounded up. */
const decimalCeil = (amount: number): ReturnType<typeof parseDecimal> =>
  parseDecimal(formatDecimal({ coefficient: BigInt(Math.ceil(amount * 1e9)), scale: 9 }));

/** A book after its hedges, every one of them dealt at the mark and its cost paid from the balance that it settles in. */
export function portfolioWith(
  { prepared, portfolio, candidates }: HedgeProblem,
  lots: HedgeLots,
): { readonly portfolio: Portfolio; readonly costUsd: number } {
  let after = portfolio;
  let costUsd = 0;
  for (const [at, candidate] of candidates.entries()) {
    const count = lots[at] ?? 0;
    if (count === 0) continue;
    const { instrument, lotDigits } = candidate;
    const size = parseDecimal(formatDecimal({ coefficient: BigInt(count), scale: lotDigits }));
    after = portfolioAfterTrade(after, { instrument: instrument.id, size }, prepared.market);
    const cost = totalCostUsd(tradeCost(prepared, candidate, contractsOf(candidate, count)));
    costUsd += cost;
    const paid = decimalCeil(costInAsset(prepared, candidate, cost));
    const balance = {
      asset: settlementAssetOf(instrument),
      amount: { coefficient: -paid.coefficient, scale: paid.scale },
    };
    after = { ...after, balances: [...after.balances, balance] };
  }
  return {
    portfolio: { ...after, positions: after.positions.filter(({ size }) => size.coefficient !== 0n) },
    costUsd,
  };
}

/** Margins a book with some hedges by the whole model. */
export function hedgedFigures(problem: HedgeProblem, lots: HedgeLots): HedgedFigures {
  const { portfolio, costUsd } = portfolioWith(problem, lots);
  const figures = marginFigures(problem.prepared, portfolio);
  return {
    portfolio,
    figures,
    costUsd,
    freedUsd: problem.before.initialMargin - figures.initialMargin,
    excessGainUsd: Number(figures.initialExcess - problem.before.initialExcess) / 1e6,
  };
}

/** USD of requirement that one USD of cost must free to be worth it: the capital that it takes, and what that would earn. */
export const worthOfCost = (earning: Earning): number => 1 + 1 / earnedShare(earning);

/** What freed capital earns, less what the hedges cost, USD. */
export const netGainUsd = ({ excessGainUsd, costUsd }: HedgedFigures, earning: Earning): number =>
  earnedShare(earning) * excessGainUsd - costUsd;

/** The smaller, the better the goal is met. USD of requirement, or of cost for `free`. */
export function hedgeScore(goal: HedgeGoal, hedged: HedgedFigures, earning: Earning): number {
  const { figures, costUsd } = hedged;
  const dear = worthOfCost(earning);
  if (goal.kind === "net") {
    return figures.initialMargin + dear * costUsd;
  }
  if (goal.kind === "most") {
    // The condition comes before all else.
    return figures.initialMargin + 1e6 * Math.max(0, -netGainUsd(hedged, earning));
  }
  return costUsd + 1e3 * Math.max(0, figures.initialMargin - goal.requirementUsd);
}

/** Whether a goal's condition is met. */
export const meetsGoal = (goal: HedgeGoal, hedged: HedgedFigures, earning: Earning): boolean =>
  goal.kind === "free"
    ? hedged.figures.initialMargin <= goal.requirementUsd
    : goal.kind === "net" || netGainUsd(hedged, earning) >= 0;

/** Legs up to which every way of rounding them is tried. */
const roundedLegs = 4;

/** Where to begin in whole steps: the nearest and those away from zero; of few legs, every step around each. */
export function startingLots(
  candidates: readonly TradeCandidate[],
  sizes: readonly number[],
): readonly HedgeLots[] {
  const away = wholeLots(candidates, sizes, "away");
  const legs = away.flatMap((lots, at) => (lots === 0 ? [] : [at]));
  let starts: HedgeLots[] = [wholeLots(candidates, sizes), away];
  if (legs.length > roundedLegs) return starts;
  for (const at of legs) {
    const lots = away[at] ?? 0;
    const around = [-2, -1, 0, 1].map((more) => lots + Math.sign(lots) * more);
    starts = starts.flatMap((start) => around.map((count) => start.with(at, count)));
  }
  return starts;
}

/** Sizes as whole steps, to the nearest or away from zero, within what may be traded. */
export function wholeLots(
  candidates: readonly TradeCandidate[],
  sizes: readonly number[],
  rounding: "nearest" | "away" = "nearest",
): number[] {
  return candidates.map((candidate, at) => {
    const perContract = Number(`1e${candidate.lotDigits}`);
    const exact = (sizes[at] ?? 0) * perContract;
    // A millionth of a step is a solver's noise.
    const lots =
      rounding === "nearest" ? Math.round(exact) : Math.sign(exact) * Math.ceil(Math.abs(exact) - 1e-6);
    return Math.max(
      -Math.floor(candidate.sellMax * perContract),
      Math.min(Math.floor(candidate.buyMax * perContract), lots + 0),
    );
  });
}

/** A hedge and its figures. */
export interface FoundHedge {
  readonly lots: HedgeLots;
  readonly hedged: HedgedFigures;
}

/** Rounds of changes, at most. */
const roundsMax = 100;
/** Legs up to which pairs of them are changed together, a step each. */
const pairedLegs = 8;

/** Whole steps that a leg is tried at: one or a tenth more or less, and none. */
function nearby(lots: number): readonly number[] {
  const tenth = Math.max(2, Math.round(Math.abs(lots) / 10));
  return [0, lots - tenth, lots + tenth, lots - 1, lots + 1];
}

/**
 * Improves a hedge under the whole model, payoff bounds and rounding and all: every leg a step or a tenth more or less, or left
 * out; all legs a little smaller; when none of that helps, two legs at once. Ends when nothing helps or `keepGoing` says so. Never
 * worse than no hedge at all.
 *
 * @param from - where to begin: the best of these.
 */
export function refineHedge(
  problem: HedgeProblem,
  goal: HedgeGoal,
  from: readonly HedgeLots[],
  keepGoing: () => boolean,
): FoundHedge {
  const { candidates, earning } = problem;
  const none = candidates.map(() => 0);
  const found = (lots: HedgeLots): FoundHedge => ({ lots, hedged: hedgedFigures(problem, lots) });
  let best = found(from[0] ?? none);
  let score = hedgeScore(goal, best.hedged, earning);
  // Less than this is not worth another round.
  const least = Math.max(0.01, Math.abs(score) * 1e-6);
  const limits = candidates.map((candidate) => {
    const [sold = 0] = wholeLots([candidate], [-Infinity]);
    const [bought = 0] = wholeLots([candidate], [Infinity]);
    return [sold, bought] as const;
  });
  const trial = (lots: readonly number[]): boolean => {
    const within = lots.map((count, at) => {
      const [sold, bought] = limits[at] ?? [0, 0];
      return Math.max(sold, Math.min(bought, count)) + 0;
    });
    if (within.every((count, at) => count === best.lots[at])) return false;
    const tried = found(within);
    const scored = hedgeScore(goal, tried.hedged, earning);
    if (!(scored < score - least)) return false;
    best = tried;
    score = scored;
    return true;
  };
  const legs = (): readonly number[] => best.lots.flatMap((count, at) => (count === 0 ? [] : [at]));
  const single = (): boolean => {
    let improved = false;
    for (const share of [0.9, 0.97, 0.99, 1.02]) {
      if (keepGoing() && trial(best.lots.map((count) => Math.trunc(count * share)))) improved = true;
    }
    for (const at of legs()) {
      for (const changed of nearby(best.lots[at] ?? 0)) {
        if (!keepGoing()) return improved;
        if (trial(best.lots.with(at, changed))) improved = true;
      }
    }
    return improved;
  };
  const paired = (): boolean => {
    const now = legs();
    if (now.length > pairedLegs) return false;
    for (const one of now) {
      for (const other of now) {
        if (other === one) continue;
        for (const more of [-1, 1]) {
          for (const beside of [-1, 1]) {
            if (!keepGoing()) return false;
            const lots = best.lots.with(one, (best.lots[one] ?? 0) + more);
            if (trial(lots.with(other, (lots[other] ?? 0) + beside))) return true;
          }
        }
      }
    }
    return false;
  };
  for (const start of from) if (keepGoing()) trial(start);
  for (let round = 0; round < roundsMax && keepGoing(); round++) if (!single() && !paired()) break;
  trial(none);
  return best;
}
