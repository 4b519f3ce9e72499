import {
  liquidationIncentiveFactor,
  morphoHealth,
  repaidSharesForSeizedCeil,
  seizableCollateral,
  seizedForRepaidSharesFloor,
} from "../../risk/venues/morpho/blue-position.ts";
import { integerAt, isCaseFile, runCases } from "./case-fields.ts";
import { exact } from "./compare.ts";
import { type VectorFamily } from "./family.ts";

export const morphoBlue: VectorFamily = {
  family: "morpho-blue",
  matches: (document) => isCaseFile(document, "@morpho-org/blue-sdk", /MarketUtils/),
  run: (document) =>
    runCases(document, (input) => {
      const market = {
        lltv: integerAt(input, "lltv"),
        oraclePrice: integerAt(input, "oraclePrice"),
        totalBorrowAssets: integerAt(input, "totalBorrowAssets"),
        totalBorrowShares: integerAt(input, "totalBorrowShares"),
      };
      const position = {
        collateral: integerAt(input, "collateral"),
        borrowShares: integerAt(input, "borrowShares"),
      };
      return {
        got: {
          ...morphoHealth(position, market),
          liquidationIncentiveFactor: liquidationIncentiveFactor(market.lltv),
          repaidSharesForSeized: repaidSharesForSeizedCeil(integerAt(input, "seizedAssets", 0n), market),
          seizedForRepaidShares: seizedForRepaidSharesFloor(integerAt(input, "repaidShares", 0n), market),
          seizableCollateral: seizableCollateral(position, market),
        },
        toleranceOf: () => exact,
      };
    }),
};
