import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { recognise } from "../../src/cli/vectors/registry.ts";
import { type VectorFamily } from "../../src/cli/vectors/family.ts";

interface CaseFile {
  readonly cases: readonly { readonly id: number; readonly in: object; readonly out: Record<string, unknown> }[];
}

function load(name: string): { document: CaseFile; family: VectorFamily } {
  const document: CaseFile = JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8"));
  // Found by content alone: the file may have any name.
  const found = recognise(document, "renamed.json");
  assert.ok(found);
  assert.equal(found.family, name);
  return { document, family: found };
}

const files = [
  { name: "aave-health", cases: 120, setAside: 0 },
  { name: "morpho-blue", cases: 120, setAside: 0 },
  { name: "mango-health", cases: 140, setAside: 0 },
  { name: "drift-margin", cases: 160, setAside: 82 },
];

for (const { name, cases, setAside } of files) {
  test(`${name}: all ${cases} cases agree`, () => {
    const { document, family } = load(name);
    const results = family.run(document);
    assert.equal(results.length, cases);
    assert.deepEqual(
      results.filter(({ failures }) => failures.length > 0),
      [],
    );
    assert.equal(results.reduce((total, result) => total + result.setAside.length, 0), setAside);
  });

  test(`${name}: a changed expectation of any field fails its case`, () => {
    const { document, family } = load(name);
    const [first] = document.cases;
    assert.ok(first);
    for (const field of Object.keys(first.out)) {
      const out = { ...first.out, [field]: spoilt(first.out[field]) };
      const [result] = family.run({ cases: [{ ...first, out }] });
      assert.ok(
        result?.failures.some((failure) => failure.field.startsWith(field)),
        `${name}.${field}`,
      );
    }
  });

  test(`${name}: a case that is no case fails by name and leaves the others`, () => {
    const { document, family } = load(name);
    const [, second] = document.cases;
    assert.ok(second);
    const results = family.run({ cases: [{ id: "broken", in: [], out: {} }, second, null] });
    assert.deepEqual(
      results.map(({ id, failures }) => [id, failures.length > 0]),
      [
        ["broken", true],
        [String(second.id), false],
        ["#2", true],
      ],
    );
  });
}

test("drift-margin: an isolated position that should not be there fails its case", () => {
  const { document, family } = load("drift-margin");
  const isolated = document.cases.find(({ in: input }) => JSON.stringify(input).includes('"isolated":true'));
  assert.ok(isolated);
  const out = structuredClone(isolated.out);
  Reflect.set(Object(out["initial"]), "isolated", {});
  const [result] = family.run({ cases: [{ ...isolated, out }] });
  assert.deepEqual(
    result?.failures.map(({ field }) => field),
    ["initial.isolated"],
  );
});

/** The same shape with every leaf changed. */
function spoilt(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? ["more"] : value.map(spoilt);
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    return entries.length === 0 ? { more: 1 } : Object.fromEntries(entries.map(([key, child]) => [key, spoilt(child)]));
  }
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  return typeof value === "string" ? `1${value}` : 1;
}
