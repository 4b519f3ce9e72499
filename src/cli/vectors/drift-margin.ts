import {
  type DriftAccount,
  type DriftMargin,
  driftHealth,
  driftLiquidatable,
  driftMargin,
} from "../../risk/venues/drift/margin-calculation.ts";
import { type Fields, flagAt, integerAt, isCaseFile, isFields, listAt, runCases } from "./case-fields.ts";
import { exact } from "./compare.ts";
import { type VectorFamily } from "./family.ts";

function accountOf(input: Fields): DriftAccount {
  return {
    spotMarkets: listAt(input, "spotMarkets").map((market) => ({
      decimals: Number(integerAt(market, "decimals")),
      price: integerAt(market, "price"),
      twap5Min: integerAt(market, "twap5Min", integerAt(market, "price")),
      initialAssetWeight: integerAt(market, "initialAssetWeight"),
      maintenanceAssetWeight: integerAt(market, "maintenanceAssetWeight"),
      initialLiabilityWeight: integerAt(market, "initialLiabilityWeight"),
      maintenanceLiabilityWeight: integerAt(market, "maintenanceLiabilityWeight"),
      imfFactor: integerAt(market, "imfFactor", 0n),
      cumulativeDepositInterest: integerAt(market, "cumulativeDepositInterest"),
      cumulativeBorrowInterest: integerAt(market, "cumulativeBorrowInterest"),
      scaleInitialAssetWeightStart: integerAt(market, "scaleInitialAssetWeightStart", 0n),
      depositBalance: integerAt(market, "depositBalance", 0n),
    })),
    perpMarkets: listAt(input, "perpMarkets").map((market) => ({
      price: integerAt(market, "price"),
      marginRatioInitial: integerAt(market, "marginRatioInitial"),
      marginRatioMaintenance: integerAt(market, "marginRatioMaintenance"),
      imfFactor: integerAt(market, "imfFactor", 0n),
      unrealizedPnlInitialAssetWeight: integerAt(market, "unrealizedPnlInitialAssetWeight"),
      unrealizedPnlMaintenanceAssetWeight: integerAt(market, "unrealizedPnlMaintenanceAssetWeight"),
      unrealizedPnlImfFactor: integerAt(market, "unrealizedPnlImfFactor", 0n),
      cumulativeFundingRateLong: integerAt(market, "cumulativeFundingRateLong", 0n),
      cumulativeFundingRateShort: integerAt(market, "cumulativeFundingRateShort", 0n),
    })),
    spot: listAt(input, "spot").map((position) => ({
      market: Number(integerAt(position, "market")),
      type: position["type"] === "borrow" ? "borrow" : "deposit",
      scaledBalance: integerAt(position, "scaledBalance"),
      openOrders: integerAt(position, "openOrders", 0n),
      openBids: integerAt(position, "openBids", 0n),
      openAsks: integerAt(position, "openAsks", 0n),
    })),
    perp: listAt(input, "perp").map((position) => ({
      market: Number(integerAt(position, "market")),
      base: integerAt(position, "base"),
      quote: integerAt(position, "quote", 0n),
      lastCumulativeFundingRate: integerAt(position, "lastCumulativeFundingRate", 0n),
      openOrders: integerAt(position, "openOrders", 0n),
      openBids: integerAt(position, "openBids", 0n),
      openAsks: integerAt(position, "openAsks", 0n),
      isolated: flagAt(position, "isolated"),
      isolatedScaledBalance: integerAt(position, "isolatedScaledBalance", 0n),
    })),
    maxMarginRatio: integerAt(input, "maxMarginRatio", 0n),
  };
}

function outputOf(
  { totalCollateral, marginRequirement, freeCollateral, isolated }: DriftMargin,
  expected: unknown,
): object {
  const pairs = [...isolated].map(([market, margin]) => [
    String(market),
    [margin.totalCollateral, margin.marginRequirement],
  ]);
  const wanted =
    isFields(expected) && isFields(expected["isolated"]) ? Object.keys(expected["isolated"]) : [];
  // A market too many would go unseen: only what is expected is compared.
  const extra = [...isolated.keys()].filter((market) => !wanted.includes(String(market)));
  return {
    totalCollateral,
    marginRequirement,
    freeCollateral,
    isolated: extra.length > 0 ? `also markets ${extra.join(", ")}` : Object.fromEntries(pairs),
  };
}

const borrowReason =
  "the package takes the liquidation buffer of a spot borrow on the weighted debt, the on-chain program on the plain one";

export const driftMarginVectors: VectorFamily = {
  family: "drift-margin",
  matches: (document) => isCaseFile(document, "@drift-labs/sdk", /getMarginCalculation/),
  run: (document) =>
    runCases(document, (input, expected) => {
      const account = accountOf(input);
      const maintenance = driftMargin(account, "maintenance");
      const buffered = isFields(expected["buffered"]) ? expected["buffered"] : {};
      const bufferRatio = integerAt(buffered, "bufferRatio", 0n);
      // Where the README does not flag it, the package's own buffer is what the vectors hold.
      const withBuffer = driftMargin(account, "maintenance", { bufferRatio, bufferOn: "weighted" });
      const borrows = account.spot.some(
        ({ type, scaledBalance }) => type === "borrow" && scaledBalance !== 0n,
      );
      return {
        got: {
          initial: outputOf(driftMargin(account, "initial"), expected["initial"]),
          initialStrict: outputOf(
            driftMargin(account, "initial", { strict: true }),
            expected["initialStrict"],
          ),
          maintenance: outputOf(maintenance, expected["maintenance"]),
          health: driftHealth(maintenance),
          liquidatable: driftLiquidatable(maintenance),
          buffered: {
            bufferRatio,
            totalCollateralBuffer: withBuffer.totalCollateralBuffer,
            marginRequirementPlusBuffer: withBuffer.marginRequirementPlusBuffer,
          },
        },
        toleranceOf: () => exact,
        setAside: borrows ? [{ field: "buffered.marginRequirementPlusBuffer", reason: borrowReason }] : [],
      };
    }),
};
