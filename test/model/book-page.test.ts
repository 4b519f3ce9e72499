import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

test("the example of docs/order-book.md prints what the page shows", async (t) => {
  const page = readFileSync(new URL("../../docs/order-book.md", import.meta.url), "utf8");
  const [, code, shown] = /```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/.exec(page) ?? [];
  assert.ok(code && shown);
  const lines: string[] = [];
  t.mock.method(console, "log", (line: string) => void lines.push(line));
  // the page's code has no types, so that it runs as it stands, but for where the repository is
  const source = code.replace('"./', `"${new URL("../../", import.meta.url).href}`);
  await import(`data:text/javascript,${encodeURIComponent(source)}`);
  assert.equal(`${lines.join("\n")}\n`, shown);
});
