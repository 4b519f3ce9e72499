import { ulp } from "../../numerics/float-bits.ts";
import { PlimsollError } from "../../quantity/error.ts";

/** Windows of one kind of book: what it lost in each, and what was required of it before. Any one unit for both. */
export interface LossSeries {
  readonly name: string;
  /** Positive is a loss; zero or less never breaches. */
  readonly losses: Float64Array;
  /** ≥ 0, one for each loss. 0 with a positive loss is a breach at every scale. */
  readonly requirements: Float64Array;
}

/** Most windows of one call. */
export const mostWindows = 20_000_000;

/**
 * Smallest scale k ≥ 0 at which `loss > k·requirement` is false, that product being a float64's: no search, no tolerance. 0 for no
 * loss, ∞ for a loss without a requirement. (Where k·requirement is below 1e-307, to within four units in the last place.)
 *
 * @param loss - finite. @param requirement - finite, ≥ 0.
 */
export function breachScale(loss: number, requirement: number): number {
  if (loss <= 0) return 0;
  if (requirement === 0) return Infinity;
  let scale = loss / requirement;
  if (scale === Infinity) return scale;
  // the quotient is rounded, and so is the product that it is compared by: both within a few units in the last place
  for (let step = 0; step < 4 && scale * requirement < loss; step++) scale += ulp(scale);
  for (let step = 0; step < 4; step++) {
    const below = previous(scale);
    if (below * requirement < loss) break;
    scale = below;
  }
  return scale;
}

/** The next smaller float64, for x > 0. */
function previous(x: number): number {
  const half = x - 0.5 * ulp(x);
  return half < x ? half : x - ulp(x);
}

/** {@link breachScale} of each window. */
export function breachScales({ losses, requirements }: Omit<LossSeries, "name">): Float64Array {
  const scales = new Float64Array(losses.length);
  for (let index = 0; index < losses.length; index++) {
    const loss = losses[index] ?? 0;
    if (loss > 0) scales[index] = breachScale(loss, requirements[index] ?? 0);
  }
  return scales;
}

/** Windows whose loss exceeds `scale` × requirement. At scale ∞ those without a requirement. @param scale - ≥ 0. */
export function countBreaches({ losses, requirements }: Omit<LossSeries, "name">, scale = 1): number {
  let count = 0;
  for (let index = 0; index < losses.length; index++) {
    const loss = losses[index] ?? 0;
    const requirement = requirements[index] ?? 0;
    // ∞ × 0 is no number
    if (loss > 0 && (requirement === 0 || loss > scale * requirement)) count += 1;
  }
  return count;
}

/** Throws `PLM_DOMAIN` unless each value is finite and within [`min`, `max`]. */
export function requireValues(
  field: string,
  values: Float64Array,
  min: number = -Number.MAX_VALUE,
  max: number = Number.MAX_VALUE,
): Float64Array {
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    if (value >= min && value <= max) continue;
    throw new PlimsollError("PLM_DOMAIN", {
      field: `${field}[${index}]`,
      value,
      limit:
        min === -Number.MAX_VALUE
          ? "a finite number"
          : max === Number.MAX_VALUE
            ? `a finite number ≥ ${min}`
            : `a number from ${min} to ${max}`,
      remedy: `Leave out windows without data, or correct ${field} at its source.`,
    });
  }
  return values;
}

/** Throws `PLM_DATA_GAP` unless `length` is at least `least`, `PLM_LIMIT` above {@link mostWindows}. */
export function requireLength(field: string, length: number, least: number = 1): number {
  if (length < least) {
    throw new PlimsollError("PLM_DATA_GAP", {
      field,
      value: length,
      limit: `at least ${least} ${least === 1 ? "value" : "values"}`,
      remedy: "Back-test over a longer period.",
    });
  }
  if (length > mostWindows) {
    throw new PlimsollError("PLM_LIMIT", {
      field,
      value: length,
      limit: `at most ${mostWindows} values`,
      remedy: "Back-test fewer windows at a time.",
    });
  }
  return length;
}

/** Throws `PLM_DOMAIN` unless `length` is that of the losses it belongs to. */
export function requireSameLength(field: string, length: number, expected: number): void {
  if (length === expected) return;
  throw new PlimsollError("PLM_DOMAIN", {
    field,
    value: length,
    limit: `${expected} values, one for each loss`,
    remedy: "Give one value for each window.",
  });
}

/** Throws as {@link requireValues}, {@link requireLength} and {@link requireSameLength} do, unless the series can be counted. */
export function requireLosses(field: string, { losses, requirements }: Omit<LossSeries, "name">): void {
  requireLength(`${field}.losses`, losses.length);
  requireSameLength(`${field}.requirements`, requirements.length, losses.length);
  requireValues(`${field}.losses`, losses);
  requireValues(`${field}.requirements`, requirements, 0);
}
