import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createEngine } from "../../src/clearing/index.ts";
import { StateTree, SnapshotReader, writeSnapshot } from "../../src/clearing/state/index.ts";
import { checkInvariants } from "./clearing-invariants.ts";
import { anySteps, type Step, takeStep } from "./clearing-steps.ts";
import { TestVenue } from "./clearing-venue.ts";
import { wholeVenue } from "./clearing-whole-venue.ts";

const seed = 20_261_124;

/** Hex of every section's leaves but those that every command changes: its own count of commands, and used nonces. */
function bytesOf(venue: TestVenue): string {
  const tree = new StateTree(
    venue.engine.sections.filter(({ name }) => name !== "machine" && name !== "signers"),
  );
  return Buffer.from(tree.root({ sequence: 0, timeMs: 0 })).toString("hex");
}

const rootOf = (venue: TestVenue): string =>
  Buffer.from(new StateTree(venue.engine.sections).root(venue.engine.head)).toString("hex");

function copyOf(venue: TestVenue): TestVenue {
  const { engine } = venue;
  const root = new StateTree(engine.sections).root(engine.head);
  const restored = createEngine();
  const reader = new SnapshotReader(restored.sections);
  for (const piece of writeSnapshot(engine.sections, engine.head, root)) reader.push(piece);
  reader.finish();
  const copy = new TestVenue(restored);
  copy.timeMs = venue.timeMs;
  return copy;
}

test("CLR-01 to CLR-07 hold after every command of any sequence", () => {
  fc.assert(
    fc.property(anySteps(120), fc.boolean(), (steps: readonly Step[], portfolio) => {
      const venue = wholeVenue(portfolio);
      for (const step of steps) {
        takeStep(venue, step);
        checkInvariants(venue);
      }
    }),
    { seed, numRuns: 40 },
  );
});

test("CLR-08 a refused command changes nothing but its nonce", () => {
  fc.assert(
    fc.property(anySteps(80), (steps: readonly Step[]) => {
      const venue = wholeVenue();
      for (const step of steps) {
        // Time passes first; what it causes is not the command's doing.
        venue.tick(step.afterMs);
        const before = bytesOf(venue);
        const refused = takeStep(venue, { ...step, afterMs: 0 }).some(({ type }) => type === "rejected");
        if (refused) assert.equal(bytesOf(venue), before, JSON.stringify(step));
      }
    }),
    { seed, numRuns: 25 },
  );
});

test("CLR-09 a machine restored from a snapshot has the same root, and the same future", () => {
  fc.assert(
    fc.property(anySteps(80), fc.nat(79), fc.boolean(), (steps: readonly Step[], at, portfolio) => {
      const venue = wholeVenue(portfolio);
      let copy: TestVenue | undefined;
      for (const [i, step] of steps.entries()) {
        if (i === at) {
          copy = copyOf(venue);
          assert.equal(rootOf(copy), rootOf(venue));
        }
        const events = takeStep(venue, step);
        if (copy) assert.deepEqual(takeStep(copy, step), events);
      }
      if (copy) assert.equal(rootOf(copy), rootOf(venue));
    }),
    { seed, numRuns: 25 },
  );
});

test("CLR-10 replaying the same commands gives the same root", () => {
  fc.assert(
    fc.property(anySteps(60), (steps: readonly Step[]) => {
      const [one, other] = [wholeVenue(), wholeVenue()];
      for (const step of steps) {
        takeStep(one, step);
        takeStep(other, step);
      }
      assert.equal(rootOf(one), rootOf(other));
    }),
    { seed, numRuns: 6 },
  );
});
