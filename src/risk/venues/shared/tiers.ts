/**
 * One step of a tier table: the upper bound of the size it applies to and its rate or multiplier. Bounds ascend.
 */
export type Tier = readonly [upperBound: number, rate: number];

/** What each tier takes: the part of the size between the previous bound and its own, and the charge on that part. */
export interface TierPart {
  readonly part: number;
  readonly rate: number;
  readonly charge: number;
}

/**
 * Splits a size ≥ 0 over a marginal tier table. What lies beyond the last bound pays the last rate: a table that ends is
 * read as "and above", never as free.
 */
export function tierParts(tiers: readonly Tier[], size: number): readonly TierPart[] {
  const parts: TierPart[] = [];
  let from = 0;
  tiers.forEach(([upperBound, rate], index) => {
    const to = index === tiers.length - 1 ? Infinity : upperBound;
    const part = Math.min(size, to) - from;
    if (part > 0) {
      parts.push({ part, rate, charge: part * rate });
      from += part;
    }
  });
  return parts;
}

/** Sum of the marginal charges: each tier's rate applies only to the part of the size within it. */
export const marginalCharge = (tiers: readonly Tier[], size: number): number =>
  tierParts(tiers, size).reduce((sum, { charge }) => sum + charge, 0);
