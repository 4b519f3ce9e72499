import {
  type Static,
  type TArray,
  type TLiteral,
  type TObject,
  type TProperties,
  type TSchema,
  type TString,
  Type,
} from "typebox";
import { collectProblems, type Problems } from "../../../market/problems.ts";
import { followsSchema } from "../../../market/schema-check.ts";
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
const headFields = <Id extends string>(
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

/** What a sheet with these fields of its own reads as. */
type SheetOf<Id extends string, Fields extends TProperties> = SheetHead & { readonly schema: Id } & Static<
    TObject<Fields>
  >;

/** A format of parameter sheet. */
export interface SheetFormat<Sheet> {
  /** Its JSON Schema, to publish. */
  readonly schema: TSchema;
  /** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
  readonly read: (json: unknown) => Sheet;
}

/**
 * Defines a venue's format of sheet: the head that all have, and fields of its own.
 *
 * @param id - name and version, such as `plimsoll/aave-v3-sheet@1`.
 * @param check - adds what the schema cannot say: figures that contradict each other.
 */
export function defineSheet<Id extends string, Fields extends TProperties>({
  id,
  fields,
  check = () => undefined,
}: {
  readonly id: Id;
  readonly fields: Fields;
  readonly check?: (sheet: SheetOf<Id, Fields>, problems: Problems) => void;
}): SheetFormat<SheetOf<Id, Fields>> {
  const schema: TSchema = Type.Object({ ...headFields(id), ...fields }, closed);
  const follows = (json: unknown, problems: Problems): json is SheetOf<Id, Fields> =>
    followsSchema(schema, json, problems);
  return {
    schema,
    read(json) {
      const problems = collectProblems();
      if (checkVersion(json, id, problems) && follows(json, problems)) {
        check(json, problems);
        if (problems.errors.length === 0) return json;
      }
      throw (
        problems.errors[0] ??
        new PlimsollError("PLM_FIELD", {
          field: "sheet",
          value: json,
          limit: `a document of ${id}`,
          remedy: "See docs/venues for the format.",
        })
      );
    },
  };
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
export function checkOwners<Entry>(
  problems: Problems,
  list: string,
  entries: readonly Entry[],
  symbolsOf: (entry: Entry) => readonly string[],
): void {
  const seen = new Set<string>();
  for (const [at, entry] of entries.entries()) {
    for (const name of symbolsOf(entry)) {
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

/** The entry that names an underlying, else the one that names none and so stands for all others. */
export const entryOf = <Entry extends { readonly underlyings: readonly string[] }>(
  entries: readonly Entry[],
  underlying: string,
): Entry | undefined =>
  entries.find(({ underlyings }) => underlyings.includes(underlying)) ??
  entries.find(({ underlyings }) => underlyings.length === 0);
