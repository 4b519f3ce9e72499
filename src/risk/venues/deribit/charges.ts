import { exp } from "../../../numerics/exp-log.ts";

/** An expiry's (or the perpetual's) net delta position for the roll shock. */
export interface RollLeg {
  /** Net delta, in any unit: the shock comes back in the same. */
  readonly position: number;
  /** Years to expiry; 0 for a perpetual, which pays the minimum. */
  readonly expiryYears?: number;
}

/**
 * Charge for the basis between expiries: Σ |delta| × max(exp(annualised move × T) − 1, minimum).
 *
 * @param annualisedMove - yearly log move of the basis, 0.075 for BTC.
 * @param minimumMove - least relative move, 0.01 for BTC.
 */
export const rollShock = (
  legs: readonly RollLeg[],
  minimumMove: number,
  annualisedMove: number = 0,
): number =>
  legs.reduce(
    (sum, { position, expiryYears = 0 }) =>
      sum + Math.abs(position) * Math.max(exp(annualisedMove * expiryYears) - 1, minimumMove),
    0,
  );

export interface DeltaShockRule {
  /** Total delta without charge, units of underlying: 20 million dollars' worth. */
  readonly threshold: number;
  /** Added rate per unit beyond the threshold: `m_inc`. */
  readonly incrementPerUnit: number;
  /** Highest rate: 0.10. */
  readonly maximumRate: number;
}

/**
 * Charge on a large total delta: min((|delta| − threshold) × increment, maximum) × |delta|, in units of underlying. The fields are
 * the venue's; how they combine is our reading of them.
 */
export function deltaShock(delta: number, rule: DeltaShockRule): number {
  const size = Math.abs(delta);
  return Math.min(Math.max(0, size - rule.threshold) * rule.incrementPerUnit, rule.maximumRate) * size;
}

/** The parts of an account's portfolio margin, in one unit. */
export interface RequirementParts {
  /** Loss in the worst scenario, ≥ 0. */
  readonly worstCase: number;
  readonly rollShock: number;
  readonly deltaShock: number;
  readonly correlationContingency: number;
  /** Maintenance as a share of the risk matrix margin: 0.8. */
  readonly maintenanceFactor: number;
  /** Market-maker-protection reserve. */
  readonly mmpMargin: number;
  readonly openOrdersMargin: number;
  readonly spotMargin: number;
}

/** Risk matrix margin = worst + shocks + contingency; initial adds order, MMP and spot margin; maintenance is a share of it. */
export function portfolioRequirement(parts: RequirementParts): {
  readonly riskMatrixMargin: number;
  readonly initialMargin: number;
  readonly maintenanceMargin: number;
} {
  const riskMatrixMargin =
    parts.worstCase + parts.rollShock + parts.deltaShock + parts.correlationContingency;
  return {
    riskMatrixMargin,
    initialMargin: riskMatrixMargin + parts.mmpMargin + parts.openOrdersMargin + parts.spotMargin,
    maintenanceMargin: parts.maintenanceFactor * riskMatrixMargin,
  };
}

/** Options of one strike and expiry, signed. */
export interface StrikePosition {
  readonly calls: number;
  readonly puts: number;
}

/** Calls and puts of one strike that are short on balance: max(0, −(calls + puts)). */
export const netShort = ({ calls, puts }: StrikePosition): number => Math.max(0, -(calls + puts));

/** The contingencies of the first generation: offsetting futures, options by contract, net shorts by strike. */
export const legacyContingency = {
  futures: (long: number, short: number, rate: number): number =>
    Math.min(Math.abs(long), Math.abs(short)) * rate,
  options: (contracts: number, rate: number): number => Math.abs(contracts) * rate,
  strikes: (strikes: readonly StrikePosition[], charge: number): number =>
    strikes.reduce((sum, strike) => sum + netShort(strike) * charge, 0),
} as const;

/** Dederi: factor × index × Σ |size| of futures, quote currency. */
export const dederiContingency = (factor: number, index: number, sizes: readonly number[]): number =>
  factor * index * sizes.reduce((sum, size) => sum + Math.abs(size), 0);
