import { PlimsollError } from "../../quantity/error.ts";
import {
  type PmExpiry,
  type PmInputs,
  type PmOption,
  type PmPerp,
} from "../../risk/venues/derive/pm-inputs.ts";
import { readRaw, type SheetReader, sheetReader } from "../../risk/venues/derive/parameter-sheet.ts";
import { type Fixed18, abs, mul, one } from "../../risk/venues/shared/fixed18.ts";
import { type CaseOutcome, type Fields, fieldsAt, integerAt, isFields, listAt } from "./case-fields.ts";
import { compareFields, type Tolerance } from "./compare.ts";
import { type CaseResult } from "./family.ts";

/** The vectors of a `{ vectors: [{ id, inputs, outputs }] }` file. */
export const vectorsOf = (document: unknown): readonly Fields[] =>
  isFields(document) && Array.isArray(document["vectors"]) ? document["vectors"].filter(isFields) : [];

/** Whether a vector's inputs and outputs have the given keys. Recognises a family by the shape of its vectors. */
export function hasShape(document: unknown, inputs: readonly string[], outputs: readonly string[]): boolean {
  const has = (value: unknown, keys: readonly string[]): boolean =>
    isFields(value) && keys.every((key) => key in value);
  return vectorsOf(document).some(
    (vector) => has(vector["inputs"], inputs) && has(vector["outputs"], outputs),
  );
}

/** Runs every vector; an exception becomes its case's failure. `expected` is the vector's `outputs`. */
export function runVectorCases(
  document: unknown,
  evaluate: (vector: Fields, expected: unknown) => CaseOutcome,
): readonly CaseResult[] {
  const vectors: readonly unknown[] =
    isFields(document) && Array.isArray(document["vectors"]) ? document["vectors"] : [];
  return vectors.map((vector, index) => {
    const named = isFields(vector) ? vector["id"] : undefined;
    const id = typeof named === "string" ? named : `#${index}`;
    try {
      if (!isFields(vector)) throw notAnObject(`vectors[${index}]`, vector);
      const single = "output" in vector;
      const expected = single ? { output: vector["output"] } : fieldsAt(vector, "outputs");
      const { got, toleranceOf } = evaluate(vector, expected);
      return { id, failures: compareFields(expected, got, toleranceOf), setAside: [] };
    } catch (error) {
      const got = error instanceof Error ? error.message : String(error);
      return { id, failures: [{ field: "inputs", expected: "a result", got }], setAside: [] };
    }
  });
}

function notAnObject(field: string, value: unknown): PlimsollError {
  return new PlimsollError("PLM_FIELD", {
    field,
    value,
    limit: "an object",
    remedy: "Correct the case.",
  });
}

/** The 18-decimal number at `key`. @throws {PlimsollError} `PLM_FIELD` */
export const fixedAt = (fields: Fields, key: string): Fixed18 => integerAt(fields, key);

/** The parameter set that a vector names, out of a table of its file. @throws {PlimsollError} `PLM_UNKNOWN` */
export function namedSheet(document: unknown, table: string, name: unknown): SheetReader {
  const sheets = isFields(document) ? document[table] : undefined;
  if (typeof name !== "string" || !isFields(sheets) || !Object.hasOwn(sheets, name)) {
    throw new PlimsollError("PLM_UNKNOWN", {
      field: table,
      value: name,
      limit: `a name in the file's ${table}`,
      remedy: "Add the parameter set to the file.",
    });
  }
  return sheetReader(sheets[name], `${table}.${name}`, readRaw);
}

export function perpOf(fields: Fields): PmPerp | null {
  if (fields["perp"] === null || fields["perp"] === undefined) return null;
  const perp = fieldsAt(fields, "perp");
  return {
    position: fixedAt(perp, "position"),
    price: fixedAt(perp, "price"),
    confidence: fixedAt(perp, "confidence"),
    unsettledCash: fixedAt(perp, "unsettledCash"),
  };
}

export function optionTypeAt(fields: Fields): "call" | "put" {
  const type = fields["type"];
  if (type !== "call" && type !== "put") {
    throw new PlimsollError("PLM_FIELD", {
      field: "type",
      value: type,
      limit: "call or put",
      remedy: "Correct the case.",
    });
  }
  return type;
}

/** What PM1 and PM2 vectors share. */
export function pmInputsOf(fields: Fields): PmInputs {
  return {
    spotPrice: fixedAt(fields, "spotPrice"),
    spotConfidence: fixedAt(fields, "spotConfidence"),
    stablePrice: fixedAt(fields, "stablePrice"),
    cash: fixedAt(fields, "cash"),
    perp: perpOf(fields),
    expiries: listAt(fields, "expiries").map((expiry): PmExpiry => ({
      secToExpiry: Number(integerAt(expiry, "secToExpiry")),
      forwardFixed: fixedAt(expiry, "forwardFixed"),
      forwardVariable: fixedAt(expiry, "forwardVariable"),
      forwardConfidence: fixedAt(expiry, "forwardConfidence"),
      rate: fixedAt(expiry, "rate"),
      rateConfidence: fixedAt(expiry, "rateConfidence"),
    })),
    options: listAt(fields, "options").map((option): PmOption => ({
      secToExpiry: Number(integerAt(option, "secToExpiry")),
      strike: fixedAt(option, "strike"),
      type: optionTypeAt(option),
      amount: fixedAt(option, "amount"),
      vol: fixedAt(option, "vol"),
      volConfidence: fixedAt(option, "volConfidence"),
    })),
  };
}

/** Notional of perpetual and options, in the unit of cash. */
export const grossNotional = ({ spotPrice, perp, options }: PmInputs): Fixed18 =>
  mul(abs(perp?.position ?? 0n) + options.reduce((total, { amount }) => total + abs(amount), 0n), spotPrice);

/** The published tolerance of margins and profits: 1e-9 of gross notional plus one. */
export const moneyTolerance = (gross: Fixed18): Tolerance => ({ absolute: (gross + one) / 10n ** 9n });

/** For factors such as discounts, of the order of 1. */
export const factorTolerance: Tolerance = { relative: "1e-14", absolute: "1000" };

/**
 * The index that a vector names as worst, when the profit there equals the worst within the tolerance: two scenarios
 * that tie to the last digits are both right. Else our own.
 */
export function worstIndexOrTie(
  expected: unknown,
  ours: {
    worstScenario: number;
    worstPnl: Fixed18;
    scenarioPnl: readonly Fixed18[];
    basisContingency: Fixed18;
  },
  tolerance: Fixed18,
): number {
  const named = isFields(expected) ? expected["worstScenario"] : undefined;
  if (typeof named !== "number") return ours.worstScenario;
  const count = ours.scenarioPnl.length;
  const pnl = named === count ? ours.basisContingency : ours.scenarioPnl[named];
  return pnl !== undefined && abs(pnl - ours.worstPnl) <= tolerance ? named : ours.worstScenario;
}
