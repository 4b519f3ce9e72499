import { type Portfolio } from "../../market/index.ts";
import { bookOf, type PreparedMarket } from "../../risk/portfolio-margin/index.ts";
import { type BoundedRequirement, boundedRequirement } from "../../risk/portfolio-margin/margin.ts";
import { type RequirementFigures } from "../../risk/portfolio-margin/requirement.ts";
import { type OwnForecast, type RequirementBasis } from "./observations.ts";

/** What our model requires of a book, and what it forecasts. */
export interface OwnAnswer extends RequirementFigures {
  readonly forecast: OwnForecast;
}

/** Sums of the bound's parts differ in their last digits. */
const leastShare = 1 - 1e-9;

function basisOf({ unbounded, bounded, initialUsd }: BoundedRequirement): RequirementBasis {
  if (bounded.length > 0) {
    const mostLostUsd = bounded.reduce((sum, { maximumLossUsd }) => sum + maximumLossUsd, 0);
    return mostLostUsd >= leastShare * initialUsd ? "maximum-loss" : "bounded";
  }
  const shortfall = unbounded.scaled.find(({ id }) => id === "expected-shortfall");
  const leads = shortfall !== undefined && shortfall.initialUsd >= unbounded.riskInitialUsd;
  return leads && unbounded.riskInitialUsd > 0 ? "shortfall" : "stress";
}

/** Answers in the order of the portfolios: requirements as the model gives them, to the last bit. */
export const ownAnswers = (
  prepared: PreparedMarket,
  portfolios: readonly Portfolio[],
): readonly OwnAnswer[] =>
  portfolios.map((portfolio) => {
    const required = boundedRequirement(prepared, bookOf(portfolio, prepared).book);
    const { valueAtRiskUsd, expectedShortfallUsd } = required.unbounded.measures.shortfallInitial;
    const hasPast = prepared.historicalCount > 0;
    return {
      initialUsd: required.initialUsd,
      maintenanceUsd: required.maintenanceUsd,
      forecast: {
        valueAtRiskUsd: hasPast ? valueAtRiskUsd : Number.NaN,
        expectedShortfallUsd: hasPast ? expectedShortfallUsd : Number.NaN,
        basis: basisOf(required),
      },
    };
  });
