export {
  initialMargin as dydxInitialMargin,
  type LiquidityTier,
  maintenanceMargin as dydxMaintenanceMargin,
  maintenanceMarginPpm,
} from "./liquidity-tier.ts";
export { type DydxModelOptions, dydxV4Model } from "./margin-model.ts";
export { type DydxSheet, dydxSheetId, dydxSheetSchema, dydxV4Sheet, readDydxSheet } from "./sheet.ts";
