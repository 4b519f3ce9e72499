import { compoundGrowth, linearGrowth, ray, rayMul } from "../../risk/venues/aave/accrual.ts";
import { integerAt, isCaseFile, runCases } from "./case-fields.ts";
import { exact } from "./compare.ts";
import { type VectorFamily } from "./family.ts";

export const aaveInterest: VectorFamily = {
  family: "aave-interest",
  matches: (document) => isCaseFile(document, "@aave/math-utils", /calculate(Linear|Compounded)Interest/),
  run: (document) =>
    runCases(document, (input) => {
      const rate = integerAt(input, "rateRay", 0n);
      const elapsedSeconds = integerAt(input, "dt", 0n);
      const index = integerAt(input, "indexRay", ray);
      const scaled = integerAt(input, "scaledBalance", 0n);
      const linearRay = linearGrowth(rate, elapsedSeconds);
      const compoundRay = compoundGrowth(rate, elapsedSeconds);
      return {
        got: {
          linearRay,
          compoundRay,
          linearBalance: rayMul(scaled, rayMul(linearRay, index)),
          compoundBalance: rayMul(scaled, rayMul(compoundRay, index)),
        },
        toleranceOf: () => exact,
      };
    }),
};
