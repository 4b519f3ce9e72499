import { normalInverse } from "../../../numerics/normal.ts";

/** 0.5 · min(1, days/T): how much of vega stands for gamma. T in days; at expiry all of it. */
export const curvatureScale = (daysToExpiry: number, scalingDays: number): number =>
  0.5 * Math.min(1, daysToExpiry > 0 ? scalingDays / daysToExpiry : 1);

/**
 * Curvature margin of buckets with curvature risks CVR: max(0, Σ CVR + λ·√(Σ CVR² + Σ_{b≠c} ρ²·CVR_b·CVR_c)), where
 * θ = min(0, Σ CVR ÷ Σ |CVR|) and λ = (Φ⁻¹(0.995)² − 1)(1 + θ) − θ. Sold options have negative CVR in value terms;
 * here a positive CVR is a risk of loss from large moves.
 */
export function curvatureMargin(
  risks: readonly number[],
  correlation: number,
): { readonly margin: number; readonly theta: number; readonly lambda: number } {
  const sum = risks.reduce((total, risk) => total + risk, 0);
  const gross = risks.reduce((total, risk) => total + Math.abs(risk), 0);
  const theta = gross === 0 ? 0 : Math.min(0, sum / gross);
  const quantile = normalInverse(0.995);
  const lambda = (quantile * quantile - 1) * (1 + theta) - theta;
  let squares = 0;
  risks.forEach((a, b) => {
    squares += a * a;
    risks.slice(0, b).forEach((c) => {
      squares += 2 * correlation * correlation * a * c;
    });
  });
  return { margin: Math.max(0, sum + lambda * Math.sqrt(Math.max(0, squares))), theta, lambda };
}
