import {
  driftBaseToCover,
  driftLiabilityTransfer,
  driftMaxPctToLiquidate,
} from "../../clearing/peers/drift/liquidation.ts";
import { integerAt, isCaseFile, runCases } from "./case-fields.ts";
import { exact } from "./compare.ts";
import { type VectorFamily } from "./family.ts";

export const driftLiquidation: VectorFamily = {
  family: "drift-liquidation",
  matches: (document) => isCaseFile(document, "@drift-labs/sdk", /MaxPctToLiquidate|CoverMarginShortage/),
  run: (document) =>
    runCases(document, (input) => {
      const marginShortage = integerAt(input, "marginShortage");
      const oraclePrice = integerAt(input, "oraclePrice");
      const multiplier = (key: string): bigint => integerAt(input, key, 1_000_000n);
      return {
        got: {
          baseToCover: driftBaseToCover({
            marginShortage,
            marginRatio: integerAt(input, "marginRatio"),
            liquidatorFee: integerAt(input, "liquidatorFee", 0n),
            ifFee: integerAt(input, "ifFee", 0n),
            oraclePrice,
            quoteOraclePrice: integerAt(input, "quoteOraclePrice", 1_000_000n),
          }),
          maxPctToLiquidate: driftMaxPctToLiquidate({
            marginShortage,
            marginFreed: integerAt(input, "marginFreed", 0n),
            slotsElapsed: integerAt(input, "slot", 0n) - integerAt(input, "lastActiveSlot", 0n),
            initialPct: integerAt(input, "initialPct", 10_000n),
            durationSlots: integerAt(input, "durationSlots", 0n),
          }),
          liabilityTransfer: driftLiabilityTransfer({
            marginShortage,
            assetWeight: integerAt(input, "assetWeight", 0n),
            liabilityWeight: integerAt(input, "liabilityWeight", 10_000n),
            assetMultiplier: multiplier("assetMultiplier"),
            liabilityMultiplier: multiplier("liabilityMultiplier"),
            liabilityDecimals: integerAt(input, "liabilityDecimals", 6n),
            liabilityPrice: integerAt(input, "liabilityPrice", oraclePrice),
            liabilityIfFee: integerAt(input, "liabilityIfFee", 0n),
          }),
        },
        toleranceOf: () => exact,
      };
    }),
};
