import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { exampleNames, exampleSection } from "../scripts/examples-page.ts";
import { runExample } from "../scripts/run-example.ts";
import { libraryExample } from "../scripts/readme.ts";

const root = join(import.meta.dirname, "..");
const page = readFileSync(join(root, "docs", "examples.md"), "utf8");

test("the page of examples shows every program, and nothing else", () => {
  const titles = [...page.matchAll(/^## (.+)$/gm)].map(([, title = ""]) =>
    title.toLowerCase().replaceAll(" ", "-"),
  );
  assert.ok(titles.length > 0);
  assert.deepEqual(titles, exampleNames());
});

for (const name of exampleNames()) {
  test(`examples/${name}.ts prints what its page shows`, async () => {
    const section = await exampleSection(name);
    assert.match(section, /\n```\n.+\n/, "it prints something");
    assert.ok(page.includes(section), `renew the page with \`npm run examples-page\`; now:\n${section}`);
  });
}

test("the library example in the readme prints what its comment says", async () => {
  const { code, shown } = libraryExample(readFileSync(join(root, "README.md"), "utf8"));
  assert.equal((await runExample(code)).trim(), shown, "renew it with `node scripts/readme.ts`");
});
