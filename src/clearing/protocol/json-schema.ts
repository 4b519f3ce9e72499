import { commandFields } from "./command-fields.ts";
import { eventFields } from "./event-fields.ts";
import { type Field, type Fields } from "./field.ts";

/** A JSON Schema, as HTTP validation and the API documents take it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** Of one field, strict: no more than is described, integers as integers. */
function ofField(field: Field): JsonSchema {
  const { about } = field;
  const described = { description: about };
  const withDefault =
    "default" in field && field.default !== undefined ? { ...described, default: field.default } : described;
  if (field.kind === "integer") {
    return { type: "integer", minimum: field.min, maximum: field.max, ...withDefault };
  }
  if (field.kind === "number") {
    return { type: "number", minimum: field.min, maximum: field.max, ...withDefault };
  }
  if (field.kind === "text") {
    const pattern = field.pattern === undefined ? {} : { pattern: field.pattern };
    return { type: "string", maxLength: field.maxLength, ...pattern, ...withDefault };
  }
  if (field.kind === "choice") return { type: "string", enum: [...field.of], ...withDefault };
  if (field.kind === "boolean") return { type: "boolean", ...withDefault };
  if (field.kind === "list") {
    return {
      type: "array",
      items: ofField(field.of),
      minItems: field.minCount ?? 0,
      maxItems: field.maxCount,
      ...described,
    };
  }
  return { title: field.name, ...ofFields(field.fields), ...described };
}

function ofFields(fields: Fields, head: Readonly<Record<string, JsonSchema>> = {}): JsonSchema {
  const properties: Record<string, JsonSchema> = { ...head };
  const required = Object.keys(head);
  for (const [name, field] of Object.entries(fields)) {
    properties[name] = ofField(field);
    if (!("default" in field)) required.push(name);
  }
  return { type: "object", properties, required, additionalProperties: false };
}

/** The strict schema of an object with these fields; fields with a default may be left out. */
export const jsonSchema = (fields: Fields): JsonSchema => ofFields(fields);

/** The schema of one member of a union, with its `type`. */
const ofMember = (type: string, fields: Fields): JsonSchema => ({
  title: type,
  ...ofFields(fields, { type: { type: "string", const: type } }),
});

const ofUnion = (fields: Readonly<Record<string, Fields>>): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(Object.entries(fields).map(([type, of]) => [type, ofMember(type, of)]));

/** Schemas of all commands by type. */
export const commandSchemas: Readonly<Record<string, JsonSchema>> = ofUnion(commandFields);
/** Schemas of all events by type. */
export const eventSchemas: Readonly<Record<string, JsonSchema>> = ofUnion(eventFields);
