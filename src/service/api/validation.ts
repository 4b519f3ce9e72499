import { type FastifySchemaValidationError } from "fastify";
import { noSuchField } from "../../clearing/protocol/complete.ts";
import { didYouMean } from "../../market/closest.ts";
import { type PlimsollError } from "../../quantity/error.ts";
import { type ApiDocument, describedIn, wrongField } from "./refusals.ts";

/** Options of the validator: strict, nothing converted, nothing left out. */
export const validatorOptions = {
  coerceTypes: false,
  useDefaults: false,
  removeAdditional: false,
  discriminator: true,
  verbose: true,
  strict: true,
  strictTypes: false,
  allowUnionTypes: true,
} as const;

/** `/command/quotes/0/bidTicks` as `command.quotes[0].bidTicks`. */
function pathOf(pointer: string): string {
  let path = "";
  for (const part of pointer.split("/").slice(1)) {
    if (/^\d+$/.test(part)) path += `[${part}]`;
    else path += path === "" ? part : `.${part}`;
  }
  return path;
}

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);
const short = (value: unknown): string => String(value).slice(0, 64);
const number = (value: unknown): string => (typeof value === "number" ? String(value) : "");

/** What the schema at fault allows, in words. */
function limitOf({ keyword, params, message = "valid", parentSchema = {} }: Found): string {
  const { allowedValues, allowedValue } = params;
  if (Array.isArray(allowedValues)) return `one of ${allowedValues.map(short).join(", ")}`;
  if (allowedValue !== undefined) return short(allowedValue);
  const { type, minimum, maximum, minLength = 0, maxLength, pattern, minItems = 0, maxItems } = parentSchema;
  if (keyword === "type" && type === "boolean") return "true or false";
  if (type === "object") return "an object";
  if (type === "integer" || type === "number") {
    const what = type === "integer" ? "an integer" : "a number";
    return minimum === undefined || maximum === undefined
      ? what
      : `${what} from ${number(minimum)} to ${number(maximum)}`;
  }
  if (type === "string") {
    const most = maxLength === undefined ? "" : ` of ${number(minLength)} to ${number(maxLength)} characters`;
    return `a text${most}${typeof pattern === "string" ? ` that matches ${pattern}` : ""}`;
  }
  if (type === "array")
    return maxItems === undefined ? "a list" : `a list of ${number(minItems)} to ${number(maxItems)}`;
  return message.replace(/^must be /, "");
}

/** What the validator tells when it is asked to be verbose. */
type Found = FastifySchemaValidationError & {
  readonly data?: unknown;
  readonly parentSchema?: Readonly<Record<string, unknown>>;
};

/** The first thing that a schema found wrong. Values of signatures and tokens are not repeated. */
export function validationError(
  errors: readonly FastifySchemaValidationError[],
  part: string = "request",
  document: ApiDocument = "/openapi.json",
): PlimsollError {
  const error: Found | undefined = errors[0];
  const described = describedIn(document);
  if (error === undefined) return wrongField(part, "unknown", `what ${document} describes`, described);
  const { keyword, instancePath, params, data } = error;
  const at = pathOf(instancePath);
  const { missingProperty, additionalProperty, tag } = params;
  if (keyword === "required")
    return wrongField(join(at, short(missingProperty)), undefined, "given", described);
  if (keyword === "additionalProperties") {
    const name = short(additionalProperty);
    const given = isObject(data) ? data : {};
    const known = Object.keys(
      isObject(error.parentSchema?.["properties"]) ? error.parentSchema["properties"] : {},
    );
    const remedy = didYouMean(name, known, `Leave it out. ${described}`);
    return wrongField(join(at, name), shown(name, given[name]), noSuchField, remedy);
  }
  if (keyword === "discriminator") {
    return wrongField(
      join(at, short(tag)),
      params["tagValue"],
      `one of those that ${document} lists`,
      described,
    );
  }
  return wrongField(at === "" ? part : at, shown(at, data), limitOf(error), described);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Secrets are not repeated, whatever their fields are called. */
const shown = (field: string, value: unknown): unknown =>
  /signature|token|secret|key$/i.test(field) && value !== undefined ? "malformed" : value;
