import { type RiskClassParameters } from "../parameters/margin-parameters.ts";
import { levelRatio, scenarioVolMax, volShockShape } from "../scenarios/vol-move.ts";
import { certifyLimits } from "./legs.ts";
import { exp } from "../../numerics/exp-log.ts";

/**
 * One path along which all volatilities of an underlying move together. Between nodes every option's volatility is a straight line;
 * strikes keep their place in the smile (sticky strike).
 */
export interface VolAxis {
  /** Ascending. */
  readonly nodes: readonly number[];
  /** What a position on the axis means, for people. */
  readonly unit: "factor" | "share";
  /** Volatilities of an option at the nodes. Annual fractions, ≥ 0. */
  volsAt(vol: number, expiryYears: number): readonly number[];
  /** Time that passes, ACT/365 years. */
  readonly ageYears: number;
}

/** Every volatility times one factor, from `down` to `up`. */
export const parallelAxis = (down: number, up: number): VolAxis => ({
  nodes: down === up ? [down] : [down, up],
  unit: "factor",
  volsAt: (vol) => (down === up ? [vol * down] : [vol * down, vol * up]),
  ageYears: 0,
});

/**
 * Shares of a shock, from −1 to 1: volatility falls to `shocked(…).down` at −1 and rises to its `up` at 1.
 *
 * @param ageYears - time that passes, as some rules have it.
 */
export const shockAxis = (
  shocked: (vol: number, expiryYears: number) => { readonly up: number; readonly down: number },
  ageYears: number = 0,
): VolAxis => ({
  nodes: [-1, 0, 1],
  unit: "share",
  volsAt(vol, expiryYears) {
    const { up, down } = shocked(vol, expiryYears);
    return [down, vol, up];
  },
  ageYears,
});

/** Volatilities as they are: a box over spot alone. */
export const stillAxis: VolAxis = {
  nodes: [0],
  unit: "share",
  volsAt: (vol) => [vol],
  ageYears: 0,
};

/**
 * The margin model's own volatility shocks, equations (4) and (11): shares of `volUp` and `volDown`, larger for short tenors, a shock
 * upward lifting to the class's floor. Exact at the model's own points, straight between them.
 *
 * @param volPoints - ascending shares with −1, 0 and 1 among them.
 */
export const classAxis = (risk: RiskClassParameters, volPoints: readonly number[]): VolAxis => ({
  nodes: volPoints,
  unit: "share",
  volsAt(vol, expiryYears) {
    const shape = volShockShape(expiryYears, risk);
    return volPoints.map((share) => {
      if (share === 0) return vol;
      const level = share > 0 ? share * risk.volUp : share * risk.volDown;
      return Math.max(
        share > 0 ? risk.volUpFloor : 0,
        Math.min(scenarioVolMax, vol * levelRatio(level, shape)),
      );
    });
  },
  ageYears: 0,
});

/** The stress box of a class in plain factors: spot within its range, 30-day volatility within its shocks. */
export const classBox = (
  risk: Pick<RiskClassParameters, "spotRange" | "volUp" | "volDown">,
): {
  readonly spotDown: number;
  readonly spotUp: number;
  readonly volDown: number;
  readonly volUp: number;
} => ({
  spotDown: Math.max(certifyLimits.spotDown, -risk.spotRange),
  spotUp: risk.spotRange,
  volDown: exp(-risk.volDown),
  volUp: exp(risk.volUp),
});
