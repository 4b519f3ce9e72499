import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { explainCommand } from "../../src/cli/explain.ts";

/** A command of a page's console block and the lines printed below it. */
interface Step {
  readonly command: string;
  readonly output: string;
}

function stepsOf(page: string): readonly Step[] {
  const block = /```console\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const [command = "", ...output] = step.split("\n");
      return { command, output: output.join("\n").trim() };
    });
}

const folder = new URL("../../docs/venues/", import.meta.url);
const pages = readdirSync(folder)
  .map((name) => ({ name, steps: stepsOf(readFileSync(new URL(name, folder), "utf8")) }))
  .filter(({ steps }) => steps[0]?.command.startsWith("cat "));

test("pages of venues that show a book and its explanation were found", () => {
  for (const name of ["aave.md", "drift.md", "dydx.md", "hyperliquid.md", "mango.md", "morpho.md"]) {
    assert.ok(
      pages.some((page) => page.name === name),
      name,
    );
  }
});

for (const { name, steps } of pages) {
  test(`docs/venues/${name} shows what the command prints`, async () => {
    const books = mkdtempSync(join(tmpdir(), "plimsoll-docs-"));
    try {
      for (const { command, output } of steps) {
        const [program, file = "", ...rest] = command.replace("npx plimsoll explain", "explain").split(" ");
        if (program === "cat") {
          writeFileSync(join(books, file), output);
          continue;
        }
        assert.equal(program, "explain", command);
        const [option, model] = rest;
        assert.equal(option, "--model", command);
        assert.ok(model);
        const { text } = await explainCommand({ portfolio: [join(books, file)], model });
        assert.ok(text.includes(output), `$ ${command}\n${text}`);
      }
    } finally {
      rmSync(books, { recursive: true });
    }
  });
}
