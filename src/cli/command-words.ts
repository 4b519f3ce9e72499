import { PlimsollError } from "../quantity/index.ts";

/** What the library advises its callers, in the options of the commands. */
const advice: readonly (readonly [RegExp, string])[] = [
  [/\bopen with acceptLossAfter (\d+)/, "serve with --accept-loss-after $1"],
  [/To begin a new journal there, open with create\./, "`plimsoll serve --data FOLDER` begins one."],
];

/** The same error, with the remedy and, where `fields` has another name for it, the field as people at a command line know them. */
export function inCommandWords(
  error: PlimsollError,
  fields: Readonly<Record<string, string>> = {},
): PlimsollError {
  const { code, value, limit } = error;
  const field = Object.hasOwn(fields, error.field) ? (fields[error.field] ?? error.field) : error.field;
  let { remedy } = error;
  for (const [theirs, ours] of advice) remedy = remedy.replace(theirs, ours);
  if (field === error.field && remedy === error.remedy) return error;
  return new PlimsollError(code, { field, value, limit, remedy });
}
