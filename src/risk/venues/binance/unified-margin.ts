/** Maintenance rate of a margin loan by the leverage of the account. */
export const loanMaintenanceRate: ReadonlyMap<number, number> = new Map([
  [3, 0.1],
  [5, 0.08],
  [10, 0.05],
]);

/** Equity of one asset: what is held less what is borrowed; its maintenance: the loan × rate. In units of the asset. */
export const marginLoan = (
  held: number,
  loan: number,
  maintenanceRate: number,
): { readonly equity: number; readonly maintenance: number } => ({
  equity: held - loan,
  maintenance: loan * maintenanceRate,
});

/** One asset's net balance, its index price and its collateral rate. */
export interface NetAsset {
  readonly net: number;
  readonly indexPrice: number;
  readonly collateralRate: number;
}

/** Σ min(net × index × rate, net × index): the collateral rate cuts what is held, never what is owed. */
export const adjustedEquity = (assets: readonly NetAsset[]): number =>
  assets.reduce(
    (sum, { net, indexPrice, collateralRate }) =>
      sum + Math.min(net * indexPrice * collateralRate, net * indexPrice),
    0,
  );

/** Futures bracket: notional × rate − cumulative amount. */
export const bracketMaintenance = (notional: number, rate: number, cumulative: number): number =>
  Math.abs(notional) * rate - cumulative;

/** uniMMR: adjusted equity over maintenance. Infinite without a requirement. */
export const unifiedMaintenanceRatio = (equity: number, maintenance: number): number =>
  maintenance === 0 ? Infinity : equity / maintenance;
