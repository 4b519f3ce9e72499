import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type VectorFamily } from "../../src/cli/vectors/family.ts";
import { recognise } from "../../src/cli/vectors/registry.ts";

interface Json {
  readonly [key: string]: unknown;
}

function load(name: string): { document: Json; family: VectorFamily } {
  const document: Json = JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8"));
  // Found by content alone: the file may have any name.
  const found = recognise(document, "renamed.json");
  assert.ok(found);
  assert.equal(found.family, name);
  return { document, family: found };
}

interface File {
  readonly name: string;
  readonly list: "cases" | "vectors";
  readonly count: number;
  /** Smallest change that must be seen; 1, the last digit, by default. */
  readonly change?: bigint;
}

const files: readonly File[] = [
  { name: "aave-interest", list: "cases", count: 80 },
  { name: "derive-auction-states", list: "vectors", count: 80 },
  { name: "derive-cash-sequences", list: "vectors", count: 12 },
  { name: "derive-interest-model", list: "vectors", count: 24 },
  // Whatever follows from an option's price is compared to 13 digits of the gross notional.
  { name: "derive-liquidation-sequences", list: "vectors", count: 24, change: 10n ** 12n },
  { name: "derive-perp-sequences", list: "vectors", count: 12 },
  { name: "drift-liquidation", list: "cases", count: 120 },
  { name: "drift-vamm", list: "cases", count: 120 },
  { name: "maker-abaci", list: "cases", count: 180 },
  { name: "maker-clip", list: "cases", count: 75 },
  { name: "morpho-irm", list: "cases", count: 80 },
  { name: "perp-v1-pricing", list: "cases", count: 150 },
  { name: "perp-v1-sequence", list: "cases", count: 80 },
];

const listOf = (document: Json, list: string): readonly Json[] => document[list] as readonly Json[];

/** Every way to change one leaf of a value, a number by as much as said. */
function spoilt(value: unknown, by: bigint): readonly { readonly path: string; readonly value: unknown }[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, i) =>
      spoilt(item, by).map((one) => ({ path: `[${i}]${one.path}`, value: value.with(i, one.value) })),
    );
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, item]) =>
      spoilt(item, by).map((one) => ({ path: `.${key}${one.path}`, value: { ...value, [key]: one.value } })),
    );
  }
  if (typeof value === "boolean") return [{ path: "", value: !value }];
  const changed = /^-?\d+$/.test(String(value)) ? String(BigInt(String(value)) + by) : "something else";
  return [{ path: "", value: changed }];
}

/** The outputs of a case that are looked at: of a sequence, those of its last step. */
function outputsOf(one: Json): { outputs: Json; replaced: (outputs: unknown) => Json } {
  const steps = one["steps"] ?? (one["out"] as Json | undefined)?.["steps"];
  if (!Array.isArray(steps)) {
    const key = "out" in one ? "out" : "outputs";
    return { outputs: one[key] as Json, replaced: (outputs) => ({ ...one, [key]: outputs }) };
  }
  const last: Json = steps.at(-1);
  const put = (step: unknown): unknown[] => [...steps.slice(0, -1), step];
  return "out" in one
    ? { outputs: last, replaced: (outputs) => ({ ...one, out: { steps: put(outputs) } }) }
    : {
        outputs: { after: last["after"] },
        replaced: (outputs) => ({ ...one, steps: put({ ...last, ...(outputs as Json) }) }),
      };
}

for (const { name, list, count, change = 1n } of files) {
  test(`${name}: all ${count} cases agree`, () => {
    const { document, family } = load(name);
    const results = family.run(document);
    assert.equal(results.length, count);
    assert.deepEqual(
      results.filter(({ failures, setAside }) => failures.length > 0 || setAside.length > 0),
      [],
    );
  });

  test(`${name}: a last digit changed in any field fails its case`, () => {
    const { document, family } = load(name);
    const [first] = listOf(document, list);
    assert.ok(first);
    const { outputs, replaced } = outputsOf(first);
    const changes = spoilt(outputs, change);
    assert.ok(changes.length > 0);
    for (const { path, value } of changes) {
      const [result] = family.run({ ...document, [list]: [replaced(value)] });
      assert.ok((result?.failures.length ?? 0) > 0, `${name}${path}`);
    }
  });

  test(`${name}: a case that is no case fails by name and leaves the others`, () => {
    const { document, family } = load(name);
    const [, second] = listOf(document, list);
    assert.ok(second);
    const broken = { id: "broken", in: [], out: {}, inputs: [], outputs: {} };
    const results = family.run({ ...document, [list]: [broken, second, null] });
    assert.deepEqual(
      results.map(({ id, failures }) => [id, failures.length > 0]),
      [
        ["broken", true],
        [String(second["id"]), false],
        ["#2", true],
      ],
    );
  });
}

test("perp-v1-sequence: a step that should have failed, or should not have, fails its case", () => {
  const { document, family } = load("perp-v1-sequence");
  const steps = (one: Json): Json[] => (one["out"] as { steps: Json[] }).steps;
  for (const ok of [true, false]) {
    const one = listOf(document, "cases").find((each) => steps(each).some((step) => step["ok"] === ok));
    assert.ok(one);
    const changed = steps(one).map((step) => ({ ...step, ok: !ok }));
    const [result] = family.run({ ...document, cases: [{ ...one, out: { steps: changed } }] });
    assert.ok((result?.failures.length ?? 0) > 0);
  }
});

for (const name of ["derive-cash-sequences", "derive-liquidation-sequences"]) {
  test(`${name}: a refusal that is not there, or is not expected, fails its case`, () => {
    const { document, family } = load(name);
    const stepsOf = (one: Json): Json[] => one["steps"] as Json[];
    const one = listOf(document, "vectors").find((each) =>
      stepsOf(each).some((step) => "reverted" in step),
    );
    assert.ok(one);
    const unexpected = stepsOf(one).map((step) => ({ ...step, reverted: undefined }));
    const expected = stepsOf(one).map((step) => ({ ...step, reverted: "InsufficientStableBacking" }));
    for (const steps of [unexpected, expected]) {
      const [result] = family.run({ ...document, vectors: [{ ...one, steps }] });
      assert.ok(result?.failures.some(({ field }) => field.endsWith("reverted")));
    }
  });
}

test("derive-liquidation-sequences: what a bid bought and paid, and the fee of a start, are compared", () => {
  const { document, family } = load("derive-liquidation-sequences");
  let compared = 0;
  for (const one of listOf(document, "vectors")) {
    const steps = one["steps"] as Json[];
    for (const [at, step] of steps.entries()) {
      const { bid, startFee } = step;
      const changes = spoilt({ ...(bid !== undefined && { bid }), ...(startFee !== undefined && { startFee }) }, 10n ** 12n);
      for (const { path, value } of changes) {
        const changed = steps.with(at, { ...step, ...(value as Json) });
        const [result] = family.run({ ...document, vectors: [{ ...one, steps: changed }] });
        assert.deepEqual(result?.failures.map(({ field }) => field), [`steps[${at}]${path}`]);
        compared += 1;
      }
    }
  }
  assert.equal(compared, 3 * 42 + 21);
});
