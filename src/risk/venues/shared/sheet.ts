import { type TArray, type TLiteral, type TObject, type TString, Type } from "typebox";
import { collectProblems, type Problems } from "../../../market/problems.ts";
import { checkVersion } from "../../../market/schema-version.ts";
import { PlimsollError } from "../../../quantity/index.ts";

/** What every venue's parameter sheet says about itself. */
export interface SheetHead {
  /** Name and version of the sheet's format, such as `plimsoll/aave-v3-sheet@1`. */
  readonly schema: string;
  /** Which deployment or account type: `Aave v3, Ethereum Core`. */
  readonly name: string;
  /** When the figures held, `2025-02` or `2025-02-14`; the oldest when they are of several dates. */
  readonly asOf: string;
  /** Where every figure comes from. */
  readonly sources: readonly { readonly url: string; readonly note: string }[];
}

export const closed: { readonly additionalProperties: false } = { additionalProperties: false };

const text = (description: string, maxLength: number = 500): TString =>
  Type.String({ minLength: 1, maxLength, description });

/** The head's fields, for a sheet's schema. */
export const headFields = <Id extends string>(
  schema: Id,
): {
  schema: TLiteral<Id>;
  name: TString;
  asOf: TString;
  sources: TArray<TObject<{ url: TString; note: TString }>>;
} => ({
  schema: Type.Literal(schema),
  name: text("Deployment or account type.", 128),
  asOf: Type.String({
    pattern: "^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$",
    description: "a month or day such as 2025-02",
  }),
  sources: Type.Array(Type.Object({ url: text("Address."), note: text("What was taken from it.") }, closed), {
    minItems: 1,
    maxItems: 100,
  }),
});

/** Symbols of one thing at the venue: `["ETH", "WETH"]`. */
export const symbols = (): TArray<TString> =>
  Type.Array(text("Symbol.", 128), { minItems: 1, maxItems: 1_000 });

/** Whether JSON follows a sheet's schema; collects what does not. */
export type FollowsSheet<T> = (json: unknown, problems: Problems) => json is T;

/**
 * Reads a sheet that is already parsed JSON.
 *
 * @param check - adds what the schema cannot say: figures that contradict each other.
 * @throws {PlimsollError} the first thing wrong with it.
 */
export function readSheet<T>(
  json: unknown,
  schemaId: string,
  follows: FollowsSheet<T>,
  check: (sheet: T, problems: Problems) => void,
): T {
  const problems = collectProblems();
  if (checkVersion(json, schemaId, problems) && follows(json, problems)) {
    check(json, problems);
    if (problems.errors.length === 0) return json;
  }
  throw (
    problems.errors[0] ??
    new PlimsollError("PLM_FIELD", {
      field: "sheet",
      value: json,
      limit: `a document of ${schemaId}`,
      remedy: "See docs/venues for the format.",
    })
  );
}

/** Reports `field` unless `low ≤ high`. */
export function checkOrder(
  problems: Problems,
  field: string,
  low: number,
  high: number,
  limit: string,
): void {
  if (low <= high) return;
  problems.add("PLM_DOMAIN", { field, value: low, limit, remedy: "Correct the sheet." });
}

/** Reports symbols that two entries of a list claim. */
export function checkOwners(problems: Problems, list: string, owners: readonly (readonly string[])[]): void {
  const seen = new Set<string>();
  for (const [at, names] of owners.entries()) {
    for (const name of names) {
      if (seen.has(name)) {
        problems.add("PLM_DUPLICATE", {
          field: `${list}[${at}]`,
          value: name,
          limit: "a symbol that no other entry has",
          remedy: "Remove one of the two.",
        });
      }
      seen.add(name);
    }
  }
}
