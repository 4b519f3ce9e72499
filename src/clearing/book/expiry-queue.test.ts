import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/random.ts";
import { ExpiryQueue } from "./expiry-queue.ts";
import { none } from "./order.ts";

test("a queue gives slots by expiry, then priority, also after others were taken out of its middle", () => {
  const random = randomStream(4);
  const queue = new ExpiryQueue();
  let waiting: { slot: number; expiryMs: number; priority: number }[] = [];
  for (let i = 0; i < 4000; i++) {
    const draw = random.nextBelow(10);
    if (draw < 5) {
      let slot = random.nextBelow(500);
      while (waiting.some((other) => other.slot === slot)) slot++;
      const expiryMs = 1 + random.nextBelow(50);
      queue.insert(slot, expiryMs, i);
      waiting.push({ slot, expiryMs, priority: i });
    } else if (waiting.length > 0) {
      waiting.sort((a, b) => a.expiryMs - b.expiryMs || a.priority - b.priority);
      const at = draw < 7 ? 0 : random.nextBelow(waiting.length);
      const { slot } = waiting[at]!;
      if (at === 0) assert.equal(queue.first(), slot);
      queue.remove(slot);
      waiting = waiting.filter((other) => other.slot !== slot);
    }
  }
  waiting.sort((a, b) => a.expiryMs - b.expiryMs || a.priority - b.priority);
  for (const { slot } of waiting) {
    assert.equal(queue.first(), slot);
    queue.remove(slot);
  }
  assert.equal(queue.first(), none);
});
