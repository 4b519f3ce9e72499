import { widthOf } from "./binary-field.ts";
import { type Field, type Fields } from "./field.ts";
import { type FlatLayout, numberForms } from "./foreign-bytes.ts";
import { invariant } from "../../quantity/error.ts";

/** The most fields of a flat record. */
export const mostFlatFields = 16;

const formBytes: readonly number[] = [1, 2, 4, 4, 6, 8];

interface Range {
  readonly min: number;
  readonly max: number;
}

function rangeOf(field: Field, name: string): Range {
  if (field.kind === "integer") return field;
  if (field.kind === "choice") return { min: 0, max: field.of.length - 1 };
  invariant(field.kind === "boolean", `${name} is a number in a flat record`);
  return { min: 0, max: 1 };
}

/** The layout of a record whose fields are all integers, choices (the numbers of their words) and flags (0 or 1). */
export function flatLayout(fields: Fields): FlatLayout {
  const names = Object.keys(fields);
  invariant(names.length <= mostFlatFields, "a flat record has few fields");
  const ranges = names.map((name) => rangeOf(fields[name]!, name));
  const forms = names.map((name): number => {
    const field = fields[name]!;
    return field.kind === "integer" ? numberForms[widthOf(field)] : numberForms.u8;
  });
  return {
    byteLength: forms.reduce((sum, form) => sum + formBytes[form]!, 0),
    forms: Uint8Array.from(forms),
    min: Float64Array.from(ranges, ({ min }) => min),
    max: Float64Array.from(ranges, ({ max }) => max),
  };
}
