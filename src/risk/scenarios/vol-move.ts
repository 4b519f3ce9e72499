import { exp, log } from "../../numerics/exp-log.ts";
import { type RiskClassParameters } from "../parameters/margin-parameters.ts";
import { type FactorShock } from "./factor-shock.ts";

const dayYears = 1 / 365;
const monthYears = 30 / 365;
/** Normalised moneyness of a 25-delta option, N⁻¹(0.75). */
const quarterDelta = 0.674489750196082;
/** The skew and smile of far wings move like those of options this far out; beyond, no quote tells. */
const furthestMoneyness = 2;

/** Volatilities in scenarios stay below this, annual fraction. */
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

/** Term shape n(T), equation (4): ln(T/30 d)/ln 6, 0 at 30 days and 1 at 180, within ±2. */
export const volTermShape = (expiryYears: number): number =>
  Math.max(-2, Math.min(2, log(Math.max(expiryYears, dayYears) / monthYears) / log(6)));

/**
 * A volatility after the level, term, skew and smile of a scenario, equation (4). All four are factors, so it stays
 * positive; a level shocked upward lifts it to the floor at least.
 *
 * @param stickyVol - the volatility that the unshocked surface gives at the shocked moneyness.
 * @param deviations - shocked log-moneyness in standard deviations of the expiry, z of equation (4).
 */
export function shockedVol(
  stickyVol: number,
  deviations: number,
  shock: Pick<FactorShock, "volRatio" | "skew" | "smile" | "volFloor">,
): number {
  let vol = stickyVol * shock.volRatio;
  if (shock.skew !== 0 || shock.smile !== 0) {
    const z = Math.max(-furthestMoneyness, Math.min(furthestMoneyness, deviations));
    vol *= exp((-shock.skew * z) / (2 * quarterDelta) + (shock.smile * Math.abs(z)) / quarterDelta);
  }
  return Math.max(shock.volFloor, Math.min(scenarioVolMax, vol));
}

/** Standard deviation that counts log-moneyness of an expiry, equation (4): σatm·√T, T of at least a day. */
export const moneynessDeviation = (atmVol: number, expiryYears: number): number =>
  Math.max(atmVol, 0.01) * Math.sqrt(Math.max(expiryYears, dayYears));
