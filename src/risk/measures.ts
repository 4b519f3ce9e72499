/** A discrete distribution of outcomes: P&L of equally likely observations, each standing for `weights[i]` of them. */
export interface WeightedOutcomes {
  /** USD; negative loses. */
  readonly pnlUsd: ArrayLike<number>;
  /** Whole numbers ≥ 1. Absent: all 1. */
  readonly weights?: ArrayLike<number>;
}

/** The tail of a distribution at one level. Losses are positive. */
export interface TailMeasure {
  /** Smallest loss that is exceeded with probability at most 1 − level. USD; negative when even the tail gains. */
  readonly valueAtRiskUsd: number;
  /** Mean loss of the worst share 1 − level, the boundary observation counted in part. USD. */
  readonly expectedShortfallUsd: number;
  /** Observations of the tail, worst first, with the share of the tail that each stands for (they add up to 1). */
  readonly tail: readonly { readonly index: number; readonly share: number }[];
}

/**
 * Value at Risk and Expected Shortfall of a discrete distribution, equations (8) and (9) of docs/margin-model.md. The
 * boundary observation enters with a fractional weight, which makes the shortfall coherent (Acerbi and Tasche 2002,
 * "On the coherence of expected shortfall") and not below the VaR.
 *
 * @param level - such as 0.99, in [0, 1). A tail lighter than one observation is that observation.
 * @returns zeros and an empty tail for no observations.
 */
export function tailMeasure(outcomes: WeightedOutcomes, level: number): TailMeasure {
  const mass = tailMass(observationCount(outcomes), level);
  return measureTail(outcomes, mass, worstFirst(outcomes.pnlUsd, mass));
}

/** {@link tailMeasure} at several levels, sorting once. */
export function tailMeasures(outcomes: WeightedOutcomes, levels: readonly number[]): readonly TailMeasure[] {
  const count = observationCount(outcomes);
  const masses = levels.map((level) => tailMass(count, level));
  const order = worstFirst(outcomes.pnlUsd, Math.max(0, ...masses));
  return masses.map((mass) => measureTail(outcomes, mass, order));
}

/** Observations, counted by weight. */
export function observationCount({ pnlUsd, weights }: WeightedOutcomes): number {
  if (!weights) return pnlUsd.length;
  let total = 0;
  for (let index = 0; index < pnlUsd.length; index++) total += weights[index] ?? 0;
  return total;
}

/** How many of `count` observations the tail consists of, a fraction being a part of the boundary observation. ≥ 1. */
export function tailMass(count: number, level: number): number {
  // At least one whole observation: a tail of less would claim more than the data hold. Rounding frees the mass of the
  // noise of 1 − level: a hundredth of 100 is one.
  return Math.max(1, Math.round((1 - level) * count * 1e9) / 1e9);
}

function measureTail(
  { pnlUsd, weights }: WeightedOutcomes,
  mass: number,
  order: ArrayLike<number>,
): TailMeasure {
  const tail: { index: number; share: number }[] = [];
  let left = mass;
  let sum = 0;
  let valueAtRiskUsd = 0;
  for (let at = 0; at < order.length && left > 0; at++) {
    const index = order[at] ?? 0;
    const taken = Math.min(left, weights ? (weights[index] ?? 0) : 1);
    const loss = -(pnlUsd[index] ?? 0);
    if (taken > 0) {
      sum += (taken / mass) * loss;
      tail.push({ index, share: taken / mass });
      valueAtRiskUsd = loss;
    }
    left -= taken;
  }
  return { valueAtRiskUsd, expectedShortfallUsd: sum, tail };
}

/**
 * Indices from the largest loss to the smallest, equal losses in index order: as many as a tail of `mass` can reach. Weights
 * are at least 1, so that is ⌈mass⌉ of them. They are few of many: a heap of the worst so far, the mildest on top, finds
 * them without sorting the rest.
 */
function worstFirst(pnlUsd: ArrayLike<number>, mass: number): Int32Array {
  const count = Math.min(pnlUsd.length, Math.ceil(mass));
  const heap = new Int32Array(count);
  const values = pnlUsd instanceof Float64Array ? pnlUsd : Float64Array.from(pnlUsd);
  const pnlOf = (index: number): number => values[index] ?? 0;
  const milder = (a: number, b: number): boolean => pnlOf(a) > pnlOf(b) || (pnlOf(a) === pnlOf(b) && a > b);
  /** Puts an index at `at` or wherever below, among the first `size`, the heap wants it. */
  const sink = (index: number, at: number, size: number): void => {
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && milder(heap[child + 1] ?? 0, heap[child] ?? 0)) child++;
      if (!milder(heap[child] ?? 0, index)) break;
      heap[at] = heap[child] ?? 0;
      at = child;
    }
    heap[at] = index;
  };
  for (let index = 0; index < count; index++) heap[index] = index;
  for (let at = (count >> 1) - 1; at >= 0; at--) sink(heap[at] ?? 0, at, count);
  for (let index = count; index < values.length; index++) {
    if (pnlOf(index) < pnlOf(heap[0] ?? 0)) sink(index, 0, count);
  }
  for (let size = count - 1; size > 0; size--) {
    const mildest = heap[0] ?? 0;
    sink(heap[size] ?? 0, 0, size);
    heap[size] = mildest;
  }
  return heap;
}
