/** A net sensitivity after its risk weight. */
export interface WeightedSensitivity {
  /** Risk weight × sensitivity × concentration factor. */
  readonly weighted: number;
  /** Concentration factor, ≥ 1. */
  readonly concentration: number;
}

/** How concentrated a net sensitivity is: max(1, √(|s|/T)). Without a threshold, 1. */
export const concentrationFactor = (sensitivity: number, threshold?: number): number =>
  threshold === undefined || !(threshold > 0) ? 1 : Math.max(1, Math.sqrt(Math.abs(sensitivity) / threshold));

/** WS = RW · s · CR. */
export function weighSensitivity(
  sensitivity: number,
  riskWeight: number,
  threshold?: number,
): WeightedSensitivity {
  const concentration = concentrationFactor(sensitivity, threshold);
  return { weighted: riskWeight * sensitivity * concentration, concentration };
}

/**
 * K of one bucket: √(Σ WS² + Σ_{k≠l} ρ_kl · f_kl · WS_k · WS_l), f the smaller concentration factor over the larger.
 *
 * @param correlation - of two entries by their places.
 */
export function bucketMargin(
  sensitivities: readonly WeightedSensitivity[],
  correlation: (k: number, l: number) => number,
): number {
  let sum = 0;
  sensitivities.forEach((a, k) => {
    sum += a.weighted * a.weighted;
    sensitivities.slice(0, k).forEach((b, l) => {
      const f = Math.min(a.concentration, b.concentration) / Math.max(a.concentration, b.concentration);
      sum += 2 * correlation(k, l) * f * a.weighted * b.weighted;
    });
  });
  return Math.sqrt(Math.max(0, sum));
}

/** A bucket's margin and the sum of its weighted sensitivities. */
export interface Bucket {
  readonly margin: number;
  readonly sum: number;
}

/** Across buckets: √(Σ K² + Σ_{b≠c} γ_bc · S_b · S_c), S the bucket's sum held within ±K. */
export function acrossBuckets(
  buckets: readonly Bucket[],
  correlation: (b: number, c: number) => number,
): number {
  const held = buckets.map(({ margin, sum }) => Math.max(-margin, Math.min(margin, sum)));
  let total = 0;
  buckets.forEach(({ margin }, b) => {
    total += margin * margin;
    for (let c = 0; c < b; c += 1) total += 2 * correlation(b, c) * (held[b] ?? 0) * (held[c] ?? 0);
  });
  return Math.sqrt(Math.max(0, total));
}

/** Foreign-exchange delta rule: which currencies are highly volatile, and the weights and correlations by that class. */
export interface FxDeltaRule {
  readonly calculationCurrency: string;
  readonly highVolatility: ReadonlySet<string>;
  readonly riskWeight: { readonly regular: number; readonly high: number };
  readonly correlation: { readonly regReg: number; readonly regHigh: number; readonly highHigh: number };
  readonly concentrationThreshold: ReadonlyMap<string, number>;
}

/** Delta margin over net sensitivities by currency. The calculation currency's own is no risk and is dropped. */
export function fxDeltaMargin(net: ReadonlyMap<string, number>, rule: FxDeltaRule): number {
  const currencies = [...net.keys()].filter((currency) => currency !== rule.calculationCurrency);
  const high = currencies.map((currency) => rule.highVolatility.has(currency));
  const weighted = currencies.map((currency, i) =>
    weighSensitivity(
      net.get(currency) ?? 0,
      high[i] ? rule.riskWeight.high : rule.riskWeight.regular,
      rule.concentrationThreshold.get(currency),
    ),
  );
  const { regReg, regHigh, highHigh } = rule.correlation;
  return bucketMargin(weighted, (k, l) =>
    high[k] && high[l] ? highHigh : high[k] || high[l] ? regHigh : regReg,
  );
}
