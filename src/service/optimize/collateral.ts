import {
  type Basket,
  basketAmounts,
  basketOf,
  type CollateralProblem,
  collateralProgramme,
  refineBasket,
  wholeSteps,
} from "../../risk/optimize/index.ts";
import { openSolver } from "./solver.ts";

/** The cheapest basket, and how far it is from what is possible. */
export interface CollateralAnswer {
  readonly basket: Basket;
  /** Least cost of a year by the linear programme, USD: no basket is cheaper. Absent when there was no optimum in time. */
  readonly boundPerYearUsd?: number;
  /** What one more dollar of requirement costs in a year, by the programme's dual, USD. */
  readonly requirementPricePerYear?: number;
  /** True when the time limit ended the search. */
  readonly cutShort: boolean;
}

/**
 * Finds the cheapest basket that leaves the buffer.
 *
 * @returns what is missing, USD, when all that is offered is not enough.
 */
export async function optimizeCollateral(
  problem: CollateralProblem,
  timeLimitMs: number,
): Promise<CollateralAnswer | { readonly missingUsd: number }> {
  const endMs = performance.now() + timeLimitMs;
  const built = collateralProgramme(problem);
  const solver = await openSolver();
  const loaded = solver.load(built.programme);
  try {
    const solution = loaded.solve(timeLimitMs / 2);
    const full = wholeSteps(
      problem,
      problem.offers.map(({ most }) => most),
    );
    // Without an answer of the programme's, as when only the bound by payoff makes the offers enough, the search starts from all of them.
    const steps = solution.x.length > 0 ? wholeSteps(problem, basketAmounts(built, solution.x)) : full;
    let ended = false;
    const basket = refineBasket(problem, steps, () => {
      ended ||= performance.now() > endMs;
      return !ended;
    });
    if (!basket) return { missingUsd: -basketOf(problem, full).spareUsd };
    const optimal = solution.status === "optimal";
    return {
      basket,
      ...(optimal
        ? {
            boundPerYearUsd: solution.objective,
            requirementPricePerYear: solution.rowDuals[built.excessRow] ?? 0,
          }
        : {}),
      cutShort: ended || solution.status === "time-limit",
    };
  } finally {
    loaded.close();
  }
}
