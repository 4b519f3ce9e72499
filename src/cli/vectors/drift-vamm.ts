import { driftPrice, driftRepegCost, driftSwap } from "../../clearing/peers/drift/vamm.ts";
import { integerAt, isCaseFile, runCases, wordAt } from "./case-fields.ts";
import { exact } from "./compare.ts";
import { type VectorFamily } from "./family.ts";

export const driftVamm: VectorFamily = {
  family: "drift-vamm",
  matches: (document) => isCaseFile(document, "@drift-labs/sdk", /calculate(SwapOutput|RepegCost)/),
  run: (document) =>
    runCases(document, (input) => {
      const amm = {
        baseReserve: integerAt(input, "baseReserve"),
        quoteReserve: integerAt(input, "quoteReserve"),
        sqrtK: integerAt(input, "sqrtK"),
        peg: integerAt(input, "peg"),
      };
      const direction = wordAt(input, "direction", ["add", "remove"]);
      return {
        got: {
          price: driftPrice(amm),
          ...driftSwap(amm, integerAt(input, "swapBase", 0n), direction),
          repegCost: driftRepegCost(
            amm,
            integerAt(input, "terminalQuoteReserve", amm.quoteReserve),
            integerAt(input, "newPeg", amm.peg),
          ),
        },
        toleranceOf: () => exact,
      };
    }),
};
