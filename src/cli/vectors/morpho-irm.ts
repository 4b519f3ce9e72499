import { morphoRates } from "../../clearing/peers/morpho/adaptive-irm.ts";
import { integerAt, isCaseFile, runCases } from "./case-fields.ts";
import { exact } from "./compare.ts";
import { type VectorFamily } from "./family.ts";

export const morphoIrm: VectorFamily = {
  family: "morpho-irm",
  matches: (document) => isCaseFile(document, "@morpho-org/blue-sdk", /AdaptiveCurveIrm/),
  run: (document) =>
    runCases(document, (input) => {
      const { averageBorrowRate, endBorrowRate, endRateAtTarget, compounded } = morphoRates(
        integerAt(input, "utilization", 0n),
        integerAt(input, "startRateAtTarget", 0n),
        integerAt(input, "elapsed", 0n),
      );
      return {
        got: { avgBorrowRate: averageBorrowRate, endBorrowRate, endRateAtTarget, compounded },
        toleranceOf: () => exact,
      };
    }),
};
