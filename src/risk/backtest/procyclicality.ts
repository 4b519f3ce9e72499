import { log } from "../../numerics/exp-log.ts";
import { requireCount } from "./coverage.ts";
import { requireLength, requireSameLength, requireValues } from "./breach.ts";

/** The largest rise of a requirement over some periods. */
export interface LargestRise {
  readonly periods: number;
  /** Largest R[t + periods] / R[t] − 1, at least −1. */
  readonly rise: number;
  /** Where it starts, the first of equals. */
  readonly from: number;
  /** Largest R[t + j] / R[t] − 1 over 0 ≤ j ≤ periods, ≥ 0: also what fell again within them. */
  readonly riseWithin: number;
}

/** How much a requirement moved, on one book. Lower is steadier; says nothing about safety. */
export interface Procyclicality {
  readonly observations: number;
  readonly peak: number;
  readonly trough: number;
  /** peak / trough, ≥ 1; ∞ when the trough alone is 0, null when all is. */
  readonly peakToTrough: number | null;
  /** For each horizon. Null where a requirement is 0 or the series is not longer than the horizon. */
  readonly largestRises: readonly (LargestRise | null)[];
  /** Sample standard deviation of ln R[t + 1]/R[t]. Null where a requirement is 0 or there are fewer than three. */
  readonly logChangeDeviation: number | null;
}

/**
 * Procyclicality of a series of requirements at equal intervals: the ratio of peak to trough for the cycle, the largest rise over n
 * periods for the liquidity a member must find, and the deviation of changes.
 *
 * @param requirements - ≥ 0, of one book. @param horizons - periods, ≥ 1; absent: 1, 5 and 30.
 * @throws {PlimsollError} `PLM_DATA_GAP` for fewer than two requirements, `PLM_DOMAIN` for numbers out of range.
 * @see Murphy, Vasios and Vause (2014), Bank of England Financial Stability Paper 29; ESMA (2018), Guidelines on EMIR
 *   anti-procyclicality margin measures, ESMA70-151-1293
 */
export function procyclicality(input: {
  readonly requirements: Float64Array;
  readonly horizons?: readonly number[];
}): Procyclicality {
  const { requirements, horizons = [1, 5, 30] } = input;
  requireLength("requirements", requirements.length, 2);
  requireValues("requirements", requirements, 0);
  requireCount("horizons.length", horizons.length, 0, 100);
  for (const periods of horizons) requireCount("horizons", periods, 1);
  let peak = requirements[0] ?? 0;
  let trough = peak;
  for (const requirement of requirements) {
    if (requirement > peak) peak = requirement;
    if (requirement < trough) trough = requirement;
  }
  return {
    observations: requirements.length,
    peak,
    trough,
    peakToTrough: peak === 0 ? null : peak / trough,
    largestRises: horizons.map((periods) => (trough === 0 ? null : largestRise(requirements, periods))),
    logChangeDeviation: trough === 0 ? null : logChangeDeviation(requirements),
  };
}

/** A requirement's movement split by what moved it. */
export interface ProcyclicalityParts {
  /** The requirement as it was. */
  readonly total: Procyclicality;
  /** The same book valued at fixed marks throughout: only the model's parameters move it. */
  readonly parameters: Procyclicality;
  /** total ÷ parameters, the rest: what marks do at given parameters. Null where a requirement at fixed marks is 0. */
  readonly marks: Procyclicality | null;
}

/**
 * {@link procyclicality} with the part that parameters drive apart from the part that marks drive. Their logarithmic changes add up to
 * the total's at every period; peaks and rises need not, since they fall on different days.
 *
 * @param atFixedMarks - requirements of the same book at the same instants, all at one set of marks.
 */
export function procyclicalityParts(input: {
  readonly requirements: Float64Array;
  readonly atFixedMarks: Float64Array;
  readonly horizons?: readonly number[];
}): ProcyclicalityParts {
  const { requirements, atFixedMarks, horizons } = input;
  requireSameLength("atFixedMarks", atFixedMarks.length, requirements.length);
  const measure = (series: Float64Array): Procyclicality =>
    procyclicality(horizons ? { requirements: series, horizons } : { requirements: series });
  const total = measure(requirements);
  const parameters = measure(atFixedMarks);
  return {
    total,
    parameters,
    marks:
      parameters.trough === 0
        ? null
        : measure(requirements.map((requirement, index) => requirement / (atFixedMarks[index] ?? 1))),
  };
}

function largestRise(requirements: Float64Array, periods: number): LargestRise | null {
  const count = requirements.length;
  if (count <= periods) return null;
  let largest = -Infinity;
  let from = 0;
  for (let start = 0; start + periods < count; start++) {
    const ratio = (requirements[start + periods] ?? 0) / (requirements[start] ?? 1);
    if (ratio > largest) {
      largest = ratio;
      from = start;
    }
  }
  // the smallest of the last `periods` + 1, by a queue of candidates that rise
  const queue = new Int32Array(count);
  let head = 0;
  let tail = 0;
  let within = 1;
  for (let at = 0; at < count; at++) {
    const here = requirements[at] ?? 0;
    while (tail > head && (requirements[queue[tail - 1] ?? 0] ?? 0) >= here) tail -= 1;
    queue[tail++] = at;
    if ((queue[head] ?? 0) < at - periods) head += 1;
    within = Math.max(within, here / (requirements[queue[head] ?? 0] ?? 1));
  }
  return { periods, rise: largest - 1, from, riseWithin: within - 1 };
}

function logChangeDeviation(requirements: Float64Array): number | null {
  const changes = requirements.length - 1;
  if (changes < 2) return null;
  let last = log(requirements[0] ?? 1);
  // Welford: no difference of large sums
  let mean = 0;
  let squares = 0;
  for (let at = 1; at <= changes; at++) {
    const here = log(requirements[at] ?? 1);
    const difference = here - last - mean;
    mean += difference / at;
    squares += difference * (here - last - mean);
    last = here;
  }
  return Math.sqrt(squares / (changes - 1));
}
