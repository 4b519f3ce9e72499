import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { demoCommand } from "../../src/cli/demo.ts";

const root = join(import.meta.dirname, "..", "..");

test("the table in the readme is what the command prints", async () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const shown =
    /`npm run plimsoll -- demo` margins an example book under every model:\n\n```\n([\s\S]*?)\n```/.exec(
      readme,
    )?.[1];
  assert.ok(shown !== undefined && shown.length > 500);
  const { text } = await demoCommand();
  assert.ok(text.startsWith(shown), "renew it with `node scripts/readme.ts`");
});

test("links between the documents lead somewhere", () => {
  for (const file of [
    "README.md",
    "CONTRIBUTING.md",
    "docs/start.md",
    "docs/calibration.md",
    "docs/architecture.md",
    "docs/efficiency.md",
  ]) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      assert.ok(existsSync(join(root, file, "..", target!)), `${file} links to ${target}`);
    }
  }
});
