import assert from "node:assert/strict";
import { test } from "node:test";
import { HeldAssets } from "./held-assets.ts";

test("new assets stand at the end, and the last takes the place of one given up", () => {
  const held = new HeldAssets();
  for (const asset of ["cash", "base", "option:0", "perp"]) held.note("a", asset, 1n);
  held.note("a", "base", 2n);
  const before = held.copy();
  held.note("a", "base", 0n);
  assert.deepEqual(held.of("a"), ["cash", "perp", "option:0"]);
  held.note("a", "option:0", 0n);
  held.note("a", "option:0", 0n);
  assert.deepEqual(held.of("a"), ["cash", "perp"]);
  assert.deepEqual(before.of("a"), ["cash", "base", "option:0", "perp"]);
  assert.deepEqual(held.of("b"), []);
});
