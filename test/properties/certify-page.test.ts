import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runExample } from "../../scripts/run-example.ts";

test("the program in docs/certify.md prints what the page shows", async () => {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "docs", "certify.md"), "utf8");
  const [, code, printed] = /```ts\n([\s\S]*?)```\n\n```\n([\s\S]*?)```/.exec(text) ?? [];
  assert.ok(code !== undefined && printed !== undefined);
  assert.equal(await runExample(code), printed);
});
