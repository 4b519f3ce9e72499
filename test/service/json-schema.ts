import fc from "fast-check";

/** A schema as it stands in the API documents. */
export type Schema = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSchema = (value: unknown): value is Schema => isObject(value);
const schemasIn = (value: unknown): Schema[] => (Array.isArray(value) ? value.filter(isSchema) : []);

const typeChecks: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
};

/**
 * Checks values by the JSON Schemas of an API document, written apart from what the server checks with. Knows the keywords that the
 * documents use, and refuses others.
 */
export class SchemaChecker {
  readonly #document: Schema;

  constructor(document: Schema) {
    this.#document = document;
  }

  at(pointer: string): Schema {
    let found: unknown = this.#document;
    for (const part of pointer.replace(/^#\//, "").split("/")) {
      found = isObject(found) ? found[part.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
    }
    if (!isSchema(found)) throw new Error(`nothing at ${pointer}`);
    return found;
  }

  /** Where the value doesn't fit; empty if it does. */
  faults(schema: Schema, value: unknown, path = ""): string[] {
    const known = new Set<string>();
    const take = (keyword: string): unknown => {
      known.add(keyword);
      return schema[keyword];
    };
    for (const note of ["description", "title", "default", "$id", "discriminator"]) take(note);
    const faults: string[] = [];
    const fault = (what: string): void => void faults.push(`${path || "value"} ${what}`);

    const ref = take("$ref");
    if (typeof ref === "string") faults.push(...this.faults(this.at(ref), value, path));
    const type = take("type");
    const types = Array.isArray(type) ? type : type === undefined ? [] : [type];
    if (types.length > 0 && !types.some((name) => typeChecks[String(name)]?.(value)))
      fault(`is no ${types.join("/")}`);
    const anyOf = [...schemasIn(take("oneOf")), ...schemasIn(take("anyOf"))];
    if (anyOf.length > 0 && !anyOf.some((one) => this.faults(one, value, path).length === 0))
      fault("fits none");
    const words = take("enum");
    if (Array.isArray(words) && !words.includes(value)) fault("is not one of the words");
    if ("const" in schema && take("const") !== value) fault("is not the constant");
    const minimum = take("minimum");
    const maximum = take("maximum");
    if (typeof value === "number") {
      if (typeof minimum === "number" && value < minimum) fault("is too small");
      if (typeof maximum === "number" && value > maximum) fault("is too large");
    }
    const maxLength = take("maxLength");
    const minLength = take("minLength");
    const pattern = take("pattern");
    if (typeof value === "string") {
      if (typeof maxLength === "number" && value.length > maxLength) fault("is too long");
      if (typeof minLength === "number" && value.length < minLength) fault("is too short");
      if (typeof pattern === "string" && !new RegExp(pattern).test(value)) fault(`does not match ${pattern}`);
    }
    faults.push(...this.#ofArray(take, value, path), ...this.#ofObject(take, value, path));
    for (const keyword of Object.keys(schema))
      if (!known.has(keyword)) fault(`has the unknown keyword ${keyword}`);
    return faults;
  }

  #ofArray(take: (keyword: string) => unknown, value: unknown, path: string): string[] {
    const items = take("items");
    const prefix = schemasIn(take("prefixItems"));
    const minItems = take("minItems");
    const maxItems = take("maxItems");
    if (!Array.isArray(value)) return [];
    const faults: string[] = [];
    if (typeof minItems === "number" && value.length < minItems) faults.push(`${path} has too few items`);
    if (typeof maxItems === "number" && value.length > maxItems) faults.push(`${path} has too many items`);
    value.forEach((item, i) => {
      const schema = prefix[i] ?? items;
      if (isSchema(schema)) faults.push(...this.faults(schema, item, `${path}[${i}]`));
    });
    return faults;
  }

  #ofObject(take: (keyword: string) => unknown, value: unknown, path: string): string[] {
    const properties = take("properties");
    const required = take("required");
    const more = take("additionalProperties");
    if (!isObject(value)) return [];
    const faults: string[] = [];
    const known = isObject(properties) ? properties : {};
    for (const name of Array.isArray(required) ? required : []) {
      if (!Object.hasOwn(value, String(name))) faults.push(`${path}.${String(name)} is missing`);
    }
    for (const [name, of] of Object.entries(value)) {
      const schema = known[name];
      if (isSchema(schema)) faults.push(...this.faults(schema, of, `${path}.${name}`));
      else if (more === false) faults.push(`${path}.${name} is not described`);
    }
    return faults;
  }

  /** Values that fit the schema. */
  valid(schema: Schema): fc.Arbitrary<unknown> {
    const { $ref, type, properties, required, items, minimum, maximum, pattern, maxLength = 40 } = schema;
    if (typeof $ref === "string") return this.valid(this.at($ref));
    const union = schemasIn(schema["oneOf"]);
    if (union.length > 0) return fc.oneof(...union.map((one) => this.valid(one)));
    if ("const" in schema) return fc.constant(schema["const"]);
    if (Array.isArray(schema["enum"])) return fc.constantFrom(...(schema["enum"] as unknown[]));
    if (type === "integer") {
      const min = Number(minimum ?? 0);
      const max = Number(maximum ?? Number.MAX_SAFE_INTEGER);
      const whole = fc.bigInt({ min: BigInt(min), max: BigInt(max) }).map(Number);
      const small = fc.integer({ min: Math.max(min, -9), max: Math.min(max, Math.max(min, -9) + 30) });
      return fc.oneof(small, whole, fc.constantFrom(min, max));
    }
    if (type === "number") {
      return fc.double({ min: Number(minimum), max: Number(maximum), noNaN: true }).map((value) => value + 0);
    }
    if (type === "boolean") return fc.boolean();
    if (type === "array" && isSchema(items)) {
      const { minItems = 0, maxItems = 4 } = schema;
      return fc.array(this.valid(items), {
        minLength: Number(minItems),
        maxLength: Math.min(Math.max(4, Number(minItems)), Number(maxItems)),
      });
    }
    if (type === "string") {
      const longest = Number(maxLength);
      if (typeof pattern !== "string") return fc.string({ maxLength: Math.min(longest, 40) });
      return fc.stringMatching(new RegExp(pattern)).filter((text) => text.length <= longest);
    }
    const names = isObject(properties) ? properties : {};
    return fc.record(
      Object.fromEntries(
        Object.entries(names).map(([name, of]) => [name, isSchema(of) ? this.valid(of) : fc.constant(0)]),
      ),
      { requiredKeys: (Array.isArray(required) ? required : []).map(String), noNullPrototype: true },
    );
  }
}

const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    null,
    "",
    -1,
    0.5,
    1e300,
    -0,
    2 ** 53,
    true,
    [],
    {},
    "__proto__",
    "\u0000",
    "💥".repeat(50),
    [[[]]],
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A value with one part made strange: replaced, left out, or something put beside it. */
export const spoiled = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(values, fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }), strange, fc.nat(2))
    .map(([value, path, odd, how]) => spoil(value, path, odd, how));

function spoil(value: unknown, path: readonly number[], odd: unknown, how: number): unknown {
  const [step = 0, ...rest] = path;
  if (Array.isArray(value) && value.length > 0 && rest.length > 0) {
    return value.map((item: unknown, i) => (i === step % value.length ? spoil(item, rest, odd, how) : item));
  }
  if (!isObject(value) || Object.keys(value).length === 0) return odd;
  const names = Object.keys(value);
  const name = names[step % names.length] ?? "";
  const inner = value[name];
  if (rest.length > 0 && typeof inner === "object" && inner !== null) {
    return { ...value, [name]: spoil(inner, rest, odd, how) };
  }
  if (how === 0) return { ...value, [name]: odd };
  if (how === 1) return Object.fromEntries(Object.entries(value).filter(([other]) => other !== name));
  return { ...value, [`${name}More`]: odd };
}
