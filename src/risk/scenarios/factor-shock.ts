import { exp, log } from "../../numerics/exp-log.ts";
import { type RiskClassParameters } from "../parameters/margin-parameters.ts";
import { type UnderlyingMove } from "./move.ts";
import { levelRatio, volShockShape, volTermShape } from "./vol-move.ts";

/** How a scenario takes place. */
export interface ShockTiming {
  /** Time that passes in the scenario, ACT/365 years. */
  readonly ageYears: number;
  /** Whether an upward shock lifts volatility to the class's floor: stress does, history doesn't. */
  readonly floorVol: boolean;
}

/** Immediate, with the floor on volatility. */
export const stressTiming: ShockTiming = { ageYears: 0, floorVol: true };

/** A move as every contract of one expiry feels it: worked out once for all strikes. */
export interface FactorShock {
  /** Shocked over present spot. */
  readonly spotRatio: number;
  /** Shocked over present forward, equation (5). */
  readonly forwardRatio: number;
  /** ln(`forwardRatio`): by how much log-moneyness falls. */
  readonly logShift: number;
  /** Factor of level and term on volatility, equation (4). */
  readonly volRatio: number;
  readonly skew: number;
  readonly smile: number;
  /** A volatility is at least this afterwards, annual fraction. */
  readonly volFloor: number;
  /** √ of the time to expiry that is left, ACT/365. */
  readonly rootYears: number;
}

/** Tenor by which an annual basis move shifts a forward, equation (5), years. */
export const basisTenor = (
  expiryYears: number,
  risk: Pick<RiskClassParameters, "basisFloorYears" | "basisCapYears">,
): number => Math.max(risk.basisFloorYears, Math.min(risk.basisCapYears, expiryYears));

const smallestRatio = 1e-12;
const bounded = (x: number): number => Math.max(-50, Math.min(50, x));

/**
 * Turns a move of the risk factors into its effect on one expiry.
 *
 * @param expiryYears - 0 for perpetuals.
 */
export function factorShock(
  move: UnderlyingMove,
  expiryYears: number,
  risk: RiskClassParameters,
  { ageYears, floorVol }: ShockTiming,
): FactorShock {
  const spotRatio = 1 + move.spot;
  const basis =
    move.basis === 0 ? 1 : exp(Math.max(-5, Math.min(5, move.basis * basisTenor(expiryYears, risk))));
  const forwardRatio = Math.max(smallestRatio, spotRatio * basis);
  const level = move.volLevel === 0 ? 1 : levelRatio(move.volLevel, volShockShape(expiryYears, risk));
  const term = move.volTerm === 0 ? 1 : exp(bounded(move.volTerm * volTermShape(expiryYears)));
  return {
    spotRatio,
    forwardRatio,
    logShift: forwardRatio === 1 ? 0 : log(forwardRatio),
    volRatio: level * term,
    skew: move.skew,
    smile: move.smile,
    volFloor: floorVol && move.volLevel > 0 ? risk.volUpFloor : 0,
    rootYears: Math.sqrt(Math.max(0, expiryYears - ageYears)),
  };
}
