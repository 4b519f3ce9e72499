import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..", "..");

test("the command that opens docs/insurance-fund.md prints what the page shows", () => {
  const page = readFileSync(join(root, "docs", "insurance-fund.md"), "utf8");
  const [, command, shown] = /```sh\nplimsoll ([^\n]*)\n```\n\n```text\n([\s\S]*?)```/.exec(page) ?? [];
  assert.ok(command !== undefined && shown !== undefined);
  const args = ["--conditions=plimsoll-source", "src/cli/bin.ts", ...command.split(" ")];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  assert.equal(stdout, shown, stderr);
  assert.equal(status, shown.includes("SHORT") ? 1 : 0);
});
