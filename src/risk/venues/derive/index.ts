export { derivePm1Model } from "./pm1-model.ts";
export {
  derivePm1Sheet,
  type DerivePm1Sheet,
  derivePm1SheetSchema,
  readDerivePm1Sheet,
} from "./pm1-sheet.ts";
export { pm1Margin, type Pm1Result } from "./pm1.ts";
export { type Pm1Inputs, type Pm1Params } from "./pm1-inputs.ts";
export { derivePm2Model } from "./pm2-model.ts";
export {
  derivePm2Sheet,
  type DerivePm2Sheet,
  derivePm2SheetSchema,
  readDerivePm2Sheet,
} from "./pm2-sheet.ts";
export { pm2Margin, type Pm2Result } from "./pm2.ts";
export { type Pm2Collateral, type Pm2Inputs, type Pm2Params, type Pm2Scenario } from "./pm2-inputs.ts";
export { type PmExpiry, type PmInputs, type PmOption, type PmPerp } from "./pm-inputs.ts";
export { deriveStandardModel } from "./standard-model.ts";
export {
  deriveStandardSheet,
  type DeriveStandardSheet,
  deriveStandardSheetSchema,
  readDeriveStandardSheet,
} from "./standard-sheet.ts";
export {
  standardMargin,
  type StandardInputs,
  type StandardMarket,
  type StandardMarketParams,
  type StandardResult,
} from "./standard.ts";
