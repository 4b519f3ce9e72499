import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(root, "docs", "optimize.md"), "utf8");
const shown = [...page.matchAll(/```sh\nplimsoll ([^\n]*)\n```\n\n```text\n([\s\S]*?)```/g)];

test("docs/optimize.md shows every command", () => {
  assert.deepEqual(
    shown.map(([, command]) => command?.split(" ")[1]),
    ["hedge", "collateral", "leverage"],
  );
});

for (const [, command = "", text = ""] of shown) {
  test(`plimsoll ${command} prints what docs/optimize.md shows`, () => {
    // A busy machine may need longer; without the limit's end the outcome is the same.
    const args = [...command.split(" "), "--time-limit", "600"];
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--conditions=plimsoll-source", "src/cli/bin.ts", ...args],
      { cwd: root, encoding: "utf8" },
    );
    assert.equal(stdout, text, stderr);
    assert.equal(status, 0);
  });
}
