import { exp } from "../../numerics/exp-log.ts";

/** 1/√(2π) */
export const density0 = 0.3989422804014327;
/** Ranges are widened by this share of themselves, for the rounding of what they are worked out from. */
export const widening = 1e-9;
/** Stands for what underflows, where an upper bound is asked for. */
const leastDensity = 1e-300;

/**
 * Ranges over a rectangle of x = ln(forward ÷ strike) and t = total volatility, t > 0, of what second derivatives are made of. With
 * d1 = x/t + t/2 and d2 = d1 − t:
 */
export interface DerivativeRanges {
  /** φ(d1). */
  densityLow: number;
  densityHigh: number;
  /** φ(d1)·d2/t = φ(d1)·(x/t² − ½): minus the mixed derivative. */
  mixedLow: number;
  mixedHigh: number;
  /** d1·d2 = x²/t² − t²/4: the sign of volga. */
  productLow: number;
  productHigh: number;
}

export const emptyRanges = (): DerivativeRanges => ({
  densityLow: 0,
  densityHigh: 0,
  mixedLow: 0,
  mixedHigh: 0,
  productLow: 0,
  productHigh: 0,
});

/** Works out the ranges: exact ones of d1, of d2/t and of their product, hence of φ; of what multiplies them, products. */
export function derivativeRanges(
  xLow: number,
  xHigh: number,
  tLow: number,
  tHigh: number,
  into: DerivativeRanges,
): void {
  // d1 rises with x. For x ≤ 0 it rises with t, else it falls until t = √(2x) and rises from there.
  const tAtLeast = xLow > 0 ? Math.max(tLow, Math.min(tHigh, Math.sqrt(2 * xLow))) : tLow;
  const d1Low = xLow / tAtLeast + 0.5 * tAtLeast;
  const d1High = Math.max(xHigh / tLow + 0.5 * tLow, xHigh / tHigh + 0.5 * tHigh);
  const nearest = d1Low > 0 ? d1Low : d1High < 0 ? d1High : 0;
  const furthest = Math.max(Math.abs(d1Low), Math.abs(d1High));
  const densityHigh =
    nearest === 0 ? density0 : density0 * exp(-0.5 * nearest * nearest) * (1 + widening) + leastDensity;
  const densityLow = density0 * exp(-0.5 * furthest * furthest) * (1 - widening);
  into.densityHigh = densityHigh;
  into.densityLow = densityLow;

  const bendLow = (xLow > 0 ? xLow / (tHigh * tHigh) : xLow / (tLow * tLow)) - 0.5;
  const bendHigh = (xHigh > 0 ? xHigh / (tLow * tLow) : xHigh / (tHigh * tHigh)) - 0.5;
  const mixedLow = (bendLow < 0 ? densityHigh : densityLow) * bendLow;
  const mixedHigh = (bendHigh > 0 ? densityHigh : densityLow) * bendHigh;
  into.mixedLow = mixedLow - widening * Math.abs(mixedLow);
  into.mixedHigh = mixedHigh + widening * Math.abs(mixedHigh);

  const xNearest = xLow > 0 ? xLow : xHigh < 0 ? xHigh : 0;
  const xFurthest = Math.max(Math.abs(xLow), Math.abs(xHigh));
  into.productLow = (xNearest * xNearest) / (tHigh * tHigh) - 0.25 * tHigh * tHigh;
  into.productHigh = (xFurthest * xFurthest) / (tLow * tLow) - 0.25 * tLow * tLow;
}
