import assert from "node:assert/strict";
import { test } from "node:test";
import { InvariantError } from "../../quantity/error.ts";
import { randomStream } from "../../numerics/random.ts";
import { none } from "./order.ts";
import { SlotIndex } from "./slot-index.ts";

test("an index agrees with a map, whatever its seed", () => {
  for (const seed of [0, 1, -77]) {
    const random = randomStream(seed);
    const index = new SlotIndex(seed);
    const map = new Map<string, { owner: number; key: number; slot: number }>();
    for (let i = 0; i < 30_000; i++) {
      const owner = [0, 5, 4_294_967_295][random.nextBelow(3)]!;
      // keys that differ only in high or only in low bits
      const key = (1 + random.nextBelow(60)) * [1, 4, 4_294_967_296, 90_000_000_001][random.nextBelow(4)]!;
      const name = `${owner} ${key}`;
      const known = map.get(name);
      assert.equal(index.find(owner, key), known?.slot ?? none);
      if (known) {
        if (random.nextBelow(2) === 0) continue;
        index.remove(owner, key);
        map.delete(name);
      } else {
        index.insert(owner, key, i);
        map.set(name, { owner, key, slot: i });
      }
    }
    for (const { owner, key, slot } of map.values()) assert.equal(index.find(owner, key), slot);
  }
});

test("an identifier is given once, and taken out once", () => {
  const index = new SlotIndex(0);
  index.insert(0, 7, 3);
  assert.throws(() => index.insert(0, 7, 4), InvariantError);
  index.remove(0, 7);
  assert.throws(() => index.remove(0, 7), InvariantError);
});
