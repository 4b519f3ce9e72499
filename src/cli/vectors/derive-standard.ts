import { readDepegParams, readStandardMarketParams } from "../../risk/venues/derive/parameter-sheet.ts";
import {
  type StandardExpiry,
  type StandardInputs,
  standardMargin,
  type StandardOption,
} from "../../risk/venues/derive/standard.ts";
import { type Fixed18, abs, mul } from "../../risk/venues/shared/fixed18.ts";
import { type Fields, fieldsAt, integerAt, listAt } from "./case-fields.ts";
import { exact } from "./compare.ts";
import {
  factorTolerance,
  fixedAt,
  hasShape,
  moneyTolerance,
  namedSheet,
  optionTypeAt,
  perpOf,
  runVectorCases,
} from "./derive-cases.ts";
import { type VectorFamily } from "./family.ts";

function inputsOf(document: unknown, vector: Fields): StandardInputs {
  const fields = fieldsAt(vector, "inputs");
  return {
    stablePrice: fixedAt(fields, "stablePrice"),
    cash: fixedAt(fields, "cash"),
    depeg: readDepegParams(namedSheet(document, "depegParams", vector["depegParams"])),
    markets: listAt(fields, "markets").map((market) => ({
      params: readStandardMarketParams(namedSheet(document, "marketParams", market["params"])),
      spotPrice: fixedAt(market, "spotPrice"),
      spotConfidence: fixedAt(market, "spotConfidence"),
      perp: perpOf(market),
      base: fixedAt(market, "base"),
      expiries: listAt(market, "expiries").map((expiry): StandardExpiry => ({
        secToExpiry: Number(integerAt(expiry, "secToExpiry")),
        forward: fixedAt(expiry, "forward"),
        forwardConfidence: fixedAt(expiry, "forwardConfidence"),
        volMinConfidence: fixedAt(expiry, "volMinConfidence"),
      })),
      options: listAt(market, "options").map((option): StandardOption => ({
        secToExpiry: Number(integerAt(option, "secToExpiry")),
        strike: fixedAt(option, "strike"),
        type: optionTypeAt(option),
        amount: fixedAt(option, "amount"),
        vol: fixedAt(option, "vol"),
      })),
    })),
  };
}

const grossNotional = ({ markets }: StandardInputs): Fixed18 =>
  markets.reduce((total, { spotPrice, perp, base, options }) => {
    const optionSize = options.reduce((sum, { amount }) => sum + abs(amount), 0n);
    return total + mul(abs(perp?.position ?? 0n) + base + optionSize, spotPrice);
  }, 0n);

export const deriveStandardVectors: VectorFamily = {
  family: "derive-srm",
  matches: (document) => hasShape(document, ["markets", "stablePrice"], ["depegMultiplier", "markets"]),
  run: (document) =>
    runVectorCases(document, (vector) => {
      const inputs = inputsOf(document, vector);
      const money = moneyTolerance(grossNotional(inputs));
      return {
        got: standardMargin(inputs),
        toleranceOf: (field) => {
          if (/(depegPenaltyPosition|secToExpiry)$/.test(field)) return exact;
          return field === "depegMultiplier" ? factorTolerance : money;
        },
      };
    }),
};
