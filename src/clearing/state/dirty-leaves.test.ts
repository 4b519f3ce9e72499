import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DirtyLeaves } from "./dirty-leaves.ts";

test("whoever takes and whoever watches each gets every change once", () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.nat(300) },
    { weight: 1, arbitrary: fc.constantFrom("take" as const, "see" as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const leaves = new DirtyLeaves();
      leaves.watch();
      const [untaken, unseen] = [new Set<number>(), new Set<number>()];
      for (const next of [...steps, "take" as const, "see" as const]) {
        if (next === "take") {
          assert.deepEqual(
            [...leaves.take()],
            [...untaken].sort((a, b) => a - b),
          );
          untaken.clear();
        } else if (next === "see") {
          const seen: number[] = [];
          leaves.see((leaf) => seen.push(leaf));
          assert.deepEqual(seen, [...unseen]);
          unseen.clear();
        } else {
          leaves.mark(next);
          untaken.add(next);
          unseen.add(next);
          assert.equal(leaves.count, untaken.size);
        }
      }
    }),
    { seed: 20_261_124, numRuns: 300 },
  );
});
