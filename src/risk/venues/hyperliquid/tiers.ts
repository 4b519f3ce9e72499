import { type HyperliquidSheet } from "./sheet.ts";

export type MarginTiers = HyperliquidSheet["marginTables"][number]["tiers"];

/** Largest leverage of a position of this notional, USD: that of the last tier it reaches. */
export function maxLeverageAt(tiers: MarginTiers, notionalUsd: number): number {
  let leverage = 1;
  for (const tier of tiers) if (notionalUsd >= tier.lowerBoundUsd) leverage = tier.maxLeverage;
  return leverage;
}

/** Notional ÷ leverage, USD. `leverage` is what the trader chose, at most what the notional allows. */
export const initialMarginUsd = (
  tiers: MarginTiers,
  notionalUsd: number,
  leverage: number = Infinity,
): number => notionalUsd / Math.max(1, Math.min(leverage, maxLeverageAt(tiers, notionalUsd)));

/**
 * Notional × rate − deduction, USD: in each tier half the initial rate at its leverage on the notional inside the tier, so
 * that the margin is continuous in size.
 */
export function maintenanceMarginUsd(tiers: MarginTiers, notionalUsd: number): number {
  let margin = 0;
  for (const [at, { lowerBoundUsd, maxLeverage }] of tiers.entries()) {
    if (notionalUsd <= lowerBoundUsd) break;
    const upper = Math.min(notionalUsd, tiers[at + 1]?.lowerBoundUsd ?? Infinity);
    margin += (upper - lowerBoundUsd) / (2 * maxLeverage);
  }
  return margin;
}
