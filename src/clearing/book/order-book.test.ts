import assert from "node:assert/strict";
import { test } from "node:test";
import { type BookListener, buy, type IncomingOrder, OrderPool, type Outcome, sell } from "./index.ts";

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
