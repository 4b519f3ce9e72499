export {
  type DriftAccount,
  driftHealth,
  driftLiquidatable,
  type DriftMargin,
  driftMargin,
  type DriftMarginOptions,
} from "./margin-calculation.ts";
export { type DriftModelOptions, driftV2Model } from "./margin-model.ts";
export { type DriftPerpMarket, type DriftPerpPosition } from "./perp.ts";
export { type DriftSheet, driftSheetId, driftSheetSchema, driftV2Sheet, readDriftSheet } from "./sheet.ts";
export { type DriftCategory, type DriftSpotMarket, type DriftSpotPosition } from "./spot.ts";
export { withSizeDiscount, withSizePremium } from "./weights.ts";
