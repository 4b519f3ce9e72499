import { PlimsollError } from "../../quantity/error.ts";
import { black76, yearFraction } from "../../risk/venues/derive/black76.ts";
import { exp, ln, normalCdf, pow, sqrt } from "../../risk/venues/derive/fixed-math.ts";
import { sviVol } from "../../risk/venues/derive/svi.ts";
import { type Fixed18, max, one } from "../../risk/venues/shared/fixed18.ts";
import { fieldsAt, integerAt } from "./case-fields.ts";
import { exact, type Tolerance } from "./compare.ts";
import { fixedAt, hasShape, runVectorCases, vectorsOf } from "./derive-cases.ts";
import { type VectorFamily } from "./family.ts";

/** The published accuracy of a double-precision implementation, 5e-16 of the larger price, and ten units. */
const priceTolerance = (forward: Fixed18, strike: Fixed18): Tolerance => ({
  absolute: 10n + (5n * max(forward, strike)) / 10n ** 16n,
});

export const deriveBlack76Vectors: VectorFamily = {
  family: "derive-black76",
  matches: (document) => hasShape(document, ["secToExpiry", "discount"], ["call", "put", "callDelta"]),
  run: (document) =>
    runVectorCases(document, (vector) => {
      const fields = fieldsAt(vector, "inputs");
      const secToExpiry = Number(integerAt(fields, "secToExpiry"));
      const forward = fixedAt(fields, "forward");
      const strike = fixedAt(fields, "strike");
      const vol = fixedAt(fields, "vol");
      const discount = fixedAt(fields, "discount");
      const prices = priceTolerance(forward, strike);
      return {
        got: {
          ...black76({ secToExpiry, vol, forward, strike, discount }),
          yearFraction: yearFraction(secToExpiry),
        },
        toleranceOf: (field) => {
          if (field === "yearFraction") return exact;
          // A unit of ln(K/F) moves d1 by 1/σ√T units.
          return field === "callDelta" ? { absolute: one / 10n ** 12n } : prices;
        },
      };
    }),
};

export const deriveSviVectors: VectorFamily = {
  family: "derive-svi",
  matches: (document) => hasShape(document, ["rho", "m", "sigma", "yearFraction"], ["vol"]),
  run: (document) =>
    runVectorCases(document, (vector) => {
      const fields = fieldsAt(vector, "inputs");
      const vol = sviVol({
        strike: fixedAt(fields, "strike"),
        a: fixedAt(fields, "a"),
        b: fixedAt(fields, "b"),
        rho: fixedAt(fields, "rho"),
        m: fixedAt(fields, "m"),
        sigma: fixedAt(fields, "sigma"),
        forward: fixedAt(fields, "forward"),
        yearFraction: fixedAt(fields, "yearFraction"),
      });
      return { got: { vol }, toleranceOf: () => ({ relative: "1e-14", absolute: "10" }) };
    }),
};

const functions: Readonly<Record<string, (a: Fixed18, b: Fixed18) => Fixed18>> = {
  ln: (x) => ln(x),
  exp: (x) => exp(x),
  sqrt: (x) => sqrt(x),
  stdNormalCdf: (x) => normalCdf(x),
  pow,
};

export const deriveFixedMathVectors: VectorFamily = {
  family: "derive-fixedmath",
  matches: (document) =>
    vectorsOf(document).some(
      ({ fn, inputs, output }) =>
        typeof fn === "string" &&
        Object.hasOwn(functions, fn) &&
        Array.isArray(inputs) &&
        output !== undefined,
    ),
  run: (document) =>
    runVectorCases(document, (vector) => {
      const { fn, inputs } = vector;
      const compute = typeof fn === "string" && Object.hasOwn(functions, fn) ? functions[fn] : undefined;
      if (!compute || !Array.isArray(inputs)) {
        throw new PlimsollError("PLM_UNKNOWN", {
          field: "fn",
          value: fn,
          limit: `one of ${Object.keys(functions).join(", ")}, with an array of inputs`,
          remedy: "Correct the case.",
        });
      }
      const [a, b] = inputs;
      const output = compute(integerAt({ a }, "a"), integerAt({ b }, "b", 0n));
      return { got: { output }, toleranceOf: () => ({ relative: "1e-14", absolute: "10" }) };
    }),
};
