import { PlimsollError } from "../../quantity/error.ts";
import { requireTarget } from "./allowed-breaches.ts";
import { breachScales, requireLosses, requireSameLength, requireValues, type LossSeries } from "./breach.ts";

/** Windows in blocks: those of equal number belong together, such as all that start on one day or in one week. */
export type BlockedLosses = Omit<LossSeries, "name"> & {
  /** Any integers, one for each window. */
  readonly blocks: Int32Array;
};

/** A scale with what it rests on. */
export interface ConformalScale {
  /** ∞: too few blocks or too little weight for this target, or losses without a requirement beyond what it allows. */
  readonly scale: number;
  /** Blocks, or the sum of weights. 1/(units + 1) must not exceed the target for a finite scale. */
  readonly units: number;
}

/**
 * Smallest scale with which the *expected share of a next block's windows that breach* is at most `target`, if blocks are
 * exchangeable. Windows of one block may depend on one another in any way, as books on the same days do; blocks must not, so
 * they should be longer than volatility's memory or the windows' overlap. Exact:
 *
 *     smallest k with (Σ_b share of b's windows that breach at k + 1) / (blocks + 1) ≤ target
 *
 * Blocks of one window each give the scale of split conformal prediction.
 *
 * @throws {PlimsollError} `PLM_DOMAIN`, `PLM_DATA_GAP` or `PLM_LIMIT` for what is not a series.
 * @see Angelopoulos, Bates, Fisch, Lei and Schuster (2024), "Conformal risk control", ICLR, theorem 1 with losses in [0, 1]
 */
export function blockScale(input: {
  readonly losses: BlockedLosses | readonly BlockedLosses[];
  readonly target: number;
}): ConformalScale {
  const target = requireTarget(input.target);
  const series = isList(input.losses) ? input.losses : [input.losses];
  const sizes = new Map<number, number>();
  for (const [index, one] of series.entries()) {
    requireLosses(`losses[${index}]`, one);
    requireSameLength(`losses[${index}].blocks`, one.blocks.length, one.losses.length);
    for (const block of one.blocks) sizes.set(block, (sizes.get(block) ?? 0) + 1);
  }
  const scales: number[] = [];
  const weights: number[] = [];
  for (const one of series) {
    for (const [index, scale] of breachScales(one).entries()) {
      if (scale === 0) continue;
      scales.push(scale);
      weights.push(1 / (sizes.get(one.blocks[index] ?? 0) ?? 1));
    }
  }
  return { scale: leastScale(scales, weights, sizes.size, target), units: sizes.size };
}

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value);

/**
 * Smallest scale for windows that resemble the next one unequally: `weights[i]` ∈ [0, 1] fixed beforehand, such as 0.99^age. Exact:
 *
 *     smallest k with (Σ weights of windows that breach at k + 1) / (Σ weights + 1) ≤ target
 *
 * The next window then breaches with probability at most target + Σ_i w_i·d_i/(Σ w + 1), where d_i is the total variation
 * distance between the series as it is and with window i and the next one exchanged: 0 if they are exchangeable, small for recent
 * windows if the law drifts slowly. The weights buy robustness to drift, not to dependence.
 *
 * @throws {PlimsollError} `PLM_DOMAIN`, `PLM_DATA_GAP` or `PLM_LIMIT` for what is not a series; `PLM_DOMAIN` for weights outside 0 to 1.
 * @see Barber, Candès, Ramdas and Tibshirani (2023), "Conformal prediction beyond exchangeability", Annals of Statistics 51, theorem 2
 */
export function weightedScale(input: {
  readonly losses: Omit<LossSeries, "name">;
  readonly weights: Float64Array;
  readonly target: number;
}): ConformalScale {
  const target = requireTarget(input.target);
  requireLosses("losses", input.losses);
  requireSameLength("weights", input.weights.length, input.losses.losses.length);
  requireValues("weights", input.weights, 0, 1);
  const total = input.weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "weights",
      value: total,
      limit: "a sum above 0",
      remedy: "Weigh recent windows by 1, older ones by less.",
    });
  }
  return {
    scale: leastScale(breachScales(input.losses), input.weights, total, target),
    units: total,
  };
}

/** Smallest k, 0 or one of `scales`, with (Σ weights of scales above k + 1)/(total + 1) ≤ target; ∞ if none has it. */
function leastScale(
  scales: ArrayLike<number>,
  weights: ArrayLike<number>,
  total: number,
  target: number,
): number {
  const within = (above: number): boolean => (above + 1) / (total + 1) <= target;
  if (!within(0)) return Infinity;
  const order: number[] = [];
  for (let index = 0; index < scales.length; index++) if ((scales[index] ?? 0) > 0) order.push(index);
  order.sort((a, b) => descending(scales[a] ?? 0, scales[b] ?? 0) || a - b);
  let above = 0;
  for (let at = 0; at < order.length;) {
    const scale = scales[order[at] ?? 0] ?? 0;
    // equal scales cease to breach together
    for (; at < order.length && scales[order[at] ?? 0] === scale; at++) above += weights[order[at] ?? 0] ?? 0;
    if (!within(above)) return scale;
  }
  return 0;
}

/** Not a difference: ∞ − ∞ is no number. */
const descending = (a: number, b: number): number => (a > b ? -1 : a < b ? 1 : 0);
