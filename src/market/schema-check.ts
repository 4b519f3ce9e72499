import { didYouMean } from "./closest.ts";
import { type Problems } from "./problems.ts";

/** The part of JSON Schema that our published schemas use, and all that {@link checkSchema} understands. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly (string | number)[];
  readonly const?: string | number | boolean;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[] | undefined;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** How many entries an array may have, in words. */
function arrayWords({ minItems = 0, maxItems }: SchemaNode): string {
  if (minItems > 0 && maxItems !== undefined) return `an array of ${minItems} to ${maxItems} entries`;
  if (minItems > 0) return `an array of at least ${minItems} entries`;
  return maxItems === undefined ? "an array" : `an array of at most ${maxItems} entries`;
}

/** What a schema accepts, in words: `a number from 0 to 1`, `one of call, put`. */
export function describeSchema(node: SchemaNode): string {
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum) return `one of ${node.enum.join(", ")}`;
  if (node.anyOf) return node.anyOf.map(describeSchema).join(" or ");
  switch (node.type) {
    case "number":
    case "integer": {
      const noun = node.type === "integer" ? "a whole number" : "a finite number";
      if (node.minimum !== undefined && node.maximum !== undefined) {
        return `${noun} from ${node.minimum} to ${node.maximum}`;
      }
      if (node.minimum !== undefined) return `${noun} ≥ ${node.minimum}`;
      return node.maximum !== undefined ? `${noun} ≤ ${node.maximum}` : noun;
    }
    case "string": {
      if (node.pattern !== undefined) return node.description ?? `a string matching ${node.pattern}`;
      return node.maxLength !== undefined
        ? `a string of ${node.minLength ?? 0} to ${node.maxLength} characters`
        : "a string";
    }
    case "array":
      return arrayWords(node);
    case "object":
      return "an object";
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    case undefined:
    default:
      return "a value";
  }
}

/** Whether a scalar satisfies its schema. Objects and arrays are looked at by {@link checkSchema} itself. */
function scalarMatches(node: SchemaNode, value: unknown): boolean {
  if (node.const !== undefined) return value === node.const;
  if (node.enum) return node.enum.some((allowed) => allowed === value);
  switch (node.type) {
    case "number":
    case "integer":
      return (
        typeof value === "number" &&
        Number.isFinite(value) &&
        (node.type === "number" || Number.isSafeInteger(value)) &&
        value >= (node.minimum ?? -Infinity) &&
        value <= (node.maximum ?? Infinity)
      );
    case "string":
      return (
        typeof value === "string" &&
        value.length >= (node.minLength ?? 0) &&
        value.length <= (node.maxLength ?? Infinity) &&
        (node.pattern === undefined || new RegExp(node.pattern, "u").test(value))
      );
    case "boolean":
      return typeof value === "boolean";
    case "null":
      return value === null;
    case undefined:
    default:
      return false;
  }
}

/** The branch of a tagged union that the value's constant field selects. */
function taggedBranch(
  branches: readonly SchemaNode[],
  value: Record<string, unknown>,
): { tag: string; allowed: readonly string[]; branch: SchemaNode | undefined } | undefined {
  const first = branches[0]?.properties;
  const tag = first && Object.keys(first).find((key) => first[key]?.const !== undefined);
  if (tag === undefined) return undefined;
  const constantOf = (branch: SchemaNode): string => String(branch.properties?.[tag]?.const);
  const given = Object.hasOwn(value, tag) ? value[tag] : undefined;
  return {
    tag,
    allowed: branches.map(constantOf),
    branch: branches.find((branch) => branch.properties?.[tag]?.const === given),
  };
}

const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

function checkObject(
  node: SchemaNode,
  value: Record<string, unknown>,
  path: string,
  problems: Problems,
): void {
  const properties = node.properties ?? {};
  const names = Object.keys(properties);
  for (const key of node.required ?? []) {
    if (Object.hasOwn(value, key)) continue;
    problems.add("PLM_FIELD", {
      field: join(path, key),
      value: undefined,
      limit: describeSchema(properties[key] ?? {}),
      remedy: "Add the field.",
    });
  }
  for (const key of Object.keys(value)) {
    const child = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (child) checkSchema(child, value[key], join(path, key), problems);
    else {
      const absent = names.filter((name) => !Object.hasOwn(value, name));
      problems.add("PLM_FIELD", {
        field: join(path, key),
        value: value[key],
        limit: `one of the fields ${names.join(", ")}`,
        remedy: didYouMean(key, absent, "Remove the field: the format does not know it."),
      });
    }
  }
}

/**
 * Walks a value along a schema and collects every disagreement as `PLM_FIELD`, with the exact path. Unknown fields are
 * disagreements. Never throws, never evaluates code.
 */
export function checkSchema(node: SchemaNode, value: unknown, path: string, problems: Problems): void {
  if (node.anyOf) {
    const tagged = isObject(value) ? taggedBranch(node.anyOf, value) : undefined;
    if (tagged?.branch) return checkSchema(tagged.branch, value, path, problems);
    if (tagged && isObject(value)) {
      const given = Object.hasOwn(value, tagged.tag) ? value[tagged.tag] : undefined;
      return problems.add("PLM_FIELD", {
        field: join(path, tagged.tag),
        value: given,
        limit: `one of ${tagged.allowed.join(", ")}`,
        remedy: didYouMean(String(given), tagged.allowed, `Set ${tagged.tag}.`),
      });
    }
    if (node.anyOf.some((branch) => scalarMatches(branch, value))) return;
  } else if (node.type === "object") {
    if (isObject(value)) return checkObject(node, value, path, problems);
  } else if (node.type === "array") {
    const items = node.items;
    if (Array.isArray(value) && items) {
      if (value.length > (node.maxItems ?? Infinity)) {
        return problems.add("PLM_LIMIT", {
          field: path,
          value,
          limit: describeSchema(node),
          remedy: "Split the document.",
        });
      }
      if (value.length >= (node.minItems ?? 0)) {
        for (let index = 0; index < value.length; index += 1) {
          // Long arrays of numbers: no path is built for what is right.
          if ((items.anyOf ?? [items]).some((branch) => scalarMatches(branch, value[index]))) continue;
          checkSchema(items, value[index], `${path}[${index}]`, problems);
        }
        return;
      }
    }
  } else if (scalarMatches(node, value)) return;
  problems.add("PLM_FIELD", {
    field: path === "" ? "document" : path,
    value,
    limit: describeSchema(node),
    remedy:
      typeof value === "string" && node.enum
        ? didYouMean(value, node.enum.map(String), "Correct the value.")
        : "Correct the value.",
  });
}

/** Whether a document follows its schema; its errors are collected when it does not. */
export function followsSchema(node: SchemaNode, json: unknown, problems: Problems): boolean {
  const before = problems.errors.length;
  checkSchema(node, json, "", problems);
  return problems.errors.length === before;
}
