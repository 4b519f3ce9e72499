import { exp, log } from "../../numerics/exp-log.ts";
import { type RiskClassParameters } from "../parameters/margin-parameters.ts";
import { type UnderlyingMove } from "./move.ts";

const dayYears = 1 / 365;
const monthYears = 30 / 365;
/** Normalised moneyness of a 25-delta option, N⁻¹(0.75). */
const quarterDelta = 0.674489750196082;
/** The skew and smile of far wings move like those of options this far out; beyond, no quote tells. */
const furthestMoneyness = 2;

/** Volatilities in scenarios stay within these bounds, annual fractions. */
export const scenarioVolMin = 0;
export const scenarioVolMax = 20;

/** Shape of a volatility shock along tenor, equation (4): (30 days / T)^p, T of at least a day, 1 at 30 days. */
export function volShockShape(
  expiryYears: number,
  risk: Pick<RiskClassParameters, "volPowerShort" | "volPowerLong">,
): number {
  const ratio = monthYears / Math.max(expiryYears, dayYears);
  return exp(log(ratio) * (ratio > 1 ? risk.volPowerShort : risk.volPowerLong));
}

/**
 * Ratio of a tenor's volatility after to before a level move, equation (4). The relative rise, not the logarithm, scales with
 * the shape: a shape of 5 at one day would otherwise turn a doubling at 30 days into a factor of 32. A fall is the mirror
 * image, so volatility stays positive.
 */
export const levelRatio = (level: number, shape: number): number =>
  level >= 0 ? 1 + (exp(Math.min(50, level)) - 1) * shape : 1 / (1 + (exp(Math.min(50, -level)) - 1) * shape);

/** Where an option stands on its surface after a move. */
export interface SurfacePoint {
  readonly expiryYears: number;
  /** ln(strike / shocked forward). */
  readonly logMoneyness: number;
  /** At-the-money volatility of the expiry before the move. */
  readonly atmVol: number;
  /** {@link volShockShape} of the expiry. */
  readonly shape: number;
}

/** Term shape n(T), equation (4): ln(T/30 d)/ln 6, 0 at 30 days and 1 at 180, within ±2. */
export const volTermShape = (expiryYears: number): number =>
  Math.max(-2, Math.min(2, log(Math.max(expiryYears, dayYears) / monthYears) / log(6)));

/**
 * A volatility after the level, term, skew and smile of a scenario, equation (4). All four change its logarithm, so it
 * stays positive; a level shock upward lifts it to `volUpFloor` at least.
 *
 * @param stickyVol - the volatility that the unshocked surface gives at the shocked moneyness.
 */
export function shockedVol(
  stickyVol: number,
  move: UnderlyingMove,
  point: SurfacePoint,
  risk: RiskClassParameters,
  floorUp: boolean,
): number {
  let change = log(levelRatio(move.volLevel, point.shape));
  if (move.volTerm !== 0) change += move.volTerm * volTermShape(point.expiryYears);
  if (move.skew !== 0 || move.smile !== 0) {
    const deviation = Math.max(point.atmVol, 0.01) * Math.sqrt(Math.max(point.expiryYears, dayYears));
    const z = Math.max(-furthestMoneyness, Math.min(furthestMoneyness, point.logMoneyness / deviation));
    change += (-move.skew * z) / (2 * quarterDelta) + (move.smile * Math.abs(z)) / quarterDelta;
  }
  const vol = change === 0 ? stickyVol : stickyVol * exp(Math.max(-50, Math.min(50, change)));
  const floored = floorUp && move.volLevel > 0 ? Math.max(vol, risk.volUpFloor) : vol;
  return Math.max(scenarioVolMin, Math.min(scenarioVolMax, floored));
}
