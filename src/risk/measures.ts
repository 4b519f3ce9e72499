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
  const { pnlUsd, weights } = outcomes;
  const order = lossOrder(pnlUsd);
  if (order.length === 0) return { valueAtRiskUsd: 0, expectedShortfallUsd: 0, tail: [] };
  let total = 0;
  for (let index = 0; index < pnlUsd.length; index++) total += weights ? (weights[index] ?? 0) : 1;
  // At least one whole observation: a tail of less would claim more than the data hold.
  // Freed of the noise of 1 − level: a hundredth of 100 is one.
  const mass = Math.max(1, Math.round((1 - level) * total * 1e9) / 1e9);
  const tail: { index: number; share: number }[] = [];
  let left = mass;
  let sum = 0;
  let valueAtRiskUsd = 0;
  for (const index of order) {
    const taken = Math.min(left, weights ? (weights[index] ?? 0) : 1);
    const loss = -(pnlUsd[index] ?? 0);
    if (taken > 0) {
      sum += (taken / mass) * loss;
      tail.push({ index, share: taken / mass });
      valueAtRiskUsd = loss;
    }
    left -= taken;
    if (left <= 0) break;
  }
  return { valueAtRiskUsd, expectedShortfallUsd: sum, tail };
}

/** Indices from the largest loss to the smallest; equal losses in index order. */
function lossOrder(pnlUsd: ArrayLike<number>): Uint32Array {
  const order = new Uint32Array(pnlUsd.length);
  for (let index = 0; index < order.length; index++) order[index] = index;
  return order.sort((a, b) => (pnlUsd[a] ?? 0) - (pnlUsd[b] ?? 0) || a - b);
}
