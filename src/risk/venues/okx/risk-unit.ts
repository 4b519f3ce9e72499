import { deltaOnePnl } from "../shared/delta-one.ts";
import { marginalCharge, type Tier } from "../shared/tiers.ts";

/**
 * Charges of one OKX risk unit (all products on one coin), US dollars. MR1 spot and volatility grid, MR2 theta, MR3
 * volatility term structure, MR4 basis, MR5 rates, MR6 extreme moves, MR7 minimum, MR9 stablecoin hedges.
 */
export interface RiskUnitCharges {
  readonly mr1: number;
  readonly mr2: number;
  readonly mr3: number;
  readonly mr4: number;
  readonly mr5: number;
  readonly mr6: number;
  readonly mr7: number;
  readonly mr9: number;
}

/** Initial margin over maintenance margin of a risk unit. */
export const initialFactor = 1.3;

/** max(max(MR1, MR2, MR6) + MR3 + MR4 + MR5, MR7) + MR9; initial = 1.3 × maintenance. */
export function riskUnitRequirement(
  charges: RiskUnitCharges,
  factor: number = initialFactor,
): { readonly market: number; readonly maintenance: number; readonly initial: number } {
  const { mr1, mr2, mr3, mr4, mr5, mr6, mr7, mr9 } = charges;
  const market = Math.max(mr1, mr2, mr6) + mr3 + mr4 + mr5;
  const maintenance = Math.max(market, mr7) + mr9;
  return { market, maintenance, initial: factor * maintenance };
}

/** The lowest entry of a row of scenario profits: where it stands (first of equals) and what it is; −1 and 0 if empty. */
export function lowestOf(pnl: readonly number[]): { readonly index: number; readonly pnl: number } {
  let index = pnl.length === 0 ? -1 : 0;
  pnl.forEach((value, i) => {
    if (value < (pnl[index] ?? Infinity)) index = i;
  });
  return { index, pnl: pnl[index] ?? 0 };
}

/** Profit of a linear contract on a shocked spot: signed notional × shock. */
export const linearScenarioPnl = (notional: number, shocks: readonly number[]): readonly number[] =>
  shocks.map((shock) => deltaOnePnl("linear", notional, shock));

/** MR4: what a basis move costs, |delta| × rate. */
export const basisCharge = (deltaUsd: number, rate: number): number => Math.abs(deltaUsd) * rate;

/** MR6: half of the loss at twice the grid's range. */
export const extremeMoveCharge = (pnlAtExtreme: number): number => -pnlAtExtreme / 2;

/** MR7: the raw minimum charge, each part of it multiplied by its tier. */
export const minimumCharge = (raw: number, tiers: readonly Tier[]): number =>
  tiers.length === 0 ? raw : marginalCharge(tiers, raw);

/** MR9: marginal tiers on the size hedged across stablecoins. */
export const stablecoinHedgeCharge = (hedgedUsd: number, tiers: readonly Tier[]): number =>
  marginalCharge(tiers, Math.abs(hedgedUsd));

/** The account: units added, and the borrowing margin beside them. */
export function accountRequirement(
  units: readonly { readonly maintenance: number; readonly initial: number }[],
  borrow: { readonly maintenance: number; readonly initial: number },
): {
  readonly derivativesMaintenance: number;
  readonly derivativesInitial: number;
  readonly maintenance: number;
  readonly initial: number;
} {
  const derivativesMaintenance = units.reduce((sum, unit) => sum + unit.maintenance, 0);
  const derivativesInitial = units.reduce((sum, unit) => sum + unit.initial, 0);
  return {
    derivativesMaintenance,
    derivativesInitial,
    maintenance: derivativesMaintenance + borrow.maintenance,
    initial: derivativesInitial + borrow.initial,
  };
}
