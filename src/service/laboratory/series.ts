import { breachScale } from "../../risk/backtest/breach.ts";
import { type Observations } from "./observations.ts";

/** What a model is promised to cover losses with. */
export type Requirement = "initial" | "maintenance";

/** A week: what is resampled together. Monday 1970-01-05 is the start of one. */
const weekMs = 7 * 24 * 3_600_000;
const firstMondayMs = 4 * 24 * 3_600_000;

/** Windows of one kind that one model, or each of two, margins: columns in the order of the windows. */
export interface WindowSeries {
  readonly windows: Int32Array;
  readonly losses: Float64Array;
  readonly requirements: Float64Array;
  readonly notionals: Float64Array;
}

export const requirementsOf = (
  observations: Observations,
  requirement: Requirement,
): readonly Float64Array[] =>
  requirement === "initial" ? observations.columns.initialUsd : observations.columns.maintenanceUsd;

/** Those of `windows` for which all `models` have a requirement; `requirements` are the first one's. */
export function seriesOf(input: {
  readonly observations: Observations;
  readonly requirement: Requirement;
  readonly windows: Int32Array;
  readonly models: readonly [number, ...number[]];
}): WindowSeries {
  const columns = requirementsOf(input.observations, input.requirement);
  const asked = input.models.map((model) => columns[model]!);
  const windows = input.windows.filter((at) => asked.every((column) => Number.isFinite(column[at])));
  const { lossUsd, notionalUsd } = input.observations.columns;
  const picked = (column: Float64Array): Float64Array => {
    const values = new Float64Array(windows.length);
    for (let at = 0; at < windows.length; at++) values[at] = column[windows[at]!]!;
    return values;
  };
  return {
    windows,
    losses: picked(lossUsd),
    requirements: picked(asked[0]!),
    notionals: picked(notionalUsd),
  };
}

/** Week of each window's start. */
export function weeksOf(observations: Observations, windows: Int32Array): Int32Array {
  const { startMs } = observations.columns;
  return windows.map((at) => Math.floor((startMs[at]! - firstMondayMs) / weekMs));
}

/** Smallest scales at which windows do not breach, largest first, without zeros. */
export function descendingScales({ losses, requirements }: WindowSeries): Float64Array {
  const scales: number[] = [];
  for (const [at, loss] of losses.entries()) if (loss > 0) scales.push(breachScale(loss, requirements[at]!));
  return Float64Array.from(scales).sort().reverse();
}

export function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]!;
  return sum;
}

/** Mean of some numbers; NaN of none. */
export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
