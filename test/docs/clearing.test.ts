import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..", "..");

test("the program that opens docs/clearing.md prints what the page shows", () => {
  const page = readFileSync(join(root, "docs", "clearing.md"), "utf8");
  const [, program, shown] = /```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/.exec(page) ?? [];
  assert.ok(program !== undefined && shown !== undefined);
  const options = ["--conditions=plimsoll-source", "--input-type=module", "-e", program];
  assert.equal(execFileSync(process.execPath, options, { cwd: root, encoding: "utf8" }), shown);
});
