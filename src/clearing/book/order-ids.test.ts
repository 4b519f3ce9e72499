import assert from "node:assert/strict";
import { test } from "node:test";
import { InvariantError } from "../../quantity/error.ts";
import { randomStream } from "../../numerics/random.ts";
import { OrderIds } from "./order-ids.ts";
import { orderDoubles, orderFields, OrderRecords } from "./order-records.ts";
import { none } from "./order.ts";

const slotCount = 2_000;

/** Ids whose slots are their keys in a record each, as the pool keeps them. */
function indexed(): { ids: OrderIds; insert: (slot: number, orderId: number) => void } {
  const records = new OrderRecords();
  records.grow(slotCount);
  const ids = new OrderIds(records, 0);
  return {
    ids,
    insert(slot, orderId) {
      records.doubles[slot * orderDoubles + orderFields.orderId] = orderId;
      ids.insert(slot);
    },
  };
}

test("orders are found by their ids, whether those rise one by one or meet in one place", () => {
  for (const step of [1, 3, 256, 65_536, 4_294_967_296]) {
    const random = randomStream(step);
    const { ids, insert } = indexed();
    const free = Array.from({ length: slotCount }, (_, slot) => slot);
    const live = new Map<number, number>();
    let nextId = 1;
    for (let i = 0; i < 12_000; i++) {
      // grows to some thousand orders, then shrinks to a few, twice
      const grows = i % 6_000 < 3_000;
      const slot = random.nextBelow(10) < (grows ? 8 : 2) ? free.pop() : undefined;
      if (slot !== undefined) {
        insert(slot, nextId);
        live.set(nextId, slot);
        nextId += step;
      } else if (live.size > 0) {
        const [orderId, gone] = [...live].at(random.nextBelow(Math.min(live.size, 40)))!;
        ids.remove(gone);
        live.delete(orderId);
        free.push(gone);
        assert.equal(ids.find(orderId), none);
      }
      if (i % 100 === 0) for (const [orderId, at] of live) assert.equal(ids.find(orderId), at);
      assert.equal(ids.find(nextId), none);
    }
    assert.ok(nextId > 4_000 * step);
  }
});

test("an order id is given once, also when its order was displaced", () => {
  const { ids, insert } = indexed();
  insert(0, 7);
  assert.throws(() => insert(1, 7), InvariantError);
  const other = indexed();
  other.insert(0, 7);
  other.insert(1, 7 + 4_294_967_296);
  assert.equal(other.ids.find(7), 0);
  assert.throws(() => other.insert(2, 7), InvariantError);
  assert.equal(ids.find(8), none);
});
