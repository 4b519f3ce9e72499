import assert from "node:assert/strict";
import { test } from "node:test";
import { runDefaults } from "./default-soak.ts";

test("thousands of defaults under faults keep every promise", () => {
  const figures = runDefaults({ count: 4_000, seed: 1 });
  assert.ok(figures.started >= 4_000);
  // Every way to end, and every layer of the waterfall, was met.
  for (const [name, count] of Object.entries(figures)) assert.ok(count > 0, `no ${name}`);
});
