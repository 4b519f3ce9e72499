import { randomStream } from "../../numerics/random.ts";
import { PlimsollError, requireNumber } from "../../quantity/error.ts";
import { type BootstrapInterval, type BootstrapOptions } from "./block-bootstrap.ts";
import { requireLength } from "./breach.ts";
import { requireCount } from "./coverage.ts";
import { drawBlocks, intervalOf, standardDeviation } from "./stationary-blocks.ts";

/**
 * Interval of any statistic of periods by the stationary bootstrap; {@link bootstrapRatio} is faster for ratios of sums.
 *
 * @param statistic - of how often each period occurs; once each is the estimate. May be ∞, never NaN. The array is reused between
 *   calls. @param blockLength - mean length in periods; no statistic tells its own, so take
 *   {@link automaticBlockLength} of a series that drives it.
 * @throws {PlimsollError} `PLM_DATA_GAP` for fewer than two periods, `PLM_DOMAIN` for options out of range or a statistic that is NaN.
 * @see Politis and Romano (1994), "The stationary bootstrap", J. American Statistical Association 89
 */
export function bootstrapStatistic(
  input: BootstrapOptions & {
    readonly periods: number;
    readonly blockLength: number;
    readonly statistic: (times: Uint32Array) => number;
  },
): BootstrapInterval {
  const periods = requireLength("periods", requireCount("periods", input.periods, 0), 2);
  const blockLength = requireNumber("blockLength", input.blockLength, 1, periods);
  const draws = requireCount("draws", input.draws ?? 1000, 2, 1_000_000);
  const confidence = requireNumber("confidence", input.confidence ?? 0.95, 0, 1);
  const stream = randomStream(input.seed ?? 1);
  const times = new Uint32Array(periods).fill(1);
  const evaluate = (): number => {
    const value = input.statistic(times);
    if (value === value) return value;
    throw new PlimsollError("PLM_DOMAIN", {
      field: "statistic",
      value,
      limit: "a number for every resample of periods",
      remedy: "Let the statistic say what it is where a resample holds too little.",
    });
  };
  const estimate = evaluate();
  // +1 where a block starts, −1 behind its end; their running sum is how often a period occurs
  const steps = new Int32Array(periods + 1);
  const mark = (start: number, end: number): void => {
    steps[start] = (steps[start] ?? 0) + 1;
    steps[end] = (steps[end] ?? 0) - 1;
  };
  const values = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    steps.fill(0);
    drawBlocks(periods, blockLength, stream, mark);
    let running = 0;
    for (let period = 0; period < periods; period++) {
      running += steps[period] ?? 0;
      times[period] = running;
    }
    values[draw] = evaluate();
  }
  return {
    estimate,
    // of draws that are all finite
    standardError: values.every((value) => Number.isFinite(value)) ? standardDeviation(values) : Infinity,
    interval: intervalOf(values, confidence),
    blockLength,
    periods,
    draws,
  };
}
