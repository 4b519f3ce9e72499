import assert from "node:assert/strict";
import { test } from "node:test";
import { InvariantError } from "../../quantity/error.ts";
import {
  type Amendment,
  type BookListener,
  buy,
  type IncomingOrder,
  maxOrderLots,
  none,
  orderFlags,
  OrderPool,
  type Outcome,
  sell,
} from "./index.ts";

/** A pool that writes down what its books announce. */
function recorded(positions: Map<number, number> = new Map()): { pool: OrderPool; log: string[] } {
  const log: string[] = [];
  const listener: BookListener = {
    onFill: (slot, lots, priceTicks) => log.push(`fill ${pool.orderId(slot)}: ${lots} at ${priceTicks}`),
    onCancel: (slot, lots, reason) => log.push(`cancel ${pool.orderId(slot)}: ${lots}, ${reason}`),
    onLevel: (_, side, priceTicks, total) =>
      log.push(`level ${side === buy ? "bid" : "ask"} ${priceTicks}: ${total}`),
    reducibleLots: (account, _, side) => Math.max(0, (side === buy ? -1 : 1) * (positions.get(account) ?? 0)),
  };
  const pool: OrderPool = new OrderPool(listener);
  return { pool, log };
}

const order = (orderId: number, of: Partial<IncomingOrder>): IncomingOrder => ({
  orderId,
  priority: orderId,
  account: orderId,
  side: buy,
  priceTicks: 100,
  lots: 10,
  flags: 0,
  timeInForce: "gtc",
  selfTrade: "cancel-resting",
  clientOrderId: 0,
  expiryMs: 0,
  nowMs: 0,
  maxSteps: 100,
  ...of,
});

const brief = ({ status, reason, filledLots, restingLots, cancelledLots }: Outcome): string =>
  `${status} ${reason} ${filledLots}/${restingLots}/${cancelledLots}`;

test("price first, then time; the incoming order gets the resting one's price", () => {
  const { pool, log } = recorded();
  const book = pool.book(0);
  book.match(order(1, { side: sell, priceTicks: 102 }));
  book.match(order(2, { side: sell, priceTicks: 101 }));
  book.match(order(3, { side: sell, priceTicks: 101 }));
  assert.equal(book.bestAskTicks, 101);
  log.length = 0;
  const outcome = book.match(order(4, { priceTicks: 103, lots: 35 }));
  assert.equal(brief(outcome), "rested none 30/5/0");
  assert.equal(outcome.costLotTicks, 10 * 101 + 10 * 101 + 10 * 102);
  assert.deepEqual(log, [
    "fill 2: 10 at 101",
    "fill 3: 10 at 101",
    "level ask 101: 0",
    "fill 1: 10 at 102",
    "level ask 102: 0",
    "level bid 103: 5",
  ]);
  assert.equal(pool.filledLots(pool.find(4)), 30);
  assert.deepEqual([book.bestBidTicks, book.bestAskTicks, pool.orderCount], [103, 0, 1]);
});

test("self-trade prevention is the incoming order's choice", () => {
  for (const [selfTrade, expected, log] of [
    ["cancel-resting", "rested none 4/8/0", ["cancel 1: 5, self-trade", "fill 2: 4 at 100"]],
    ["cancel-incoming", "cancelled self-trade 0/0/12", []],
    ["cancel-both", "cancelled self-trade 0/0/12", ["cancel 1: 5, self-trade"]],
    ["decrement", "rested none 4/3/0", ["cancel 1: 5, self-trade", "fill 2: 4 at 100"]],
  ] as const) {
    const { pool, log: heard } = recorded();
    const book = pool.book(0);
    book.match(order(1, { account: 7, side: sell, lots: 5 }));
    book.match(order(2, { account: 8, side: sell, lots: 4 }));
    heard.length = 0;
    assert.equal(brief(book.match(order(3, { account: 7, lots: 12, selfTrade }))), expected);
    assert.deepEqual(
      heard.filter((line) => !line.startsWith("level")),
      log,
    );
  }
});

test("decrementing leaves what is larger with its place in the queue", () => {
  const { pool } = recorded();
  const book = pool.book(0);
  book.match(order(1, { account: 7, side: sell, lots: 5 }));
  book.match(order(2, { account: 8, side: sell, lots: 5 }));
  const outcome = book.match(order(3, { account: 7, lots: 2, selfTrade: "decrement" }));
  assert.equal(brief(outcome), "cancelled self-trade 0/0/0");
  assert.equal(outcome.decrementedLots, 2);
  assert.equal(book.match(order(4, { account: 9, lots: 3 })).status, "filled");
  assert.deepEqual([pool.find(1), pool.remainingLots(pool.find(2))], [none, 5]);
});

test("immediate, whole or nothing, never more than the steps allowed", () => {
  const { pool } = recorded();
  const book = pool.book(0);
  for (const id of [1, 2, 3]) book.match(order(id, { side: sell, priceTicks: 100 + id }));
  assert.equal(
    brief(book.match(order(4, { priceTicks: 103, lots: 31, timeInForce: "fok" }))),
    "rejected fill-or-kill 0/0/0",
  );
  assert.equal(
    brief(book.match(order(5, { priceTicks: 101, lots: 15, timeInForce: "ioc" }))),
    "cancelled immediate 10/0/5",
  );
  // what would still trade does not rest, or the book would be crossed
  assert.equal(
    brief(book.match(order(6, { priceTicks: 103, lots: 15, maxSteps: 1 }))),
    "cancelled step-bound 10/0/5",
  );
  assert.equal(brief(book.match(order(7, { priceTicks: 103, timeInForce: "fok" }))), "filled none 10/0/0");
  assert.equal(pool.orderCount, 0);
});

test("a post-only order is refused or slides behind the best price", () => {
  const { pool } = recorded();
  const book = pool.book(0);
  book.match(order(1, { side: sell, priceTicks: 105 }));
  const { postOnly, slide } = orderFlags;
  assert.equal(brief(book.match(order(2, { priceTicks: 105, flags: postOnly }))), "rejected post-only 0/0/0");
  assert.equal(book.match(order(3, { priceTicks: 104, flags: postOnly })).status, "rested");
  assert.equal(book.match(order(4, { priceTicks: 200, flags: postOnly | slide })).priceTicks, 104);
  assert.equal(book.match(order(5, { side: sell, priceTicks: 1, flags: postOnly | slide })).priceTicks, 105);
  assert.deepEqual(book.depth(buy, 9), [{ priceTicks: 104, lots: 20, orders: 2 }]);
  // nothing stands behind the lowest price
  const empty = pool.book(1);
  empty.match(order(6, { side: sell, priceTicks: 1 }));
  assert.equal(empty.match(order(7, { flags: postOnly | slide })).reason, "post-only");
});

test("an amendment keeps time priority only when it takes size off", () => {
  const { pool } = recorded();
  const book = pool.book(0);
  for (const id of [1, 2, 3]) book.match(order(id, {}));
  const change = {
    priceTicks: 100,
    lots: 6,
    priority: 10,
    selfTrade: "cancel-resting",
    nowMs: 0,
    maxSteps: 9,
  } as const;
  const amend = (id: number, of: Partial<Amendment>): string => {
    const outcome = book.amend(pool.find(id), { ...change, ...of });
    return `${brief(outcome)} ${outcome.keptPriority ? "kept" : "lost"}`;
  };
  assert.equal(amend(1, { lots: 6 }), "rested none 0/6/0 kept");
  assert.equal(amend(1, { lots: 7 }), "rested none 0/7/0 lost");
  book.match(order(11, { side: sell, lots: 12 }));
  assert.equal(pool.find(2), none);
  assert.equal(pool.remainingLots(pool.find(3)), 8);
  // the size is the whole order's, fills included
  assert.equal(amend(3, { lots: 5 }), "rested none 0/3/0 kept");
  assert.equal(amend(3, { lots: 2 }), "cancelled amended 0/0/3 lost");
  // and a new price may trade
  book.match(order(12, { side: sell, priceTicks: 110, lots: 4 }));
  assert.equal(amend(1, { lots: 7, priceTicks: 110, priority: 13 }), "rested none 4/3/0 lost");
  const slot = pool.find(1);
  assert.deepEqual([pool.priceTicks(slot), pool.filledLots(slot), pool.remainingLots(slot)], [110, 4, 3]);
});

test("an expired order does not trade, swept or not", () => {
  const { pool, log } = recorded();
  const book = pool.book(0);
  book.match(order(1, { side: sell, expiryMs: 50 }));
  book.match(order(2, { side: sell, expiryMs: 40 }));
  book.match(order(3, { side: sell, priceTicks: 101 }));
  assert.equal(book.preview(order(4, { nowMs: 49, lots: 99 })).fillableLots, 10);
  assert.equal(pool.expire(39, 9), 0);
  assert.equal(pool.expire(60, 1), 1);
  log.length = 0;
  assert.equal(brief(book.match(order(5, { priceTicks: 101, nowMs: 60, lots: 4 }))), "filled none 4/0/0");
  assert.deepEqual(log, [
    "cancel 1: 10, expired",
    "level ask 100: 0",
    "fill 3: 4 at 101",
    "level ask 101: 6",
  ]);
  assert.equal(brief(book.match(order(6, { expiryMs: 60, nowMs: 60 }))), "rejected expired 0/0/0");
});

test("a reduce-only order never trades more than its account's position", () => {
  const positions = new Map([[1, 4]]);
  const { pool, log } = recorded(positions);
  const book = pool.book(0);
  book.match(order(1, { side: sell, flags: orderFlags.reduceOnly }));
  book.match(order(2, { side: sell }));
  assert.equal(book.preview(order(3, { lots: 20 })).fillableLots, 14);
  log.length = 0;
  assert.equal(brief(book.match(order(3, { lots: 14, timeInForce: "fok" }))), "filled none 14/0/0");
  assert.deepEqual(log.slice(0, 2), ["cancel 1: 6, reduce-only", "fill 1: 4 at 100"]);
  book.match(order(4, { side: sell, account: 1, lots: 3, flags: orderFlags.reduceOnly }));
  book.match(order(5, { side: sell, account: 1, lots: 3, flags: orderFlags.reduceOnly }));
  assert.equal(pool.limitReduceOnly(1, 0, sell, 4), 2);
  assert.deepEqual([pool.remainingLots(pool.find(4)), pool.remainingLots(pool.find(5))], [3, 1]);
});

test("sums stay safe integers: matching stops short, and a level takes no more", () => {
  const { pool } = recorded();
  const book = pool.book(0);
  // 2^39 lots at 2^13 ticks cost 2^52: one is below 2^53, two are not
  const half = maxOrderLots / 2;
  for (const id of [1, 2]) book.match(order(id, { side: sell, priceTicks: 8192, lots: half }));
  const taker = order(3, { priceTicks: 8192, lots: maxOrderLots });
  assert.deepEqual(
    { ...book.preview(taker) },
    {
      fillableLots: half,
      costLotTicks: half * 8192,
      worstTicks: 8192,
      decrementedLots: 0,
      stop: "cost-bound",
    },
  );
  assert.equal(brief(book.match(taker)), `cancelled cost-bound ${half}/0/${half}`);
  const crowded = new OrderPool({ onFill() {}, onCancel() {}, onLevel() {}, reducibleLots: () => 0 });
  for (let id = 1; id <= 8191; id++) crowded.book(0).match(order(id, { lots: maxOrderLots }));
  assert.equal(crowded.book(0).match(order(8192, { lots: maxOrderLots })).reason, "book-full");
  assert.equal(crowded.book(0).match(order(8193, { lots: maxOrderLots - 1 })).status, "rested");
  assert.equal(crowded.book(0).depth(buy, 1)[0]?.lots, Number.MAX_SAFE_INTEGER);
});

test("misuse stops the machine", () => {
  const { pool } = recorded();
  const book = pool.book(0);
  book.match(order(5, {}));
  for (const of of [
    { lots: 0 },
    { lots: 1.5 },
    { lots: maxOrderLots + 1 },
    { priceTicks: 0 },
    { priceTicks: 2 ** 31 },
  ]) {
    assert.throws(() => book.match(order(6, of)), InvariantError, JSON.stringify(of));
  }
  assert.throws(() => book.match(order(6, { priority: 5 })), InvariantError);
  assert.throws(() => pool.cancel(none), InvariantError);
  assert.throws(() => book.reduce(pool.find(5), 11, "cancelled"), InvariantError);
  // a listener must not change what it is told of
  for (const hook of ["onFill", "onCancel", "onLevel"] as const) {
    let armed = false;
    const meddle = (): void => {
      if (armed) nested.cancelAll(1);
    };
    const quiet = { onFill() {}, onCancel() {}, onLevel() {}, reducibleLots: () => 0 };
    const nested: OrderPool = new OrderPool({ ...quiet, [hook]: meddle });
    for (const id of [1, 2]) nested.book(0).match(order(id, { account: 1 }));
    armed = true;
    const act = (): unknown =>
      hook === "onCancel" ? nested.cancel(nested.find(1)) : nested.book(0).match(order(3, { side: sell }));
    assert.throws(act, InvariantError, hook);
  }
});

test("a thousand books with far and near prices fit in a few megabytes", () => {
  const { pool } = recorded();
  let id = 1;
  for (let instrument = 0; instrument < 1000; instrument++) {
    const book = pool.book(instrument);
    for (const priceTicks of [1, 2, 3, 1_000_000]) book.match(order(id++, { priceTicks }));
    for (const priceTicks of [1_000_001, 1_000_900, 2_147_483_647])
      book.match(order(id++, { side: sell, priceTicks }));
  }
  assert.ok(pool.arena.byteLength < 8_000_000, String(pool.arena.byteLength));
  assert.deepEqual([pool.book(999).bestBidTicks, pool.book(999).bestAskTicks], [1_000_000, 1_000_001]);
});
