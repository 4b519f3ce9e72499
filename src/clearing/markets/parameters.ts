import { wholePpm } from "./aggregate.ts";
import { type ParameterTarget } from "../protocol/commands.ts";
import { maxPublishers } from "./limits.ts";
import { liquidationParameters } from "./liquidation-terms.ts";

export type { ParameterTarget } from "../protocol/commands.ts";

/** Parameters move on this grid of machine time. */
export const parameterGridMs = 60_000;
/** How long before it comes into force a change is announced that nobody's open position is margined by, but that costs money. */
export const noticeMs = 3_600_000;

/** A number of a spec that may change while the thing is listed. docs/parameters.md shows this table. */
export interface Parameter {
  readonly target: ParameterTarget;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /**
   * `ramp`: by at most `step` per minute, both ways. `notice`: in one step, an hour after it is announced. `now`: at once.
   * `blend`: open-interest thresholds; the initial rate moves from the old pair's to the new pair's in 1,000 equal steps of a minute.
   */
  readonly change: "ramp" | "notice" | "now" | "blend";
  /** Of a ramp, per minute, in the parameter's unit. 0 for others. */
  readonly step: number;
}

/** Largest size in lots: 2^40. */
export const maxLots: number = 1_099_511_627_776;
/** Largest fee: 10 %. */
export const maxFeePpm = 100_000;
/** Largest lending rate per year: 1,000 %. */
export const maxRatePpm = 10_000_000;
/** Margin rates move by at most 0.01 % of notional per minute: 0.6 % per hour. */
export const marginStepPpm = 100;
/** Haircuts move by at most 0.05 % of value per minute: 3 % per hour. */
export const haircutStepPpm = 500;
/** Steps in which open-interest thresholds are exchanged, in ppm of the way. */
export const blendStepPpm = 1_000;

const parameter = (
  target: ParameterTarget,
  name: string,
  min: number,
  max: number,
  change: Parameter["change"],
  step: number = 0,
): Parameter => ({ target, name, min, max, change, step });

const most = Number.MAX_SAFE_INTEGER;

export const parameters: readonly Parameter[] = [
  parameter("instrument", "initialMarginPpm", 1, wholePpm, "ramp", marginStepPpm),
  parameter("instrument", "maintenanceMarginPpm", 1, wholePpm, "ramp", marginStepPpm),
  parameter("instrument", "openInterestLowerLots", 0, maxLots, "blend"),
  parameter("instrument", "openInterestUpperLots", 0, maxLots, "blend"),
  parameter("instrument", "makerFeePpm", -maxFeePpm, maxFeePpm, "notice"),
  parameter("instrument", "takerFeePpm", 0, maxFeePpm, "notice"),
  parameter("instrument", "optionFeeCapPpm", 0, wholePpm, "notice"),
  parameter("instrument", "fundingInterestPpm", -wholePpm, wholePpm, "notice"),
  parameter("instrument", "fundingCapPpm", 0, wholePpm, "notice"),
  parameter("instrument", "priceBandPpm", 1, wholePpm, "now"),
  parameter("instrument", "maxOrderLots", 1, maxLots, "now"),
  parameter("instrument", "positionLimitLots", 1, maxLots, "now"),
  parameter("instrument", "openInterestCapLots", 0, maxLots, "now"),
  parameter("asset", "haircutPpm", 0, wholePpm, "ramp", haircutStepPpm),
  parameter("asset", "depositCapUnits", 0, most, "now"),
  parameter("asset", "borrowCapUnits", 0, most, "now"),
  parameter("asset", "rateAtZeroPpm", 0, maxRatePpm, "notice"),
  parameter("asset", "rateAtOptimumPpm", 0, maxRatePpm, "notice"),
  parameter("asset", "rateAtFullPpm", 0, maxRatePpm, "notice"),
  parameter("asset", "optimalUsePpm", 1, wholePpm - 1, "notice"),
  parameter("asset", "reserveSharePpm", 0, wholePpm, "notice"),
  parameter("underlying", "minimumPublishers", 1, maxPublishers, "now"),
  parameter("underlying", "maxPriceAgeMs", 1_000, 86_400_000, "now"),
  parameter("underlying", "maxMovePerSecondPpm", 1, wholePpm, "now"),
  ...liquidationParameters.map(({ name, min, max, change, step }) =>
    parameter("liquidation", name, min, max, change, step),
  ),
];

export const findParameter = (target: ParameterTarget, name: string): number =>
  parameters.findIndex((entry) => entry.target === target && entry.name === name);
