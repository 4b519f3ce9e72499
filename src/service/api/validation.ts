import { type FastifySchemaValidationError } from "fastify";
import { type PlimsollError } from "../../quantity/error.ts";
import { wrongField } from "./refusals.ts";

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

/** The first thing that a schema found wrong. Values of signatures and tokens are not repeated. */
export function validationError(
  errors: readonly FastifySchemaValidationError[],
  part: string = "request",
): PlimsollError {
  const error = errors[0];
  if (error === undefined) return wrongField(part, "unknown", "what /openapi.json describes");
  const { keyword, instancePath, params, message = "valid" } = error;
  const at = pathOf(instancePath);
  const { missingProperty, additionalProperty, tag, allowedValues, allowedValue } = params;
  if (keyword === "required") return wrongField(join(at, short(missingProperty)), undefined, "present");
  if (keyword === "additionalProperties") {
    return wrongField(join(at, short(additionalProperty)), "present", "no such field");
  }
  if (keyword === "discriminator") {
    return wrongField(join(at, short(tag)), params["tagValue"], "one of those that /openapi.json lists");
  }
  const value = at.endsWith("signature") || at.endsWith("token") ? "malformed" : dataOf(error);
  const limit = Array.isArray(allowedValues)
    ? `one of ${allowedValues.map(short).join(", ")}`
    : allowedValue === undefined
      ? message
      : short(allowedValue);
  return wrongField(at === "" ? part : at, value, limit.replace(/^must be /, "").replace(/^must /, "as to "));
}

/** What was found, which the validator adds when it is asked to be verbose. */
function dataOf(error: FastifySchemaValidationError): unknown {
  return "data" in error ? error.data : undefined;
}
