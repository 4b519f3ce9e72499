import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type ErrorCode, PlimsollError } from "../quantity/error.ts";
import { lineAndColumn, parseJson } from "./json-text.ts";

interface BadText {
  readonly text: string;
  readonly code: ErrorCode;
  readonly field: string;
  readonly value?: unknown;
  readonly expected: RegExp;
}

const syntax = "PLM_JSON_SYNTAX";
const badTexts: readonly BadText[] = [
  { text: "", code: syntax, field: "doc:1:1", value: "the end of the text", expected: /JSON value/ },
  { text: '{"a":1,}', code: syntax, field: "doc:1:8", value: "}", expected: /key in double quotes/ },
  { text: '{\n  "a": 1\n  "b": 2\n}', code: syntax, field: "doc:3:3", value: '"', expected: /comma or }/ },
  { text: "[1 2]", code: syntax, field: "doc:1:4", value: "2", expected: /comma or ]/ },
  { text: "[1,]", code: syntax, field: "doc:1:4", value: "]", expected: /JSON value/ },
  { text: '{"mark": NaN}', code: syntax, field: "doc:1:10", value: "NaN", expected: /JSON value/ },
  { text: '{"mark": Infinity}', code: syntax, field: "doc:1:10", value: "Infinity", expected: /JSON value/ },
  {
    text: '{"mark": -Infinity}',
    code: syntax,
    field: "doc:1:10",
    value: "-Infinity",
    expected: /JSON value/,
  },
  { text: "[01]", code: syntax, field: "doc:1:3", value: "1", expected: /number/ },
  { text: "[1.]", code: syntax, field: "doc:1:3", value: ".", expected: /number/ },
  { text: "[.5]", code: syntax, field: "doc:1:2", value: ".5", expected: /JSON value/ },
  { text: "[+1]", code: syntax, field: "doc:1:2", value: "+1", expected: /JSON value/ },
  { text: "[0x10]", code: syntax, field: "doc:1:3", value: "x10", expected: /number/ },
  { text: "[1e]", code: syntax, field: "doc:1:3", value: "e", expected: /number/ },
  { text: "{'a':1}", code: syntax, field: "doc:1:2", value: "'a'", expected: /key in double quotes/ },
  { text: '{"a" 1}', code: syntax, field: "doc:1:6", value: "1", expected: /: after a key/ },
  { text: '["ab', code: syntax, field: "doc:1:5", value: "the end of the text", expected: /closing quote/ },
  { text: '["a\nb"]', code: syntax, field: "doc:1:4", value: "\n", expected: /printable/ },
  { text: '["\\x"]', code: syntax, field: "doc:1:3", expected: /escape/ },
  { text: '["\\u12g4"]', code: syntax, field: "doc:1:3", expected: /escape/ },
  { text: "nul", code: syntax, field: "doc:1:1", value: "nul", expected: /null/ },
  { text: "True", code: syntax, field: "doc:1:1", value: "True", expected: /JSON value/ },
  { text: "1 2", code: syntax, field: "doc:1:3", value: "2", expected: /end of the text/ },
  { text: "{} // note", code: syntax, field: "doc:1:4", value: "//", expected: /end of the text/ },
  { text: '{"a":1,"a":2}', code: "PLM_DUPLICATE", field: "doc:1:8", value: "a", expected: /key/ },
  { text: '{"a":1,"\\u0061":2}', code: "PLM_DUPLICATE", field: "doc:1:8", value: "a", expected: /key/ },
  { text: "[".repeat(65), code: "PLM_LIMIT", field: "doc:1:65", value: 65, expected: /64 deep/ },
  { text: "[".repeat(1_000_000), code: "PLM_LIMIT", field: "doc:1:65", value: 65, expected: /64 deep/ },
  { text: '{"a":'.repeat(1_000_000), code: "PLM_LIMIT", field: "doc:1:321", value: 65, expected: /64 deep/ },
];

test("text that is not JSON is refused with line, column and what was expected", () => {
  for (const { text, code, field, value, expected } of badTexts) {
    assert.throws(
      () => parseJson(text, { name: "doc" }),
      (error: unknown) => {
        assert.ok(error instanceof PlimsollError);
        assert.deepEqual([error.code, error.field], [code, field], text.slice(0, 40));
        if (value !== undefined) assert.equal(error.value, value);
        assert.match(error.limit, expected);
        return true;
      },
    );
  }
});

test("size and depth limits can be set, and hold exactly", () => {
  assert.deepEqual(parseJson("[[1]]", { maxDepth: 2, maxLength: 5 }), [[1]]);
  assert.throws(() => parseJson("[[1]]", { maxDepth: 1 }), { code: "PLM_LIMIT" });
  assert.throws(() => parseJson("[[1]]", { maxLength: 4 }), { code: "PLM_LIMIT", value: 5 });
});

test("100 MB of text is refused before it is looked at", () => {
  assert.throws(() => parseJson(" ".repeat(100_000_000)), { code: "PLM_LIMIT", value: 100_000_000 });
});

test("a byte-order mark is no error", () => {
  assert.deepEqual(parseJson('\uFEFF{"a":1}'), { a: 1 });
});

test("every JSON value is read as the engine reads it", () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false }), (text) => {
      assert.deepEqual(parseJson(text, { maxDepth: 1_000 }), JSON.parse(text));
    }),
  );
});

test("whatever the engine refuses is refused with a typed error, and nothing else is", () => {
  const fragments = fc.array(
    fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"a"',
      '"',
      "1",
      "-",
      "0",
      ".5",
      "e3",
      "true",
      "null",
      " ",
      "\\n",
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(fragments, (parts) => {
      const text = parts.join("");
      let engine: "accepts" | "refuses" = "accepts";
      try {
        JSON.parse(text);
      } catch {
        engine = "refuses";
      }
      try {
        parseJson(text);
        assert.equal(engine, "accepts", text);
      } catch (error) {
        assert.ok(error instanceof PlimsollError, String(error));
        if (error.code !== "PLM_DUPLICATE") assert.equal(engine, "refuses", text);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("lines and columns count from one", () => {
  const text = "ab\ncd\n";
  assert.deepEqual(
    [0, 1, 3, 4, 6].map((offset) => lineAndColumn(text, offset)),
    [
      { line: 1, column: 1 },
      { line: 1, column: 2 },
      { line: 2, column: 1 },
      { line: 2, column: 2 },
      { line: 3, column: 1 },
    ],
  );
});
