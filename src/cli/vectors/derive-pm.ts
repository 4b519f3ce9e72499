import { readPm1Params, readPm2Params } from "../../risk/venues/derive/parameter-sheet.ts";
import { pm1Margin } from "../../risk/venues/derive/pm1.ts";
import { pm2Margin } from "../../risk/venues/derive/pm2.ts";
import { type Pm2Collateral } from "../../risk/venues/derive/pm2-inputs.ts";
import { type Fixed18, mul, one } from "../../risk/venues/shared/fixed18.ts";
import { type CaseOutcome, fieldsAt, flagAt, listAt } from "./case-fields.ts";
import { exact, type Tolerance } from "./compare.ts";
import {
  factorTolerance,
  fixedAt,
  grossNotional,
  hasShape,
  moneyTolerance,
  namedSheet,
  pmInputsOf,
  runVectorCases,
  worstIndexOrTie,
} from "./derive-cases.ts";
import { type VectorFamily } from "./family.ts";

const exactFields = /(^worst(Scenario|Is)|[cC]onfidence$|grossOptions$|secToExpiry$)/;
const factorFields = /\.(volShock(Up|Down)|staticDiscount(Pos|Neg)?|discount)$/;

/** Of a portfolio-margin output, by its path. */
function toleranceOf(gross: Fixed18): (field: string) => Tolerance {
  const money = moneyTolerance(gross);
  return (field) => {
    if (exactFields.test(field) && !field.startsWith("contingencyParts")) return exact;
    return factorFields.test(field) ? factorTolerance : money;
  };
}

/** A result with the vector's own worst scenario where the two tie. */
function outcome(
  expected: unknown,
  result: Parameters<typeof worstIndexOrTie>[1],
  gross: Fixed18,
): CaseOutcome {
  const worstScenario = worstIndexOrTie(expected, result, (gross + one) / 10n ** 9n);
  const worstIsBasisContingency = worstScenario === result.scenarioPnl.length;
  return { got: { ...result, worstScenario, worstIsBasisContingency }, toleranceOf: toleranceOf(gross) };
}

export const derivePm2Vectors: VectorFamily = {
  family: "derive-pm2",
  matches: (document) => hasShape(document, ["collaterals", "expiries"], ["scenarioPnl", "mmContingency"]),
  run: (document) =>
    runVectorCases(document, (vector, expected) => {
      const fields = fieldsAt(vector, "inputs");
      const params = readPm2Params(namedSheet(document, "params", vector["params"]));
      const collaterals = listAt(fields, "collaterals").map((collateral): Pm2Collateral => ({
        amount: fixedAt(collateral, "amount"),
        price: fixedAt(collateral, "price"),
        confidence: fixedAt(collateral, "confidence"),
        riskCancelling: flagAt(collateral, "riskCancelling"),
        mmHaircut: fixedAt(collateral, "mmHaircut"),
        imHaircut: fixedAt(collateral, "imHaircut"),
      }));
      const inputs = { ...pmInputsOf(fields), collaterals };
      const held = collaterals.reduce((total, { amount, price }) => total + mul(amount, price), 0n);
      return outcome(expected, pm2Margin(inputs, params), grossNotional(inputs) + held);
    }),
};

export const derivePm1Vectors: VectorFamily = {
  family: "derive-pm1",
  matches: (document) => hasShape(document, ["base", "expiries"], ["scenarioPnl", "staticContingency"]),
  run: (document) =>
    runVectorCases(document, (vector, expected) => {
      const fields = fieldsAt(vector, "inputs");
      const params = readPm1Params(namedSheet(document, "params", vector["params"]));
      const inputs = { ...pmInputsOf(fields), base: fixedAt(fields, "base") };
      const gross = grossNotional(inputs) + mul(inputs.base, inputs.spotPrice);
      return outcome(expected, pm1Margin(inputs, params), gross);
    }),
};
