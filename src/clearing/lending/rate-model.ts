/**
 * A borrowing rate that rises with use, in two straight lines that meet at the optimum: gently below, steeply above, so that
 * lenders can get their money back. Fixed point; the caller chooses the scale.
 */
export interface KinkedRateModel {
  /** At no use, per year. */
  readonly minRate: bigint;
  /** Rise per unit of utilisation, up to the optimum. */
  readonly slopeToOptimum: bigint;
  /** Rise per unit of utilisation, above the optimum. */
  readonly slopeAbove: bigint;
  /** 0 to 1. */
  readonly optimalUtilisation: bigint;
}

/** 1, in the 18 decimals of the rates and indices of pools. */
export const interestScale: bigint = 10n ** 18n;

/** Borrowed share of what was supplied, at most 1; 0 when either is 0. Toward 0, at scale `one`. */
export function utilisation(supplied: bigint, borrowed: bigint, one: bigint = interestScale): bigint {
  if (supplied <= 0n || borrowed <= 0n) return 0n;
  return borrowed >= supplied ? one : (borrowed * one) / supplied;
}

/** The yearly rate at a utilisation from 0 to `one`. Each product toward 0. */
export function kinkedRate(utilisation: bigint, model: KinkedRateModel, one: bigint = interestScale): bigint {
  const { minRate, slopeToOptimum, slopeAbove, optimalUtilisation: optimum } = model;
  if (utilisation <= optimum) return minRate + (utilisation * slopeToOptimum) / one;
  return minRate + (optimum * slopeToOptimum) / one + ((utilisation - optimum) * slopeAbove) / one;
}

/** A kinked model by the rates at its three corners, as an asset is listed. Parts per million; rates per year. */
export interface RatePoints {
  readonly rateAtZeroPpm: number;
  readonly rateAtOptimumPpm: number;
  readonly rateAtFullPpm: number;
  /** 0 to 1,000,000. At either end the two lines are one. */
  readonly optimalUsePpm: number;
}

const million = 1_000_000n;

/** The model through three points, at 18 decimals; slopes toward 0. */
export function kinkedModel(points: RatePoints): KinkedRateModel {
  const zero = BigInt(points.rateAtZeroPpm);
  const optimum = BigInt(points.rateAtOptimumPpm);
  const full = BigInt(points.rateAtFullPpm);
  const use = BigInt(points.optimalUsePpm);
  const scale = interestScale / million;
  return {
    minRate: (use === 0n ? optimum : zero) * scale,
    slopeToOptimum: use === 0n ? 0n : ((optimum - zero) * interestScale) / use,
    slopeAbove: use === million ? 0n : ((full - optimum) * interestScale) / (million - use),
    optimalUtilisation: use * scale,
  };
}
