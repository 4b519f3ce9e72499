import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type VectorFamily } from "../../src/cli/vectors/family.ts";
import { recognise } from "../../src/cli/vectors/registry.ts";
import { exp, ln, normalCdf, pow, sqrt } from "../../src/risk/venues/derive/fixed-math.ts";
import { type SviInputs, sviVol } from "../../src/risk/venues/derive/svi.ts";

type Json = Record<string, unknown>;
interface VectorFile extends Json {
  readonly vectors: readonly Json[];
}

const read = (name: string): string => readFileSync(new URL(`${name}.json`, import.meta.url), "utf8");

function load(name: string): { document: VectorFile; family: VectorFamily } {
  const document: VectorFile = JSON.parse(read(name));
  // Found by content alone: the file may have any name.
  const found = recognise(document, "renamed.json");
  assert.ok(found);
  assert.equal(found.family, name);
  return { document, family: found };
}

/** The same shape with every leaf changed. */
function spoilt(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? ["more"] : value.map(spoilt);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, spoilt(child)]));
  }
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  return typeof value === "string" ? `7${"0".repeat(25)}` : "something";
}

const files = [
  { name: "derive-black76", cases: 110 },
  { name: "derive-fixedmath", cases: 70 },
  { name: "derive-svi", cases: 40 },
  { name: "derive-pm1", cases: 70 },
  { name: "derive-pm2", cases: 150 },
  { name: "derive-srm", cases: 90 },
];

for (const { name, cases } of files) {
  test(`${name}: all ${cases} cases agree`, () => {
    const { document, family } = load(name);
    const results = family.run(document);
    assert.equal(results.length, cases);
    assert.deepEqual(
      results.filter(({ failures }) => failures.length > 0),
      [],
    );
  });

  test(`${name}: a changed expectation of any field fails its case`, () => {
    const { document, family } = load(name);
    let changed = 0;
    for (const vector of document.vectors.slice(0, 12)) {
      const outputs = vector["outputs"] ?? { output: vector["output"] };
      assert.ok(typeof outputs === "object" && outputs !== null);
      for (const [field, expected] of Object.entries(outputs)) {
        // The index of a scenario that ties with others is right too.
        if (field === "worstScenario") continue;
        const wrong = { ...outputs, [field]: spoilt(expected) };
        const [result] = family.run({
          ...document,
          vectors: [{ ...vector, ...("output" in vector ? wrong : { outputs: wrong }) }],
        });
        assert.ok(
          result?.failures.some((failure) => failure.field.startsWith(field)),
          `${String(vector["id"])}.${field}`,
        );
        changed += 1;
      }
    }
    assert.ok(changed >= 10, `${changed} fields changed`);
  });
}

test("a worst scenario that does not tie is compared", () => {
  const { document, family } = load("derive-pm2");
  const vector = document.vectors.find(({ kind }) => kind === "shortCall");
  assert.ok(vector);
  const { outputs: right } = vector;
  assert.ok(typeof right === "object" && right !== null);
  const outputs = { ...right, worstScenario: 5 };
  const [result] = family.run({ ...document, vectors: [{ ...vector, outputs }] });
  assert.deepEqual(
    result?.failures.map(({ field, got }) => [field, got]),
    [["worstScenario", "0"]],
  );
});

test("a case without its parameters or inputs fails by name and leaves the others", () => {
  const { document, family } = load("derive-pm2");
  const [first, second] = document.vectors;
  assert.ok(first && second);
  const results = family.run({
    ...document,
    vectors: [{ ...first, params: "nowhere" }, { id: "empty", outputs: {} }, second],
  });
  assert.deepEqual(
    results.map(({ id, failures }) => [id, failures.map(({ got }) => got.slice(0, 11))]),
    [
      [first["id"], ["PLM_UNKNOWN"]],
      ["empty", ["PLM_FIELD: "]],
      [second["id"], []],
    ],
  );
});

const functions: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  ln: (x) => ln(x),
  exp: (x) => exp(x),
  sqrt: (x) => sqrt(x),
  stdNormalCdf: (x) => normalCdf(x),
  pow,
};

test("fixed-point functions agree to two units or 2e-20, square roots to the digit", () => {
  interface FunctionVector extends Json {
    readonly id: string;
    readonly fn: string;
    readonly inputs: readonly string[];
    readonly output: string;
  }
  const { vectors }: { vectors: readonly FunctionVector[] } = JSON.parse(read("derive-fixedmath"));
  for (const { id, fn, inputs, output } of vectors) {
    const [a = 0n, b = 0n] = inputs.map(BigInt);
    const expected = BigInt(output);
    const got = functions[fn]!(a, b);
    const difference = got > expected ? got - expected : expected - got;
    const allowed = fn === "sqrt" ? 0n : 2n + (expected < 0n ? -expected : expected) / (5n * 10n ** 19n);
    assert.ok(difference <= allowed, `${id}: ${got} for ${expected}`);
  }
});

test("SVI volatilities agree to the digit", () => {
  interface SviVector {
    readonly id: string;
    readonly inputs: { readonly [K in keyof SviInputs]: string };
    readonly outputs: { readonly vol: string };
  }
  const { vectors }: { vectors: readonly SviVector[] } = JSON.parse(read("derive-svi"));
  for (const { id, inputs, outputs } of vectors) {
    const vol = sviVol({
      strike: BigInt(inputs.strike),
      a: BigInt(inputs.a),
      b: BigInt(inputs.b),
      rho: BigInt(inputs.rho),
      m: BigInt(inputs.m),
      sigma: BigInt(inputs.sigma),
      forward: BigInt(inputs.forward),
      yearFraction: BigInt(inputs.yearFraction),
    });
    assert.equal(vol, BigInt(outputs.vol), id);
  }
});
