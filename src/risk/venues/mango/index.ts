export {
  type MangoAccount,
  type MangoHealth,
  mangoHealth,
  type MangoHealthType,
  type MangoPerp,
  type MangoSpotMarket,
  type MangoToken,
  perpMaxSettle,
  perpResult,
} from "./health.ts";
export { type MangoModelOptions, mangoV4Model } from "./margin-model.ts";
export { type MangoSheet, mangoSheetId, mangoSheetSchema, mangoV4Sheet, readMangoSheet } from "./sheet.ts";
