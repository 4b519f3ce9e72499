import { requireLevel } from "./coverage.ts";

/**
 * Quantile (pinball) score of a Value-at-Risk forecast, or of a requirement read as one: (1 − level)·(VaR − loss) when it held, level·(loss
 * − VaR) when it didn't. In the unit of the loss, ≥ 0, lower is better; in expectation the true quantile scores lowest.
 *
 * @see Gneiting (2011), J. American Statistical Association 106
 */
export function quantileScore(
  observation: { readonly loss: number; readonly valueAtRisk: number },
  level: number,
): number {
  const excess = observation.loss - observation.valueAtRisk;
  return excess > 0 ? requireLevel(level) * excess : (requireLevel(level) - 1) * excess;
}
