import { type Decimal, parseDecimal } from "../../quantity/decimal.ts";
import { PlimsollError } from "../../quantity/error.ts";

/** One object of another system's JSON, with the path that errors name. Unknown fields are ignored: they are not ours. */
export interface JsonItem {
  readonly path: string;
  /** A string, or undefined when absent or null. @throws {PlimsollError} `PLM_FIELD` when it is something else. */
  optionalText(field: string): string | undefined;
  /** @throws {PlimsollError} `PLM_FIELD` when absent. */
  text(field: string): string;
  /** A finite number or its decimal text; undefined when absent, null or empty. */
  optionalNumber(field: string): number | undefined;
  /** Exact. A number or its decimal text; undefined when absent, null or empty. */
  optionalDecimal(field: string): Decimal | undefined;
  optionalBoolean(field: string): boolean | undefined;
  /** A nested object, or undefined when absent or null. */
  child(field: string): JsonItem | undefined;
  /** Whatever stands there. */
  raw(field: string): unknown;
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fieldError(path: string, value: unknown, limit: string, remedy: string): PlimsollError {
  return new PlimsollError("PLM_FIELD", { field: path, value, limit, remedy });
}

/** Wraps an object. @throws {PlimsollError} `PLM_FIELD` when it is none. */
export function jsonItem(value: unknown, path: string): JsonItem {
  if (!isObject(value)) throw fieldError(path, value, "an object", "Pass the response as it came.");
  const raw = (field: string): unknown =>
    Object.hasOwn(value, field) ? Reflect.get(value, field) : undefined;
  const at = (field: string): string => `${path}.${field}`;
  const optionalText = (field: string): string | undefined => {
    const found = raw(field);
    if (found === undefined || found === null) return undefined;
    if (typeof found === "string") return found;
    throw fieldError(at(field), found, "text", "Pass the response as it came.");
  };
  const optionalDecimal = (field: string): Decimal | undefined => {
    const found = raw(field);
    if (found === undefined || found === null || found === "") return undefined;
    if (typeof found !== "number" && typeof found !== "string") {
      throw fieldError(at(field), found, "a number", "Pass the response as it came.");
    }
    return parseDecimal(found, at(field));
  };
  return {
    path,
    raw,
    optionalText,
    optionalDecimal,
    text(field) {
      const found = optionalText(field);
      if (found !== undefined && found !== "") return found;
      throw fieldError(at(field), found, "text", "Check that the response is of the expected kind.");
    },
    optionalNumber(field) {
      const found = raw(field);
      if (found === undefined || found === null || found === "") return undefined;
      const number = typeof found === "string" ? Number(found) : found;
      if (typeof number === "number" && Number.isFinite(number)) return number;
      throw fieldError(at(field), found, "a finite number", "Pass the response as it came.");
    },
    optionalBoolean(field) {
      const found = raw(field);
      if (found === undefined || found === null) return undefined;
      if (typeof found === "boolean") return found;
      throw fieldError(at(field), found, "true or false", "Pass the response as it came.");
    },
    child(field) {
      const found = raw(field);
      return found === undefined || found === null ? undefined : jsonItem(found, at(field));
    },
  };
}

/** Most entries taken from one response. */
const maxItems = 200_000;

/**
 * The entries of a response: an array, a dictionary of entries, one entry, a JSON-RPC envelope `{ result }` around any of
 * these, or several of them in an array.
 *
 * @param isEntry - tells an entry from a dictionary of entries.
 */
export function jsonItems(value: unknown, path: string, isEntry: (item: JsonItem) => boolean): JsonItem[] {
  const items: JsonItem[] = [];
  const visit = (found: unknown, at: string, depth: number): void => {
    if (found === undefined || found === null) return;
    if (depth > 8) throw fieldError(at, found, "an entry", "Pass the response as it came.");
    if (Array.isArray(found)) {
      for (const [index, entry] of found.entries()) visit(entry, `${at}[${index}]`, depth + 1);
      return;
    }
    const item = jsonItem(found, at);
    if (isEntry(item)) {
      items.push(item);
      if (items.length > maxItems) {
        throw new PlimsollError("PLM_LIMIT", {
          field: path,
          value: items.length,
          limit: `at most ${maxItems} entries`,
          remedy: "Split the response.",
        });
      }
      return;
    }
    const result = item.raw("result");
    if (result !== undefined) return visit(result, `${at}.result`, depth + 1);
    const error = item.raw("error");
    if (error !== undefined) {
      const message = isObject(error) ? jsonItem(error, at).raw("message") : error;
      throw fieldError(
        `${at}.error`,
        message,
        "a response without error",
        "Repeat the request and check its answer.",
      );
    }
    // What stands beside the entries: a name, a version, an instant.
    for (const [key, entry] of Object.entries(found)) {
      if (typeof entry === "object") visit(entry, `${at}.${key}`, depth + 1);
    }
  };
  visit(value, path, 0);
  return items;
}
