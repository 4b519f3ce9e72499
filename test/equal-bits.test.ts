import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("results have the same bits on every Node of this repository, in WebAssembly, TypeScript and on two threads", () => {
  const script = fileURLToPath(new URL("../scripts/equal-bits.mjs", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--quick"], { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
  for (const line of stdout.matchAll(/^.*not compared$/gm)) console.log(line[0]);
});
