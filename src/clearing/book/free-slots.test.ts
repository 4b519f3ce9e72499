import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/random.ts";
import { FreeSlots } from "./free-slots.ts";

test("always the lowest free slot, and a new one when none is free", () => {
  const random = randomStream(3);
  const slots = new FreeSlots();
  const used = new Set<number>();
  for (let i = 0; i < 20_000; i++) {
    // up to some thousands, then down again, so that the sets get a third height
    if (used.size === 0 || random.nextBelow(20_000) > i) {
      let lowest = 0;
      if (i % 97 === 0) while (used.has(lowest)) lowest++;
      const slot = slots.take();
      if (i % 97 === 0) assert.equal(slot, lowest);
      assert.ok(!used.has(slot));
      used.add(slot);
    } else {
      const slot = random.nextBelow(slots.count);
      if (!used.delete(slot)) continue;
      slots.give(slot);
    }
    assert.equal(slots.usedCount, used.size);
  }
  assert.ok(slots.count > 2000);
});
