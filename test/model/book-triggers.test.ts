import assert from "node:assert/strict";
import { test } from "node:test";
import { buy, none, sell, TriggerBook, type TriggerOrder } from "../../src/clearing/book/index.ts";
import { randomStream } from "../../src/numerics/index.ts";
import { leavesOf, restore } from "./book-leaves.ts";

// PLIMSOLL_BOOK_SEEDS=5000 runs more seeds, PLIMSOLL_BOOK_SEED=17 that one alone
const seedCount = Number(process.env["PLIMSOLL_BOOK_SEEDS"] ?? 60);
const onlySeed = process.env["PLIMSOLL_BOOK_SEED"];
const stepsPerSeed = 600;

/** Triggers in one array, sorted when asked. */
class NaiveTriggers {
  waiting: TriggerOrder[] = [];
  due: TriggerOrder[] = [];

  all(): TriggerOrder[] {
    return [...this.waiting, ...this.due].sort((a, b) => a.priority - b.priority);
  }

  cross(instrument: number, source: string, floorTicks: number, ceilTicks: number): number {
    const watching = this.waiting.filter(
      (order) => order.instrument === instrument && order.source === source,
    );
    const rising = watching
      .filter((order) => order.direction === "rise" && order.triggerTicks <= floorTicks)
      .sort((a, b) => a.triggerTicks - b.triggerTicks || a.priority - b.priority);
    const falling = watching
      .filter((order) => order.direction === "fall" && order.triggerTicks >= ceilTicks)
      .sort((a, b) => b.triggerTicks - a.triggerTicks || a.priority - b.priority);
    const fired = [...rising, ...falling];
    this.due.push(...fired);
    this.waiting = this.waiting.filter((order) => !fired.includes(order));
    return fired.length;
  }

  remove(gone: readonly TriggerOrder[]): void {
    this.waiting = this.waiting.filter((order) => !gone.includes(order));
    this.due = this.due.filter((order) => !gone.includes(order));
  }
}

function run(seed: number): void {
  const random = randomStream(seed);
  const pick = <T>(items: readonly T[]): T => items[random.nextBelow(items.length)]!;
  const naive = new NaiveTriggers();
  const live = new TriggerBook({ maxOrders: pick([20, 300]), hashSeed: seed });
  const books = [live];
  const restoreAt = random.nextBelow(stepsPerSeed);
  let price = pick([1, 50, 1_000_000_000]);
  let nowMs = 1;

  for (let step = 1; step <= stepsPerSeed; step++) {
    nowMs += random.nextBelow(3);
    const draw = random.nextBelow(20);
    if (draw < 10) {
      const order: TriggerOrder = {
        orderId: step * 5_000_000_000,
        priority: step,
        account: random.nextBelow(4),
        instrument: random.nextBelow(3),
        triggerTicks: Math.max(1, price - 20 + random.nextBelow(41)),
        direction: pick(["rise", "fall"]),
        source: pick(["mark", "last"]),
        side: pick([buy, sell]),
        lots: random.nextBelow(5),
        limitTicks: pick([0, 2_147_483_647]),
        timeInForce: pick(["gtc", "ioc", "fok"]),
        selfTrade: pick(["cancel-resting", "cancel-incoming", "cancel-both", "decrement"]),
        flags: random.nextBelow(65_536),
        clientOrderId: pick([0, step * 4_294_967_296]),
        expiryMs: pick([0, 0, nowMs + random.nextBelow(100)]),
      };
      const full = naive.all().length >= live.maxOrders;
      for (const book of books) assert.equal(book.add(order) === none, full);
      if (!full) naive.waiting.push(order);
    } else if (draw < 14) {
      price = Math.max(1, price - 8 + random.nextBelow(17));
      const [instrument, source, floorTicks] = [random.nextBelow(3), pick(["mark", "last"] as const), price];
      const ceilTicks = floorTicks + random.nextBelow(2);
      const count = naive.cross(instrument, source, floorTicks, ceilTicks);
      for (const book of books)
        assert.equal(book.cross(instrument, source, { floorTicks, ceilTicks }), count);
    } else if (draw < 16) {
      const [order] = naive.due;
      for (const book of books) {
        const slot = book.firstDue();
        assert.deepEqual(slot === none ? undefined : book.order(slot), order);
        if (slot !== none) book.remove(slot);
      }
      if (order) naive.remove([order]);
    } else if (draw < 18) {
      const order = naive.all()[random.nextBelow(30)];
      if (!order) continue;
      for (const book of books) book.remove(book.find(order.orderId));
      naive.remove([order]);
    } else {
      const [account, instrument, side] = [random.nextBelow(4), random.nextBelow(3), pick([buy, sell])];
      const expired = naive
        .all()
        .filter(({ expiryMs }) => expiryMs !== 0 && expiryMs <= nowMs)
        .sort((a, b) => a.expiryMs - b.expiryMs || a.priority - b.priority)
        .slice(0, 2);
      const cancelled = naive
        .all()
        .filter(
          (order) => order.account === account && order.instrument === instrument && order.side === side,
        );
      const expected = draw === 18 ? expired : cancelled;
      for (const book of books) {
        const seen: TriggerOrder[] = [];
        const note = (slot: number): void => void seen.push(book.order(slot));
        if (draw === 18) assert.equal(book.expire(nowMs, 2, note), expected.length);
        else book.removeAll(account, { instrument, side }, note);
        assert.deepEqual(seen, expected);
      }
      naive.remove(expected);
    }
    for (const book of books) {
      assert.equal(book.orderCount, naive.all().length);
      if (step % 20 === 0) requireSame(book, naive);
    }
    if (step >= restoreAt && books.length === 1) {
      const restored = new TriggerBook({ maxOrders: live.maxOrders, hashSeed: seed + 1 });
      restore(live, restored);
      books.push(restored);
    }
  }
  for (const book of books) {
    requireSame(book, naive);
    assert.deepEqual(leavesOf(book), leavesOf(live));
  }
}

function requireSame(book: TriggerBook, naive: NaiveTriggers): void {
  for (let account = 0; account < 4; account++) {
    const orders: TriggerOrder[] = [];
    for (let slot = book.firstOf(account); slot !== none; slot = book.nextOf(slot))
      orders.push(book.order(slot));
    const expected = naive.all().filter((order) => order.account === account);
    assert.deepEqual(orders, expected);
    assert.equal(book.accountOrderCount(account), expected.length);
  }
  for (const order of naive.all()) {
    const slot = book.find(order.orderId);
    assert.equal(book.order(slot).orderId, order.orderId);
    assert.equal(book.isDue(slot), naive.due.includes(order));
    if (order.clientOrderId !== 0) assert.equal(book.findClient(order.account, order.clientOrderId), slot);
  }
}

test("triggers agree with the naive ones, also after being restored from their leaves", () => {
  const seeds =
    onlySeed === undefined ? Array.from({ length: seedCount }, (_, seed) => seed) : [Number(onlySeed)];
  for (const seed of seeds) {
    try {
      run(seed);
    } catch (error) {
      console.error(`PLIMSOLL_BOOK_SEED=${seed} npm run test:only -- test/model/book-triggers.test.ts`);
      throw error;
    }
  }
});
