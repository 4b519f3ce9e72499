export { hyperliquidCrossModel, type HyperliquidModelOptions } from "./cross-model.ts";
export { hyperliquidPortfolioModel } from "./portfolio-model.ts";
export {
  hyperliquidMainnetSheet,
  type HyperliquidSheet,
  hyperliquidSheetId,
  hyperliquidSheetSchema,
  readHyperliquidSheet,
} from "./sheet.ts";
export { initialMarginUsd, maintenanceMarginUsd, type MarginTiers, maxLeverageAt } from "./tiers.ts";
