import assert from "node:assert/strict";
import { test } from "node:test";
import { csvText } from "./csv.ts";

test("fields are quoted where RFC 4180 asks for it, lines end with CR LF", () => {
  const text = csvText({
    name: "t",
    about: "a row",
    columns: ["name", "share"],
    rows: [
      ["short put, BTC", 0.1],
      ['the "wild" one', 1e-7],
      ["two\nlines", -0],
      [null, Number.NaN],
      ["∞", Infinity],
      [true, -Infinity],
    ],
  });
  assert.equal(
    text,
    'name,share\r\n"short put, BTC",0.1\r\n"the ""wild"" one",1e-7\r\n"two\nlines",0\r\n,\r\n∞,inf\r\ntrue,-inf\r\n',
  );
});

test("numbers read back the same", () => {
  const values = [0.1 + 0.2, 1 / 3, 5e-324, 123_456_789.123, 2 ** 53];
  const text = csvText({ name: "t", about: "a row", columns: ["x"], rows: values.map((value) => [value]) });
  assert.deepEqual(text.split("\r\n").slice(1, -1).map(Number), values);
});
