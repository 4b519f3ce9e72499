import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  cannotImprove,
  type RestoreTerms,
  sizeToRestoreCeil,
  sizeToRestoreFloor,
} from "./size-to-restore.ts";

const money = fc.bigInt({ min: 0n, max: 10n ** 18n });
const anyTerms: fc.Arbitrary<RestoreTerms> = fc.record({
  shortage: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 18n }),
  relief: money,
  cost: money,
  per: fc.constantFrom(1n, 1_000n, 10n ** 9n),
  available: fc.bigInt({ min: 0n, max: 10n ** 15n }),
});

test("a position of 10 units that frees 5 and costs 1 each makes good a shortage of 30 with 8", () => {
  const terms = { shortage: 30n, relief: 5n, cost: 1n, per: 1n, available: 10n };
  assert.deepEqual(sizeToRestoreCeil(terms), { kind: "restores", size: 8n });
  assert.deepEqual(sizeToRestoreFloor(terms), { kind: "restores", size: 7n });
  assert.deepEqual(sizeToRestoreCeil({ ...terms, shortage: 41n }), { kind: "exhausts", size: 10n });
  assert.deepEqual(sizeToRestoreCeil({ ...terms, cost: 5n }), { kind: "routedOnward" });
  assert.deepEqual(sizeToRestoreCeil({ ...terms, available: 0n }), { kind: "routedOnward" });
  assert.deepEqual(sizeToRestoreCeil({ ...terms, shortage: 0n, cost: 9n }), { kind: "restores", size: 0n });
});

test("the least size that restores health, and one less does not; what only exhausts improves and falls short", () => {
  fc.assert(
    fc.property(anyTerms, (terms) => {
      const { shortage, relief, cost, per, available = 0n } = terms;
      const step = sizeToRestoreCeil(terms);
      const gained = (size: bigint): bigint => size * (relief - cost);
      if (shortage <= 0n) return assert.deepEqual(step, { kind: "restores", size: 0n });
      if (step.kind === "routedOnward") return assert.ok(cannotImprove(terms) || available === 0n);
      assert.ok(step.size >= 1n && step.size <= available && gained(step.size) > 0n);
      if (step.kind === "exhausts") {
        assert.equal(step.size, available);
        return assert.ok(gained(step.size) < shortage * per);
      }
      assert.ok(gained(step.size) >= shortage * per && gained(step.size - 1n) < shortage * per);
    }),
    { seed: 1, numRuns: 2_000 },
  );
});

test("rounded down it never takes too much, and at most one unit less than rounded up", () => {
  fc.assert(
    fc.property(anyTerms, (terms) => {
      const down = sizeToRestoreFloor(terms);
      const up = sizeToRestoreCeil(terms);
      if (down.kind === "routedOnward" || up.kind === "routedOnward") return assert.equal(down.kind, up.kind);
      assert.ok(up.size - down.size <= 1n && down.size <= up.size);
      if (terms.shortage > 0n) {
        assert.ok(down.size * (terms.relief - terms.cost) <= terms.shortage * terms.per);
      }
    }),
    { seed: 2, numRuns: 1_000 },
  );
});

test("a larger shortage or a dearer step never asks for less", () => {
  fc.assert(
    fc.property(anyTerms, money, money, (terms, shortage, cost) => {
      const size = (changed: RestoreTerms): bigint | undefined => {
        const step = sizeToRestoreCeil(changed);
        return step.kind === "routedOnward" ? undefined : step.size;
      };
      const less = size(terms);
      for (const more of [
        { ...terms, shortage: terms.shortage + shortage },
        { ...terms, cost: terms.cost + cost },
      ]) {
        const sizeOfMore = size(more);
        if (less !== undefined && sizeOfMore !== undefined) assert.ok(sizeOfMore >= less);
        else if (less === undefined) assert.equal(sizeOfMore, undefined);
      }
    }),
    { seed: 3, numRuns: 1_000 },
  );
});
