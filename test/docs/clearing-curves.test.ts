import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runExample } from "../../scripts/run-example.ts";

for (const page of [
  "auctions.md",
  "deleveraging.md",
  "liquidation.md",
  "liquidation-steps.md",
  "vamm.md",
  "lending.md",
  "backtest.md",
]) {
  test(`docs/${page} shows what its program prints`, async () => {
    const text = readFileSync(join(import.meta.dirname, "..", "..", "docs", page), "utf8");
    const [, code, printed] = /```ts\n([\s\S]*?)```\n\n```\n([\s\S]*?)```/.exec(text) ?? [];
    assert.ok(code !== undefined && printed !== undefined);
    assert.equal(await runExample(code), printed);
  });
}
