import assert from "node:assert/strict";
import { test } from "node:test";
import { InvariantError } from "../../quantity/error.ts";
import { none, sell, TriggerBook, type TriggerOrder } from "./index.ts";

const stop = (orderId: number, of: Partial<TriggerOrder>): TriggerOrder => ({
  orderId,
  priority: orderId,
  account: 1,
  instrument: 0,
  triggerTicks: 100,
  direction: "fall",
  source: "mark",
  side: sell,
  lots: 10,
  limitTicks: 0,
  timeInForce: "ioc",
  selfTrade: "cancel-resting",
  flags: 1,
  clientOrderId: 0,
  expiryMs: 0,
  ...of,
});

/** Takes all that is due, in order. */
function released(book: TriggerBook): number[] {
  const ids: number[] = [];
  for (let slot = book.firstDue(); slot !== none; slot = book.firstDue()) {
    ids.push(book.order(slot).orderId);
    book.remove(slot);
  }
  return ids;
}
const at = (ticks: number): { floorTicks: number; ceilTicks: number } => ({
  floorTicks: ticks,
  ceilTicks: ticks,
});

test("a price fires what it meets on its way, nearest first, then by priority", () => {
  const book = new TriggerBook();
  for (const [id, triggerTicks] of [
    [1, 90],
    [2, 95],
    [3, 95],
    [4, 80],
  ] as const)
    book.add(stop(id, { triggerTicks }));
  for (const [id, triggerTicks] of [
    [5, 120],
    [6, 110],
    [7, 110],
  ] as const) {
    book.add(stop(id, { triggerTicks, direction: "rise" }));
  }
  assert.equal(book.cross(0, "mark", at(100)), 0);
  assert.equal(book.cross(0, "mark", at(90)), 3);
  assert.deepEqual(released(book), [2, 3, 1]);
  assert.equal(book.cross(0, "mark", at(500)), 3);
  assert.deepEqual(released(book), [6, 7, 5]);
  assert.equal(book.orderCount, 1);
});

test("a price between two ticks fires neither of them", () => {
  const book = new TriggerBook();
  book.add(stop(1, { triggerTicks: 100 }));
  book.add(stop(2, { triggerTicks: 101, direction: "rise" }));
  assert.equal(book.cross(0, "mark", { floorTicks: 100, ceilTicks: 101 }), 0);
  assert.equal(book.cross(0, "mark", at(100)), 1);
  assert.equal(book.cross(0, "mark", at(101)), 1);
});

test("marks and last prices, and instruments, are apart", () => {
  const book = new TriggerBook();
  book.add(stop(1, { source: "last" }));
  book.add(stop(2, { instrument: 70 }));
  assert.equal(book.cross(0, "mark", at(1)), 0);
  assert.equal(book.cross(70, "last", at(1)), 0);
  assert.equal(book.cross(70, "mark", at(1)), 1);
  assert.equal(book.cross(0, "last", at(1)), 1);
  assert.deepEqual(released(book), [2, 1]);
});

test("what has fired stays fired, until it is taken, cancelled or expires", () => {
  const book = new TriggerBook();
  for (const id of [1, 2, 3, 4])
    book.add(stop(id, { account: id % 2, expiryMs: id === 4 ? 50 : 0, clientOrderId: id }));
  book.add(stop(5, { triggerTicks: 10, account: 1 }));
  book.cross(0, "mark", at(100));
  book.cross(0, "mark", at(200));
  assert.ok(book.isDue(book.find(2)));
  assert.ok(!book.isDue(book.find(5)));
  const seen: number[] = [];
  const note = (slot: number): void => void seen.push(book.order(slot).orderId);
  book.removeAll(1, { side: sell }, note);
  assert.equal(book.expire(50, 9, note), 1);
  assert.deepEqual(seen, [1, 3, 5, 4]);
  assert.deepEqual(
    [book.findClient(1, 3), book.accountOrderCount(1), book.accountOrderCount(0)],
    [none, 0, 1],
  );
  assert.deepEqual(released(book), [2]);
});

test("a full book takes no more; misuse stops the machine", () => {
  const book = new TriggerBook({ maxOrders: 1 });
  const order = stop(1, {
    lots: 0,
    limitTicks: 7,
    timeInForce: "fok",
    selfTrade: "decrement",
    flags: 0x4101,
    clientOrderId: 9,
  });
  assert.deepEqual(book.order(book.add(order)), order);
  assert.equal(book.add(stop(2, {})), none);
  book.remove(book.find(1));
  assert.throws(() => book.add(stop(1, {})), InvariantError);
  assert.throws(() => book.add(stop(2, { triggerTicks: 0 })), InvariantError);
});
