import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

/** Every file that a module takes in, and the packages it names. Types count for nothing: they are gone when it runs. */
function reached(file: string, files: Set<string>, packages: Set<string>): void {
  if (files.has(file)) return;
  files.add(file);
  const source = readFileSync(file, "utf8");
  for (const [, names = "", target = ""] of source.matchAll(
    /^(?:import|export)\s([^;]*?)\sfrom\s"([^"]+)";/gm,
  )) {
    const onlyTypes =
      /^\{[^}]*\}$/s.test(names) &&
      names
        .slice(1, -1)
        .split(",")
        .every((name) => /^\s*(?:type\s|$)/.test(name));
    if (onlyTypes) continue;
    if (target.startsWith(".")) reached(join(dirname(file), target), files, packages);
    else packages.add(target);
  }
}

test("signing and verifying need nothing but what browsers have, and audited libraries", () => {
  const files = new Set<string>();
  const packages = new Set<string>();
  reached(join(import.meta.dirname, "portable.ts"), files, packages);
  assert.ok(files.size > 20, "the protocol is among them");
  assert.deepEqual(
    [...packages].toSorted().filter((name) => !/^@noble\/(?:curves|hashes)\//.test(name)),
    [],
  );
  for (const file of files) {
    assert.doesNotMatch(readFileSync(file, "utf8"), /\beval\(|new Function\b|\bBuffer\b|\bprocess\./, file);
  }
});
