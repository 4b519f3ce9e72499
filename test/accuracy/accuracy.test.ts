import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { digests } from "./digest.ts";
import { errorInUlps, relativeError } from "./exact-error.ts";
import { measureAll } from "./measure.ts";

/** Rows of the table of docs/accuracy.md: name → promised bound with its unit. */
function promises(): ReadonlyMap<string, { readonly bound: number; readonly unit: string }> {
  const text = readFileSync(new URL("../../docs/accuracy.md", import.meta.url), "utf8");
  const rows = text.matchAll(/^\| `([^`]+)` \|[^|]*\|[^|]*\| ([\d.e-]+) (ulp|relative) \|/gm);
  return new Map([...rows].map(([, name = "", bound, unit = ""]) => [name, { bound: Number(bound), unit }]));
}

test("every function keeps the accuracy that docs/accuracy.md promises", () => {
  const promised = promises();
  const measured = measureAll();
  assert.deepEqual([...promised.keys()].sort(), measured.map(({ name }) => name).sort());
  for (const { name, unit, worst, at } of measured) {
    const promise = promised.get(name);
    assert.equal(promise?.unit, unit, name);
    assert.ok(promise && worst <= promise.bound, `${name}: ${worst} ${unit} at ${at.join(", ")}`);
  }
});

test("the yardstick itself: exact errors of known numbers", () => {
  assert.equal(errorInUlps(1, "1"), 0);
  assert.equal(errorInUlps(1 + Number.EPSILON, "1"), 1);
  assert.equal(errorInUlps(1, "1.00000000000000011102230246251565404236316680908203125"), 0.5);
  assert.equal(errorInUlps(5e-324, "4.940656458412465441765687928682213723651e-324"), 0);
  assert.equal(errorInUlps(1e-323, "4.940656458412465441765687928682213723651e-324"), 1);
  assert.equal(errorInUlps(NaN, "1"), Infinity);
  assert.equal(relativeError(1.5, "1"), 0.5);
  assert.equal(relativeError(-1.5, "-1", 4), 0.125);
});

test("the bits are those of every other engine: digests of 12,000 results a function", () => {
  const path = new URL("../vectors/numerics/digests.json", import.meta.url);
  const committed = JSON.parse(readFileSync(path, "utf8")) as { readonly digests: Record<string, string> };
  const computed = digests();
  assert.deepEqual(computed, committed.digests);
  assert.equal(computed["black76Batch wasm"], computed["black76Batch typescript"]);
});
