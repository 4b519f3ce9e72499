export {
  borrowAssetsCeil,
  collateralValueFloor,
  liquidationIncentiveFactor,
  maxBorrowAssetsFloor,
  type MorphoHealth,
  morphoHealth,
  type MorphoMarket,
  type MorphoPosition,
  repaidSharesForSeizedCeil,
  seizableCollateral,
  seizedForRepaidSharesFloor,
} from "./blue-position.ts";
export { morphoBlueModel, type MorphoModelOptions } from "./margin-model.ts";
export {
  morphoBlueSheet,
  type MorphoSheet,
  morphoSheetId,
  morphoSheetSchema,
  readMorphoSheet,
} from "./sheet.ts";
