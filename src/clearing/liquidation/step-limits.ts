import { compareFractions, type Fraction, partFloor, whole } from "./fraction.ts";

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Bounds of one step, in the units of the position (or in money, when `held` and `wanted` are). */
export interface StepLimits {
  /** Largest part of what is held that one step takes: the close factor. Default: all. */
  readonly portion?: Fraction;
  /** A step is raised to this, where so much is held, whatever is wanted or the portion allows: small positions go at once. Default 0. */
  readonly minimum?: bigint;
  /** What may remain: less than this, and the step takes everything. Default 0. */
  readonly dust?: bigint;
  /** Hard bounds, such as a venue's notional per block. They win over `minimum` and `dust`; each > 0, or the step waits for its interval. */
  readonly caps?: readonly bigint[];
}

/**
 * The size of a step, down: `wanted`, within portion and caps, raised to the minimum, and all of it where only dust would remain.
 * At least 1 whenever something is wanted and held and no cap is 0, so that nothing small ever blocks a liquidation.
 *
 * Sources: dYdX v4 (portion with a minimum notional, caps per block); Aave v3.3 (close factor, no leg below a minimum).
 */
export function stepSizeFloor(wanted: bigint, held: bigint, limits: StepLimits = {}): bigint {
  const { portion = whole, minimum = 0n, dust = 0n, caps = [] } = limits;
  if (wanted <= 0n || held <= 0n) return 0n;
  const part = most(most(partFloor(held, portion), minimum), 1n);
  const size = least(least(most(wanted, minimum), part), held);
  const rest = held - size;
  const rounded = rest > 0n && rest < dust ? held : size;
  return caps.reduce((bounded, cap) => most(0n, least(bounded, cap)), rounded);
}

/** How a close factor follows from how unhealthy and how small a debt is. Source: Aave v3.3. */
export interface CloseFactorTerms {
  /** Below this health, or at it, everything may be closed. */
  readonly fullBelowHealth: Fraction;
  /** Otherwise this part. */
  readonly portion: Fraction;
  /** Debt or collateral worth less than this goes as a whole. */
  readonly fullBelowValue: bigint;
}

/** Part of a debt that one step may close. `health` is weighted collateral per debt. */
export function closeFactor(
  health: Fraction,
  smallerLegValue: bigint,
  { fullBelowHealth, portion, fullBelowValue }: CloseFactorTerms,
): Fraction {
  return compareFractions(health, fullBelowHealth) <= 0 || smallerLegValue < fullBelowValue ? whole : portion;
}

/** What was used of a bound per interval. Intervals lie on a fixed grid from time 0, so that a replay cuts them alike. */
export interface IntervalUse {
  /** Number of the interval. */
  readonly interval: number;
  readonly used: bigint;
}

export const unusedInterval: IntervalUse = { interval: 0, used: 0n };

export interface IntervalLimit {
  /** ms, > 0. */
  readonly lengthMs: number;
  readonly cap: bigint;
}

const intervalAt = (nowMs: number, { lengthMs }: IntervalLimit): number => Math.floor(nowMs / lengthMs);

/** What may still be used in the interval of `nowMs`, ≥ 0. */
export const intervalRoom = (use: IntervalUse, nowMs: number, limit: IntervalLimit): bigint =>
  use.interval === intervalAt(nowMs, limit) ? most(0n, limit.cap - use.used) : limit.cap;

/** The use after `amount` ≥ 0 more at `nowMs`. */
export function useInterval(
  use: IntervalUse,
  amount: bigint,
  nowMs: number,
  limit: IntervalLimit,
): IntervalUse {
  const interval = intervalAt(nowMs, limit);
  return { interval, used: amount + (use.interval === interval ? use.used : 0n) };
}
