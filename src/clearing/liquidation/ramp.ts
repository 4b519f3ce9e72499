import { mulDivFloor } from "../../quantity/money.ts";
import { type Fraction } from "./fraction.ts";

/** How the share of a liquidation that may be done grows with time: `initial` at once, all of it after `duration` at the latest. */
export interface Ramp {
  readonly initial: Fraction;
  /** Any unit of time, the same as `elapsed`. 0: all at once. */
  readonly duration: bigint;
}

/** min(1, initial + elapsed ÷ duration), parts of `scale`, each term down. Source: Drift's partial liquidations. */
export function rampedShareFloor(elapsed: bigint, { initial, duration }: Ramp, scale: bigint): bigint {
  if (duration <= 0n) return scale;
  const share =
    mulDivFloor(elapsed, scale, duration) + mulDivFloor(initial.numerator, scale, initial.denominator);
  return share < scale ? share : scale;
}

/** How much a liquidation may relieve an account by now. */
export interface RampState {
  /** What still lacks, money, ≥ 0. */
  readonly shortage: bigint;
  /** What earlier steps have freed, money, ≥ 0. */
  readonly freed: bigint;
  readonly elapsed: bigint;
}

/**
 * Relief that the ramp allows now, money, down: share × (shortage + freed) − freed, at least 0, at most the shortage. Steps do not add up
 * beyond the ramp, however many there are.
 */
export function allowedReliefFloor(state: RampState, ramp: Ramp, scale: bigint): bigint {
  const { shortage, freed, elapsed } = state;
  const due = mulDivFloor(shortage + freed, rampedShareFloor(elapsed, ramp, scale), scale) - freed;
  return due <= 0n ? 0n : due < shortage ? due : shortage;
}
