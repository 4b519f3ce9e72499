import { PlimsollError } from "../../quantity/error.ts";
import { compareFields, type Tolerance } from "./compare.ts";
import { type CaseResult } from "./family.ts";

/** An object of a parsed vector file, not yet looked at. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function wrong(field: string, value: unknown, limit: string): PlimsollError {
  const remedy = "Correct the case, or name the file after another family.";
  return new PlimsollError("PLM_FIELD", { field, value, limit, remedy });
}

/** The object at `key`. @throws {PlimsollError} `PLM_FIELD` */
export function fieldsAt(fields: Fields, key: string): Fields {
  const value = fields[key];
  if (!isFields(value)) throw wrong(key, value, "an object");
  return value;
}

/** The objects listed at `key`; none when the key is absent. @throws {PlimsollError} `PLM_FIELD` */
export function listAt(fields: Fields, key: string): readonly Fields[] {
  const value = fields[key] ?? [];
  if (!Array.isArray(value) || !value.every(isFields)) throw wrong(key, value, "a list of objects");
  return value;
}

/** The integer at `key`, written as a number or as a decimal string. @throws {PlimsollError} `PLM_FIELD` */
export function integerAt(fields: Fields, key: string, otherwise?: bigint): bigint {
  const value = fields[key];
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === "string" && /^-?\d{1,200}$/.test(value)) return BigInt(value);
  throw wrong(key, value, "an integer, or an integer in a string");
}

/** The boolean at `key`, false when absent. @throws {PlimsollError} `PLM_FIELD` */
export function flagAt(fields: Fields, key: string): boolean {
  const value = fields[key] ?? false;
  if (typeof value !== "boolean") throw wrong(key, value, "true or false");
  return value;
}

/** The word at `key`, one of those given. @throws {PlimsollError} `PLM_FIELD` */
export function wordAt<Word extends string>(fields: Fields, key: string, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === fields[key]);
  if (word === undefined) throw wrong(key, fields[key], `one of ${words.join(", ")}`);
  return word;
}

/** What one case gave, to be compared with its expected output. */
export interface CaseOutcome {
  readonly got: unknown;
  /** Of a field by its path. */
  readonly toleranceOf: (field: string) => Tolerance;
  /** Fields of the expected output, by top-level path such as `buffered.totalCollateralBuffer`, that are not compared. */
  readonly setAside?: readonly { readonly field: string; readonly reason: string }[];
}

/** Whether a document is `{ source, fn, cases[] }` of one package and function. */
export const isCaseFile = (document: unknown, source: string, fn: RegExp): boolean =>
  isFields(document) &&
  typeof document["source"] === "string" &&
  document["source"].startsWith(source) &&
  typeof document["fn"] === "string" &&
  fn.test(document["fn"]) &&
  Array.isArray(document["cases"]);

/** Runs the cases of a `{ cases: [{ id, in, out }] }` file; an exception becomes its case's failure. */
export function runCases(
  document: unknown,
  evaluate: (input: Fields, expected: Fields) => CaseOutcome,
): readonly CaseResult[] {
  const cases: readonly unknown[] =
    isFields(document) && Array.isArray(document["cases"]) ? document["cases"] : [];
  return cases.map((one, index) => {
    const named = isFields(one) ? one["id"] : undefined;
    const id = typeof named === "string" || typeof named === "number" ? String(named) : `#${index}`;
    try {
      if (!isFields(one)) throw wrong(`cases[${index}]`, one, "an object");
      const expected = fieldsAt(one, "out");
      const { got, toleranceOf, setAside = [] } = evaluate(fieldsAt(one, "in"), expected);
      const failures = compareFields(expected, got, toleranceOf).filter(
        ({ field }) => !setAside.some((aside) => aside.field === field),
      );
      return { id, failures, setAside };
    } catch (error) {
      const got = error instanceof Error ? error.message : String(error);
      return { id, failures: [{ field: "in", expected: "a result", got }], setAside: [] };
    }
  });
}
