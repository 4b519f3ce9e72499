import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const isTypesOnly = (names: string): boolean =>
  names.startsWith("type ") ||
  (names.startsWith("{") &&
    names
      .replace(/[{}]/g, "")
      .split(",")
      .every((name) => name.trim() === "" || name.trim().startsWith("type ")));

/** Adds every file and package that importing `file` runs. Imports of types alone run nothing. */
function reach(file: string, files: Set<string>, packages: Set<string>): void {
  if (files.has(file)) return;
  files.add(file);
  const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  for (const [, names = "", target = ""] of text.matchAll(/^(?:import|export) ([^;]*?) ?from "([^"]+)";/gm)) {
    if (isTypesOnly(names)) continue;
    if (target.startsWith(".")) reach(join(dirname(file), target), files, packages);
    else packages.add(target);
  }
}

test("the client runs in browsers: nothing that it reaches imports of Node", () => {
  const files = new Set<string>();
  const packages = new Set<string>();
  reach(join(import.meta.dirname, "index.ts"), files, packages);
  assert.ok(files.size > 20);
  for (const name of packages) assert.match(name, /^@noble\/(curves|hashes)\/[\w.]+$/);
  for (const file of files) {
    const code = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    assert.doesNotMatch(code, /\bBuffer\.|\bprocess\.|\bsetImmediate\(|\.unref\(/, file);
  }
});
