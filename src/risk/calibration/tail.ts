/** Fraction of the observations on each side that a tail estimate averages. */
export const tailShare = 0.005;

/**
 * Mean of the largest share of `values`, at least one of them, the boundary counted in part. The estimator behind every
 * fitted range: one bad print moves it less than it moves the maximum.
 *
 * @returns 0 without values.
 */
export function upperTailMean(values: ArrayLike<number>, share: number = tailShare): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return 0;
  const mass = Math.max(1, share * sorted.length);
  let left = mass;
  let sum = 0;
  for (let index = sorted.length - 1; index >= 0 && left > 0; index--) {
    const taken = Math.min(1, left);
    sum += taken * (sorted[index] ?? 0);
    left -= taken;
  }
  return sum / mass;
}

/** The value below which a share of `values` lies, interpolated. NaN without values. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(sorted.length - 1, below + 1)] ?? Number.NaN;
  return low + (position - below) * (high - low);
}

/** Σxy ÷ Σx²: the slope of a line through the origin. 0 without spread. */
export function slopeThroughOrigin(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let xy = 0;
  let xx = 0;
  for (let index = 0; index < x.length; index++) {
    const value = x[index] ?? 0;
    xy += value * (y[index] ?? 0);
    xx += value * value;
  }
  return xx > 0 ? xy / xx : 0;
}

/** Rounds up to a multiple of `1/perUnit`: fitted ranges are published as round numbers, never below the estimate. */
export const roundUpTo = (value: number, perUnit: number): number =>
  Math.ceil(value * perUnit - 1e-9) / perUnit;
/** Rounds to the nearest multiple of `1/perUnit`. */
export const roundTo = (value: number, perUnit: number): number => Math.round(value * perUnit) / perUnit;
