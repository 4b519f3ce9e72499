import { PlimsollError } from "../quantity/index.ts";

/** @throws {PlimsollError} `PLM_USAGE` unless the text is a number within the bounds. */
export function boundedOption(
  name: string,
  text: string,
  { min, max, whole = false }: { readonly min: number; readonly max: number; readonly whole?: boolean },
): number {
  const value = Number(text);
  const form = whole ? /^-?\d{1,12}$/ : /^-?\d{1,12}(\.\d{1,12})?$/;
  if (form.test(text) && value >= min && value <= max) return value;
  throw new PlimsollError("PLM_USAGE", {
    field: name,
    value: text,
    limit: `${whole ? "an integer" : "a number"} from ${min} to ${max}`,
    remedy: "Give it in plain digits; shares and rates are fractions: 0.05 is 5 %.",
  });
}

/** A list of words separated by commas, each one of those allowed. Undefined text: undefined. */
export function wordsOption(
  name: string,
  text: string | undefined,
  allowed: readonly string[],
): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined;
  const words = text.split(",").map((word) => word.trim());
  for (const word of words) {
    if (allowed.includes(word)) continue;
    throw new PlimsollError("PLM_USAGE", {
      field: name,
      value: word,
      limit: `one of ${allowed.slice(0, 12).join(", ")}${allowed.length > 12 ? ", …" : ""}`,
      remedy: "Separate several by commas.",
    });
  }
  return new Set(words);
}
