import assert from "node:assert/strict";
import { test } from "node:test";
import { pageOrigins } from "./cross-origin.ts";

test("origins as browsers send them", () => {
  const given = "https://page.example, http://localhost:8080,*";
  assert.deepEqual(pageOrigins(given), ["https://page.example", "http://localhost:8080", "*"]);
  assert.deepEqual(pageOrigins([]), []);
});

for (const given of [
  "",
  "page.example",
  "https://page.example/",
  "https://Page.example",
  "https://page.example:443",
  "https://*.page.example",
  "https://me@page.example",
  "ftp://page.example",
  "null",
  "https://page.example,",
]) {
  test(`no origin: "${given}"`, () => {
    // a wildcard within a host is a host of its own to a browser, and no page has it
    assert.throws(() => pageOrigins(given), { code: "PLM_USAGE", field: "origins" });
  });
}
