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

/** Fewest days that the time factor (30/days)^power sees in a book, so that it stays finite at expiry. One hour. */
const fewestDays = 1 / 24;

/** base × (30/days)^power: how much a volatility moves at a time to expiry, days > 0. */
export const termScaledShock = (base: number, power: number, days: number): number =>
  base * pow(30 / days, power);

/** The volatility in the up state, max(vol × (1 + shock), minimum), and in the down state, vol × (1 − shock) not below 0. */
export function shockedVolatility(
  vol: number,
  days: number,
  shock: VolatilityShock,
): { up: number; down: number } {
  const power = days < 30 ? shock.shortPower : shock.longPower;
  const term = Math.max(days, fewestDays);
  return {
    up: Math.max(vol * (1 + termScaledShock(shock.up, power, term)), shock.minimumUp),
    down: Math.max(vol * (1 - termScaledShock(shock.down, power, term)), 0),
  };
}
