import assert from "node:assert/strict";
import { test } from "node:test";
import { compareFields, exact, type Tolerance, withinTolerance } from "./compare.ts";

const cases: readonly (readonly [string, unknown, unknown, Tolerance, boolean])[] = [
  ["a string and a number", "1.50", 1.5, exact, true],
  ["a bigint and a string", "1500000000000000000", 1_500_000_000_000_000_000n, exact, true],
  ["the 30th digit", "0.100000000000000000000000000001", "0.1", exact, false],
  ["the 30th digit, allowed", "0.100000000000000000000000000001", "0.1", { absolute: "1e-30" }, true],
  ["just outside an absolute bound", "0.100000000000000000000000000002", "0.1", { absolute: "1e-30" }, false],
  ["relative, to the expected value", "200", "202", { relative: "0.01" }, true],
  ["relative, just outside", "200", "202.0000001", { relative: "0.01" }, false],
  ["either bound passes", "0", "1e-18", { relative: "1e-14", absolute: "1e-17" }, true],
  ["a negative value", "-200", "-202", { relative: "0.01" }, true],
  ["opposite signs", "-200", "200", { relative: "0.01" }, false],
  ["exponents", "1e-300", 1e-300, exact, true],
  ["NaN is no number", 1, Number.NaN, { absolute: "1" }, false],
  ["infinity is no number", 1, Infinity, { relative: "1" }, false],
  ["a word is no number", "basis", "basis", exact, false],
];

for (const [name, expected, got, tolerance, agrees] of cases) {
  test(`within tolerance: ${name}`, () => {
    assert.equal(withinTolerance(expected, got, tolerance), agrees);
  });
}

test("every leaf is compared, by its path", () => {
  const expected = {
    flag: true,
    word: "basis",
    nothing: null,
    list: [{ a: "1" }, { a: "2" }],
    missing: "3",
    short: [1, 2],
    nested: { deep: { x: 1 } },
  };
  const got = {
    flag: false,
    word: "Basis",
    nothing: 0n,
    list: [{ a: 1n }, { a: 3n }],
    short: [1],
    nested: { deep: 1 },
    more: 1,
  };
  assert.deepEqual(
    compareFields(expected, got, () => exact).map(({ field, expected: want, got: have }) => [
      field,
      want,
      have,
    ]),
    [
      ["flag", "true", "false"],
      ["word", "basis", "Basis"],
      ["nothing", "null", "0"],
      ["list[1].a", "2", "3"],
      ["missing", "3", "nothing"],
      ["short", "2 entries", "1 entries"],
      ["nested.deep", "an object", "1"],
    ],
  );
});

test("a boolean is not the word for it, nor 1", () => {
  assert.equal(compareFields({ a: true }, { a: "true" }, () => exact).length, 1);
  assert.equal(compareFields({ a: true }, { a: 1 }, () => ({ absolute: 5 })).length, 1);
});
