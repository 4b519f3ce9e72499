import { pow } from "../../../numerics/exp-log.ts";

/** How far volatility moves, by time to expiry. */
export interface VolatilityShock {
  /** Relative rise at 30 days: 0.5 is +50 %. */
  readonly up: number;
  /** Relative fall at 30 days. */
  readonly down: number;
  /** Exponent of 30/days below 30 days. */
  readonly shortPower: number;
  /** Exponent from 30 days on. */
  readonly longPower: number;
  /** A shocked-up volatility is at least this. Annual fraction. */
  readonly minimumUp: number;
}

/** Fewest days that the rise's time factor (30/days)^power sees, by the venue's rule. */
const fewestDaysUp = 1;
/** Of the fall, which the venue does not limit: one hour, so that it stays finite at expiry. */
const fewestDaysDown = 1 / 24;

/** base × (30/days)^power: how much a volatility moves at a time to expiry, days > 0. */
export const termScaledShock = (base: number, power: number, days: number): number =>
  base * pow(30 / days, power);

/**
 * The volatility in the up state, max(vol × (1 + shock), minimum), and in the down state, vol × (1 − shock) not below 0. The
 * rise of the last day is that of a day before expiry.
 */
export function shockedVolatility(
  vol: number,
  days: number,
  shock: VolatilityShock,
): { up: number; down: number } {
  const power = days < 30 ? shock.shortPower : shock.longPower;
  const rise = termScaledShock(shock.up, power, Math.max(days, fewestDaysUp));
  const fall = termScaledShock(shock.down, power, Math.max(days, fewestDaysDown));
  return {
    up: Math.max(vol * (1 + rise), shock.minimumUp),
    down: Math.max(vol * (1 - fall), 0),
  };
}
