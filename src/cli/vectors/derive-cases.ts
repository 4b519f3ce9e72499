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
import { compareFields, exact, type Tolerance } from "./compare.ts";
import { type CaseResult, type FieldFailure } from "./family.ts";

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

/** The id and the compared result of each vector; an exception becomes its case's failure. */
function eachVector(
  document: unknown,
  failures: (vector: Fields) => readonly FieldFailure[],
): readonly CaseResult[] {
  const vectors: readonly unknown[] =
    isFields(document) && Array.isArray(document["vectors"]) ? document["vectors"] : [];
  return vectors.map((vector, index) => {
    const named = isFields(vector) ? vector["id"] : undefined;
    const id = typeof named === "string" ? named : `#${index}`;
    try {
      if (!isFields(vector)) throw notAnObject(`vectors[${index}]`, vector);
      return { id, failures: failures(vector), setAside: [] };
    } catch (error) {
      const got = error instanceof Error ? error.message : String(error);
      return { id, failures: [{ field: "inputs", expected: "a result", got }], setAside: [] };
    }
  });
}

/** Runs every vector. `expected` is the vector's `outputs`. */
export const runVectorCases = (
  document: unknown,
  evaluate: (vector: Fields, expected: unknown) => CaseOutcome,
): readonly CaseResult[] =>
  eachVector(document, (vector) => {
    const single = "output" in vector;
    const expected = single ? { output: vector["output"] } : fieldsAt(vector, "outputs");
    const { got, toleranceOf } = evaluate(vector, expected);
    return compareFields(expected, got, toleranceOf);
  });

/** What a step of a sequence gave. */
export interface StepOutcome {
  readonly after: Fields;
  /** Set when the step was refused: the error's name, or nothing when only that it was is known. */
  readonly reverted?: { readonly name: string | undefined };
  /** Further outputs that stand beside `after`. */
  readonly beside?: Fields;
}

/**
 * Runs vectors whose outputs stand inside their steps: `after`, `reverted`, and what `beside` names. Whether a step was refused is
 * compared for every step. All digits count, unless a vector's tolerance is given.
 */
export const runSequenceCases = (
  document: unknown,
  beside: readonly string[],
  evaluate: (vector: Fields) => readonly StepOutcome[],
  toleranceFor: (vector: Fields) => (field: string) => Tolerance = () => () => exact,
): readonly CaseResult[] =>
  eachVector(document, (vector) => {
    const outcomes = evaluate(vector);
    const toleranceOf = toleranceFor(vector);
    return listAt(vector, "steps").flatMap((step, i) => {
      const { after, reverted, ...rest } = outcomes[i] ?? { after: {} };
      const refused = step["reverted"] ?? false;
      const stated = beside.filter((key) => key in step).map((key) => [key, step[key]]);
      const expected = { after: step["after"], reverted: refused, ...Object.fromEntries(stated) };
      const name = reverted && (reverted.name ?? (refused === false ? "an error" : refused));
      const got = { after, reverted: name ?? false, ...rest.beside };
      return compareFields(expected, got, toleranceOf, `steps[${i}]`);
    });
  });

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

/** The entry that a vector names in a table of its file. @throws {PlimsollError} `PLM_UNKNOWN` */
export function namedFields(document: unknown, table: string, name: unknown): Fields {
  const entries = isFields(document) ? document[table] : undefined;
  if (typeof name !== "string" || !isFields(entries) || !Object.hasOwn(entries, name)) {
    throw new PlimsollError("PLM_UNKNOWN", {
      field: table,
      value: name,
      limit: `a name in the file's ${table}`,
      remedy: "Add the parameter set to the file.",
    });
  }
  return fieldsAt(entries, name);
}

/** The parameter set that a vector names, out of a table of its file. @throws {PlimsollError} `PLM_UNKNOWN` */
export const namedSheet = (document: unknown, table: string, name: unknown): SheetReader =>
  sheetReader(namedFields(document, table, name), `${table}.${String(name)}`, readRaw);

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
