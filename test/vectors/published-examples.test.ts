import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { recognise } from "../../src/cli/vectors/registry.ts";

interface Vector {
  readonly id: string;
  readonly topic: string;
  readonly expected: Record<string, unknown>;
}
interface Document {
  readonly vectors: readonly Vector[];
}

const load = (url: URL): Document => JSON.parse(readFileSync(url, "utf8"));
const here = load(new URL("published-examples.json", import.meta.url));

function family(document: Document) {
  // Found by content alone: the file may have any name.
  const found = recognise(document, "renamed.json");
  assert.ok(found);
  assert.equal(found.family, "published-examples");
  return found;
}

test("published-examples: every case agrees", () => {
  const results = family(here).run(here);
  assert.equal(results.length, 135);
  assert.deepEqual(
    results,
    here.vectors.map(({ id }) => ({ id, failures: [], setAside: [] })),
  );
});

/** The same shape with every leaf changed. */
function spoilt(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spoilt);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, spoilt(child)]));
  }
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value * 2 + 1e6;
  return typeof value === "string" && Number.isFinite(Number(value)) ? "12345.6" : "something else";
}

test("published-examples: a changed expectation of any field fails its case", () => {
  for (const vector of here.vectors) {
    for (const key of Object.keys(vector.expected)) {
      const expected = { ...vector.expected, [key]: spoilt(vector.expected[key]) };
      const changed = { ...here, vectors: [{ ...vector, expected }] };
      const [result] = family(changed).run(changed);
      assert.ok((result?.failures.length ?? 0) > 0, `${vector.id}.${key}`);
    }
    const more = { ...here, vectors: [{ ...vector, expected: { unheardOf: 987654.3 } }] };
    assert.equal(family(more).run(more)[0]?.failures.length, 1, vector.id);
  }
});

const shared = new URL("../../../shared/vectors/published-examples.json", import.meta.url);
test("published-examples: the copy here is the file it was taken from", (t) => {
  if (!existsSync(shared)) {
    t.diagnostic("not run: the original file is not beside this clone");
    return;
  }
  assert.deepEqual(here, load(shared));
});
