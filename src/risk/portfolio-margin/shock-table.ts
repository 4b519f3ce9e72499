import { exp } from "../../numerics/exp-log.ts";
import { type RiskClassParameters } from "../parameters/margin-parameters.ts";
import { type FactorShock, factorShock, stressTiming } from "../scenarios/factor-shock.ts";
import { type JointScenario, noMove, type UnderlyingMove } from "../scenarios/move.ts";
import { gridMove, type StressGrid } from "../scenarios/stress.ts";

const hoursPerYear = 8_760;

/** Every column of the matrix as one expiry of one underlying feels it: shared by all its contracts. */
export interface ShockTable {
  /** Per grid column and volatility: an option's row. */
  readonly grid: readonly FactorShock[];
  /** Per grid column, volatility still: a delta-one contract's row. */
  readonly spots: readonly FactorShock[];
  /** Per joint scenario. */
  readonly joint: readonly FactorShock[];
  /** A move of its own. */
  of(move: Partial<UnderlyingMove>): FactorShock;
}

export function shockTable(
  symbol: string,
  expiryYears: number,
  risk: RiskClassParameters,
  grid: StressGrid,
  joint: readonly JointScenario[],
): ShockTable {
  const stressed = (move: UnderlyingMove): FactorShock => factorShock(move, expiryYears, risk, stressTiming);
  return {
    grid: grid.columns.flatMap(({ spot, volPoints }) =>
      volPoints.map((share) => stressed(gridMove(spot, share, risk))),
    ),
    spots: grid.columns.map(({ spot }) => stressed({ ...noMove, spot })),
    joint: joint.map(({ source, agingShare, underlyings }) => {
      const ageYears = (agingShare * risk.horizonHours) / hoursPerYear;
      const timing = { ageYears, floorVol: source === "stress" };
      return factorShock(underlyings.get(symbol) ?? noMove, expiryYears, risk, timing);
    }),
    of: (move) => stressed({ ...noMove, ...move }),
  };
}

/** Price of an asset in each joint scenario over its price now, as far as its peg moves it. */
export const pegRatios = (asset: string, joint: readonly JointScenario[]): Float64Array =>
  Float64Array.from(joint, ({ pegs }) => {
    const peg = pegs.get(asset) ?? 0;
    return peg === 0 ? 1 : exp(peg);
  });
