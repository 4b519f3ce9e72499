import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { roomUnder, startPart } from "./room.ts";

const amount = fc.bigInt({ min: 0n, max: 1000n });

test("room is what the tightest cap leaves, never below 0", () => {
  assert.equal(roomUnder([]), undefined);
  assert.equal(roomUnder([{ limit: 10n, inAuction: 4n }]), 6n);
  const caps = [
    { limit: 10n, inAuction: 4n },
    { limit: 100n, inAuction: 97n },
  ];
  assert.equal(roomUnder(caps), 3n);
  assert.equal(roomUnder([...caps, { limit: 5n, inAuction: 9n }]), 0n);
});

test("a start leaves no dust, puts none up, and exceeds the room by less than dust", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 1000n }), amount, amount, (whole, room, dust) => {
      const part = startPart(whole, room, dust);
      if (part === "noRoom") return assert.equal(room, 0n);
      if (part === "dust") return assert.ok(room < dust && whole - room >= dust);
      assert.ok(part > 0n && part <= whole);
      assert.ok(part === whole || (part === room && part >= dust && whole - part >= dust));
      assert.ok(part <= room || part - room < dust);
    }),
    { numRuns: 1000, seed: 1 },
  );
});

test("without a cap, or with room for all, all goes, however small", () => {
  assert.equal(startPart(3n, undefined, 10n), 3n);
  assert.equal(startPart(3n, 3n, 10n), 3n);
  assert.equal(startPart(3n, 1n, 10n), 3n);
});
