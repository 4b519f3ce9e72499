export { compoundGrowth, linearGrowth } from "./accrual.ts";
export { type AaveAccount, type AaveReserve, type AaveSummary, aaveSummary } from "./account-summary.ts";
export { type AaveModelOptions, aaveV3Model } from "./margin-model.ts";
export { aaveEthereumSheet, type AaveSheet, aaveSheetId, aaveSheetSchema, readAaveSheet } from "./sheet.ts";
