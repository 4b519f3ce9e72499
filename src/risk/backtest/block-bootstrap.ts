import { randomStream, type RandomStream } from "../../numerics/random.ts";
import { PlimsollError, requireNumber } from "../../quantity/error.ts";
import { automaticBlockLength } from "./block-length.ts";
import { requireLength, requireSameLength, requireValues } from "./breach.ts";
import { requireCount } from "./coverage.ts";
import { drawBlocks, intervalOf, standardDeviation, type ConfidenceInterval } from "./stationary-blocks.ts";

/** A ratio of two sums over periods in time order, such as Σ breaches / Σ windows by day. */
export interface PeriodSums {
  readonly numerators: Float64Array;
  /** ≥ 0, one for each numerator, their sum above 0. A period without observations has 0 in both. */
  readonly denominators: Float64Array;
}

/** What resampling says of a ratio. */
export interface BootstrapInterval {
  /** Σ numerators / Σ denominators. */
  readonly estimate: number;
  readonly standardError: number;
  /**
   * Between the quantiles of the draws. Null where they can't vary: numerators that are all 0 (no breach at all), or a
   * constant ratio. That is too little data, not certainty.
   */
  readonly interval: ConfidenceInterval | null;
  /** Mean length of blocks, in periods. */
  readonly blockLength: number;
  readonly periods: number;
  readonly draws: number;
}

export interface BootstrapOptions {
  /** Mean length of blocks in periods, 1 to the number of periods; absent: chosen by {@link automaticBlockLength}. 1: periods are independent. */
  readonly blockLength?: number;
  /** Absent: 1000. */
  readonly draws?: number;
  /** The same seed gives the same interval. Absent: 1. */
  readonly seed?: number | bigint;
  /** Two-sided. Absent: 0.95. */
  readonly confidence?: number;
}

/**
 * Interval of a ratio by the stationary bootstrap: periods are resampled in blocks of geometric length from a random start, wrapping
 * around, so that the dependence between near periods survives. All that happened in one period moves together: sum over
 * the books of a day first, by {@link sumsByPeriod}.
 *
 *     pooled breach rate     numerators: breaches of the day     denominators: its windows
 *     mean capital ratio     numerators: sum of its ratios       denominators: their number
 *
 * Whole calendar blocks, drawn independently: number periods by week or month and give `blockLength: 1`.
 *
 * Asymptotic: with few breaches or few blocks the interval is too narrow.
 *
 * @throws {PlimsollError} `PLM_DATA_GAP` for fewer than two periods, `PLM_DOMAIN` for numbers out of range.
 * @see Politis and Romano (1994), "The stationary bootstrap", J. American Statistical Association 89
 */
export function bootstrapRatio(input: PeriodSums & BootstrapOptions): BootstrapInterval {
  const { numerators, denominators } = input;
  const periods = requireLength("numerators", numerators.length, 2);
  requireSameLength("denominators", denominators.length, periods);
  requireValues("numerators", numerators);
  requireValues("denominators", denominators, 0);
  const draws = requireCount("draws", input.draws ?? 1000, 2, 1_000_000);
  const confidence = requireNumber("confidence", input.confidence ?? 0.95, 0, 1);
  const above = totals(numerators);
  const below = totals(denominators);
  const whole = below[periods] ?? 0;
  if (!(whole > 0)) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "denominators",
      value: whole,
      limit: "a sum above 0",
      remedy: "Give at least one period with observations.",
    });
  }
  const estimate = (above[periods] ?? 0) / whole;
  const blockLength =
    input.blockLength === undefined
      ? // of what each period adds to the ratio: its numerator less the ratio's share of its denominator
        automaticBlockLength(numerators.map((value, index) => value - estimate * (denominators[index] ?? 0)))
      : requireNumber("blockLength", input.blockLength, 1, periods);

  const ratios = drawRatios({ above, below, blockLength, draws, stream: randomStream(input.seed ?? 1) });
  return {
    estimate,
    standardError: standardDeviation(ratios),
    interval: intervalOf(ratios, confidence),
    blockLength,
    periods,
    draws,
  };
}

/**
 * Sums of `values` and their number for each period from the first to the last that occurs, for {@link bootstrapRatio}. Periods between
 * without values count as periods.
 *
 * @param periods - number of the day (week, month) of each value, in any order.
 * @throws {PlimsollError} `PLM_LIMIT` for more periods than {@link mostWindows}.
 */
export function sumsByPeriod(input: {
  readonly periods: Int32Array;
  readonly values: Float64Array;
}): PeriodSums {
  const { periods, values } = input;
  requireLength("values", values.length);
  requireSameLength("periods", periods.length, values.length);
  let first = Infinity;
  let last = -Infinity;
  for (const period of periods) {
    first = Math.min(first, period);
    last = Math.max(last, period);
  }
  const count = requireLength("periods", last - first + 1);
  const numerators = new Float64Array(count);
  const denominators = new Float64Array(count);
  for (let index = 0; index < values.length; index++) {
    const at = (periods[index] ?? first) - first;
    numerators[at] = (numerators[at] ?? 0) + (values[index] ?? 0);
    denominators[at] = (denominators[at] ?? 0) + 1;
  }
  return { numerators, denominators };
}

/** Sums of the first k values, k = 0 … n. */
function totals(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let index = 0; index < values.length; index++) {
    sums[index + 1] = (sums[index] ?? 0) + (values[index] ?? 0);
  }
  return sums;
}

/** A block costs one step whatever its length: its sum is a difference of totals. */
function drawRatios(input: {
  readonly above: Float64Array;
  readonly below: Float64Array;
  readonly blockLength: number;
  readonly draws: number;
  readonly stream: RandomStream;
}): Float64Array {
  const { above, below, blockLength, draws, stream } = input;
  const periods = above.length - 1;
  const ratios = new Float64Array(draws);
  let numerator = 0;
  let denominator = 0;
  const add = (start: number, end: number): void => {
    numerator += (above[end] ?? 0) - (above[start] ?? 0);
    denominator += (below[end] ?? 0) - (below[start] ?? 0);
  };
  for (let draw = 0; draw < draws;) {
    numerator = 0;
    denominator = 0;
    drawBlocks(periods, blockLength, stream, add);
    // a draw of empty periods only has no ratio
    if (denominator > 0) ratios[draw++] = numerator / denominator;
  }
  return ratios;
}
