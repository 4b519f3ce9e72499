import { decimalToNumber, formatDecimal } from "../../quantity/decimal.ts";
import { type AaveAccount, aaveSummary } from "../../risk/venues/aave/account-summary.ts";
import { type Fields, fieldsAt, flagAt, integerAt, isCaseFile, listAt, runCases } from "./case-fields.ts";
import { exact, type Tolerance } from "./compare.ts";
import { type VectorFamily } from "./family.ts";

function accountOf(input: Fields): AaveAccount {
  const emode = integerAt(input, "emodeCategory", 0n) === 0n ? undefined : fieldsAt(input, "emode");
  return {
    nowSeconds: integerAt(input, "now"),
    ...(emode && {
      emode: { ltvBps: integerAt(emode, "ltvBps"), ltBps: integerAt(emode, "ltBps") },
    }),
    reserves: listAt(input, "reserves").map((reserve) => ({
      decimals: Number(integerAt(reserve, "decimals")),
      price: integerAt(reserve, "price"),
      ltvBps: integerAt(reserve, "ltvBps"),
      ltBps: integerAt(reserve, "ltBps"),
      liquidityIndex: integerAt(reserve, "liquidityIndex"),
      liquidityRate: integerAt(reserve, "liquidityRate"),
      variableBorrowIndex: integerAt(reserve, "variableBorrowIndex"),
      variableBorrowRate: integerAt(reserve, "variableBorrowRate"),
      lastUpdateSeconds: integerAt(reserve, "lastUpdate"),
      emodeCollateral: flagAt(reserve, "emodeCollateral"),
      scaledSupply: integerAt(reserve, "scaledATokenBalance", 0n),
      scaledDebt: integerAt(reserve, "scaledVariableDebt", 0n),
      useAsCollateral: flagAt(reserve, "useAsCollateral"),
    })),
  };
}

function toleranceOf(field: string): Tolerance {
  if (field.startsWith("balances")) return exact;
  // The package prints ratios to 20 decimals, so a tiny ratio has fewer than nine digits.
  return { relative: "1e-9", absolute: "1e-20" };
}

export const aaveHealth: VectorFamily = {
  family: "aave-health",
  matches: (document) => isCaseFile(document, "@aave/math-utils", /formatUserSummary/),
  run: (document) =>
    runCases(document, (input) => {
      const summary = aaveSummary(accountOf(input));
      return {
        got: {
          healthFactor: summary.healthFactor ?? -1,
          currentLtv: summary.currentLtv,
          currentLiquidationThreshold: summary.currentLiquidationThreshold,
          totalCollateralUsd: decimalToNumber(summary.totalCollateralUsd),
          totalBorrowsUsd: decimalToNumber(summary.totalBorrowsUsd),
          availableBorrowsUsd: decimalToNumber(summary.availableBorrowsUsd),
          netWorthUsd: decimalToNumber(summary.netWorthUsd),
          balances: summary.balances.map(({ supplied, borrowed }) => [
            formatDecimal(supplied),
            formatDecimal(borrowed),
          ]),
        },
        toleranceOf,
      };
    }),
};
