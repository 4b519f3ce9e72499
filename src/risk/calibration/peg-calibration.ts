import { quantile } from "./tail.ts";

/** How far an asset strayed from what it should be worth. */
export interface PegEstimate {
  readonly asset: string;
  readonly observations: number;
  /** Deepest fall below its usual ratio, 0 to 1. */
  readonly fall: number;
  /** Highest rise above it. */
  readonly rise: number;
}

/** Middle value of each observation and its two neighbours: a print that stands alone for one observation drops out. */
function medianOfThree(values: readonly number[]): number[] {
  return values.map((value, at) => {
    const before = values[at - 1] ?? value;
    const after = values[at + 1] ?? value;
    return Math.max(Math.min(value, before), Math.min(Math.max(value, before), after));
  });
}

/**
 * Deepest excursions of price ÷ peg around its median over a trailing window (a staked token whose ratio grows has no
 * constant peg), single stray prints dropped.
 *
 * @param ratios - price ÷ peg in order of time.
 * @param window - observations of the trailing median.
 */
export function calibratePeg(asset: string, ratios: readonly number[], window: number): PegEstimate {
  const clean = medianOfThree(ratios);
  let fall = 0;
  let rise = 0;
  for (let at = 1; at < clean.length; at++) {
    const usual = quantile(clean.slice(Math.max(0, at - window), at), 0.5);
    const deviation = (clean[at] ?? usual) / usual - 1;
    fall = Math.max(fall, -deviation);
    rise = Math.max(rise, deviation);
  }
  return { asset, observations: ratios.length, fall, rise };
}
