import { driftPrice, driftRepegCost, driftSwap } from "../../clearing/peers/drift/vamm.ts";
import { integerAt, isCaseFile, runCases, wordAt } from "./case-fields.ts";
import { exact } from "./compare.ts";
import { type VectorFamily } from "./family.ts";

export const driftVamm: VectorFamily = {
  family: "drift-vamm",
  matches: (document) => isCaseFile(document, "@drift-labs/sdk", /calculate(SwapOutput|RepegCost|Price)/),
  run: (document) =>
    runCases(document, (input) => {
      const amm = {
        baseReserve: integerAt(input, "baseReserve"),
        quoteReserve: integerAt(input, "quoteReserve", 0n),
        sqrtK: integerAt(input, "sqrtK", 0n),
        peg: integerAt(input, "peg", 0n),
      };
      const direction = "direction" in input ? wordAt(input, "direction", ["add", "remove"]) : "add";
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
