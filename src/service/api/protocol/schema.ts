import { type JsonSchema } from "../../../clearing/protocol/json-schema.ts";

/** A schema for each property of `T`, so that types and schemas cannot drift apart. */
type SchemasOf<T> = { readonly [F in keyof T]-?: JsonSchema };

/** Names of the properties that may be missing. */
type OptionalOf<T> = { readonly [F in keyof T]-?: undefined extends T[F] ? F : never }[keyof T];

/** The strict schema of an object of type `T`; `optional` names exactly the properties that may be missing. */
export function object<T>(
  about: string,
  properties: SchemasOf<T>,
  optional: readonly OptionalOf<T>[] = [],
): JsonSchema {
  const missing = new Set<string>(optional.map(String));
  return {
    type: "object",
    description: about,
    properties,
    required: Object.keys(properties).filter((name) => !missing.has(name)),
    additionalProperties: false,
  };
}

export const listOf = (about: string, items: JsonSchema): JsonSchema => ({
  type: "array",
  description: about,
  items,
});

/** A pair or triple of integers, such as a level of a book. */
export const tuple = (about: string, ...items: readonly JsonSchema[]): JsonSchema => ({
  type: "array",
  description: about,
  prefixItems: items,
  minItems: items.length,
  maxItems: items.length,
});

export const text = (about: string): JsonSchema => ({ type: "string", description: about });
export const word = (about: string, ...of: readonly string[]): JsonSchema => ({
  type: "string",
  description: about,
  enum: of,
});
export const constant = (value: string): JsonSchema => ({ type: "string", const: value });
/** An exact number as text: a sign, digits, perhaps a point and digits. */
export const decimal = (about: string): JsonSchema => ({
  type: "string",
  description: `${about} Decimal.`,
  pattern: "^-?[0-9]+(\\.[0-9]+)?$",
});
export const hex = (about: string, bytes?: number): JsonSchema => ({
  type: "string",
  description: about,
  pattern: bytes === undefined ? "^0x([0-9a-f]{2})*$" : `^0x[0-9a-f]{${2 * bytes}}$`,
});
export const whole = (about: string, min: number = 0): JsonSchema => ({
  type: "integer",
  description: about,
  minimum: min,
  maximum: Number.MAX_SAFE_INTEGER,
});
export const signedWhole = (about: string): JsonSchema => whole(about, -Number.MAX_SAFE_INTEGER);
export const timeMs = (about: string): JsonSchema => whole(`${about} UTC, milliseconds.`);
export const realNumber = (about: string): JsonSchema => ({ type: "number", description: about });
export const flag = (about: string): JsonSchema => ({ type: "boolean", description: about });
