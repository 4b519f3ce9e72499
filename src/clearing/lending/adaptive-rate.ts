/** A utilisation curve whose height moves: up while use is above target, down while below. Fixed point at scale `one`. */
export interface AdaptiveCurve {
  readonly one: bigint;
  /** 0 to 1, exclusive. */
  readonly targetUtilisation: bigint;
  /** The rate at full use is this many times the rate at target, and the rate at no use the same part of it. ≥ 1. */
  readonly steepness: bigint;
  /** Speed of the exponent at full distance from target, per unit of time. */
  readonly adjustmentSpeed: bigint;
  /** Bounds of the rate at target, and where it starts. Per unit of time. */
  readonly minRateAtTarget: bigint;
  readonly maxRateAtTarget: bigint;
  readonly initialRateAtTarget: bigint;
  /** e^x at scale `one`. */
  readonly exp: (x: bigint) => bigint;
}

/** Rates per unit of time. */
export interface AdaptiveRate {
  readonly averageBorrowRate: bigint;
  readonly endBorrowRate: bigint;
  readonly endRateAtTarget: bigint;
}

/**
 * Rates after `elapsed` at one utilisation. The rate at target grows as e^(speed × distance × time); its average over the time is by the
 * trapezoidal rule with one point between, (start + end + 2 × middle) ÷ 4. Products toward 0.
 *
 * @param startRateAtTarget - 0 for a market that has none yet: it starts at `initialRateAtTarget`, and no time has passed.
 */
export function adaptiveRate(
  curve: AdaptiveCurve,
  utilisation: bigint,
  startRateAtTarget: bigint,
  elapsed: bigint,
): AdaptiveRate {
  const { one, targetUtilisation: target, adjustmentSpeed } = curve;
  const room = utilisation > target ? one - target : target;
  const distance = ((utilisation - target) * one) / room;
  const borrowRate = (atTarget: bigint): bigint => {
    const factor = distance < 0n ? one - (one * one) / curve.steepness : curve.steepness - one;
    return (((factor * distance) / one + one) * atTarget) / one;
  };
  const growth = ((adjustmentSpeed * distance) / one) * elapsed;
  if (startRateAtTarget === 0n || growth === 0n) {
    const atTarget = startRateAtTarget === 0n ? curve.initialRateAtTarget : startRateAtTarget;
    const rate = borrowRate(atTarget);
    return { averageBorrowRate: rate, endBorrowRate: rate, endRateAtTarget: atTarget };
  }
  const rateAfter = (exponent: bigint): bigint => {
    const moved = (startRateAtTarget * curve.exp(exponent)) / one;
    return moved < curve.minRateAtTarget
      ? curve.minRateAtTarget
      : moved > curve.maxRateAtTarget
        ? curve.maxRateAtTarget
        : moved;
  };
  const end = rateAfter(growth);
  const middle = rateAfter(growth / 2n);
  const average = (startRateAtTarget + end + 2n * middle) / 4n;
  return { averageBorrowRate: borrowRate(average), endBorrowRate: borrowRate(end), endRateAtTarget: end };
}
