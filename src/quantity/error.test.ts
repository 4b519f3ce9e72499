import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  errorCodes,
  invariant,
  InvariantError,
  PlimsollError,
  requireNumber,
  requirePositive,
} from "./error.ts";

test("the message names field, value, limit and remedy", () => {
  const error = new PlimsollError("PLM_DOMAIN", {
    field: "positions[3].size",
    value: NaN,
    limit: "a finite number",
    remedy: "Correct the size.",
  });
  assert.equal(
    error.message,
    "PLM_DOMAIN: positions[3].size is NaN; must be a finite number. Correct the size.",
  );
  assert.equal(error.name, "PlimsollError");
  assert.deepEqual(error.toJSON(), {
    code: "PLM_DOMAIN",
    field: "positions[3].size",
    value: "NaN",
    limit: "a finite number",
    remedy: "Correct the size.",
    message: error.message,
  });
});

test("any value can be shown, shortly", () => {
  const shown = (value: unknown): string =>
    new PlimsollError("PLM_FIELD", { field: "f", value, limit: "x", remedy: "y" }).toJSON().value;
  const rows: readonly (readonly [unknown, string])[] = [
    ["text", '"text"'],
    [12n, "12"],
    [null, "null"],
    [undefined, "missing"],
    [[1, 2, 3], "an array of 3"],
    [{ a: 1 }, "an object"],
    [Symbol("s"), "a symbol"],
    [() => 1, "a function"],
    [true, "true"],
  ];
  for (const [value, text] of rows) assert.equal(shown(value), text);
  assert.ok(shown("x".repeat(1e6)).length < 120);
});

test("requireNumber accepts its range and names it otherwise", () => {
  assert.equal(requireNumber("x", 1, 0, 1), 1);
  const rows: readonly (readonly [number, number | undefined, number | undefined, string])[] = [
    [NaN, undefined, undefined, "a finite number"],
    [Infinity, 0, undefined, "a finite number ≥ 0"],
    [1, undefined, 0, "a finite number ≤ 0"],
    [2, 0, 1, "a number from 0 to 1"],
  ];
  for (const [value, min, max, limit] of rows) {
    assert.throws(() => requireNumber("x", value, min, max), { code: "PLM_DOMAIN", field: "x", limit });
  }
  assert.throws(() => requireNumber("x", "1" as unknown as number), { code: "PLM_DOMAIN" });
});

test("requirePositive refuses zero too", () => {
  assert.equal(requirePositive("x", 5e-324), 5e-324);
  assert.throws(() => requirePositive("x", 0), {
    code: "PLM_DOMAIN",
    field: "x",
    limit: "a finite number > 0",
  });
  assert.throws(() => requirePositive("x", 2, 1), { limit: "a number above 0, at most 1" });
  for (const value of [NaN, Infinity, -1]) assert.throws(() => requirePositive("x", value), PlimsollError);
});

test("broken invariants are not input errors", () => {
  assert.doesNotThrow(() => invariant(true, "fine"));
  assert.throws(
    () => invariant(false, "sum is zero"),
    (error: unknown) =>
      error instanceof InvariantError &&
      !(error instanceof PlimsollError) &&
      error.message === "invariant broken: sum is zero",
  );
});

test("docs/errors.md lists every code once, in order, with its meaning and a remedy", () => {
  const text = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| `(PLM_\w+)` \| ([^|]+) \| ([^|]+) \|$/gm)];
  assert.deepEqual(
    rows.map(([, code, meaning]) => [code, meaning]),
    Object.entries(errorCodes),
  );
  assert.deepEqual(Object.keys(errorCodes), Object.keys(errorCodes).sort());
  for (const [, code, , remedy = ""] of rows) assert.ok(remedy.length > 20, code);
});
