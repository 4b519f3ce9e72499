/** A position in one instrument and the gains (+) and losses (−) of one long unit in each scenario. */
export interface ScannedPosition {
  readonly riskArray: readonly number[];
  readonly position: number;
}

export interface ScanResult {
  /** Gain of the whole portfolio in each scenario. */
  readonly portfolioArray: readonly number[];
  /** −(lowest entry). Negative when the portfolio gains everywhere. */
  readonly scanRisk: number;
  /** Counts from 1; first of equals; 0 when there are no scenarios. */
  readonly worstScenario: number;
}

/** Adds the instruments scenario by scenario and takes the worst. */
export function scanRisk(positions: readonly ScannedPosition[]): ScanResult {
  const length = positions.reduce((longest, { riskArray }) => Math.max(longest, riskArray.length), 0);
  const portfolioArray = Array.from({ length }, (_, i) =>
    positions.reduce((sum, { riskArray, position }) => sum + position * (riskArray[i] ?? 0), 0),
  );
  let worst = -1;
  portfolioArray.forEach((gain, i) => {
    if (worst < 0 || gain < (portfolioArray[worst] ?? 0)) worst = i;
  });
  const lowest = portfolioArray[worst] ?? 0;
  return { portfolioArray, scanRisk: lowest === 0 ? 0 : -lowest, worstScenario: worst + 1 };
}

/** Price scan range in points: a currency amount per contract over the value of a point. */
export const scanRangePoints = (rangeUsd: number, pointValue: number): number => rangeUsd / pointValue;

/** The terms of one combined commodity, US dollars, all ≥ 0 but the net option value. */
export interface CombinedCommodity {
  readonly scanRisk: number;
  /** Calendar spreads between months. */
  readonly intraCommodityCharge: number;
  readonly deliveryCharge: number;
  readonly interCommodityCredit: number;
  readonly shortOptionMinimum: number;
  /** Value of long options less short ones, at the mark. */
  readonly netOptionValue: number;
}

/** Risk = max(scan + spreads + delivery − credit, short option minimum); requirement = risk − net option value. */
export function combinedCommodityRequirement(terms: CombinedCommodity): {
  readonly risk: number;
  readonly requirement: number;
} {
  const risk = Math.max(
    terms.scanRisk + terms.intraCommodityCharge + terms.deliveryCharge - terms.interCommodityCredit,
    terms.shortOptionMinimum,
  );
  return { risk, requirement: risk - terms.netOptionValue };
}
