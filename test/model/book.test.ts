import assert from "node:assert/strict";
import { test } from "node:test";
import { buy, none, type OrderBook, OrderPool, sell, type Side } from "../../src/clearing/book/index.ts";
import { type Command, type Flow, flowOf } from "./book-flow.ts";
import { leavesOf, restore } from "./book-leaves.ts";
import { NaiveBooks } from "./book-twin.ts";

// PLIMSOLL_BOOK_SEEDS=5000 runs more seeds, PLIMSOLL_BOOK_SEED=17 that one alone
const seedCount = Number(process.env["PLIMSOLL_BOOK_SEEDS"] ?? 140);
const onlySeed = process.env["PLIMSOLL_BOOK_SEED"];
const commandsPerSeed = 1500;

/** The books of src/clearing/book with what an engine would do around them: positions, and a record of what is announced. */
class RealBooks {
  readonly pool: OrderPool;
  readonly log: string[] = [];
  /** Totals by instrument, side and price as the level announcements tell them. */
  readonly levels: Map<string, number>;
  readonly #positions: Map<string, number>;
  #taker = 0;

  constructor(maxOrders: number, hashSeed: number, from?: RealBooks) {
    this.levels = new Map(from?.levels);
    this.#positions = new Map(from ? from.#positions : []);
    const pool: OrderPool = new OrderPool(
      {
        onFill: (slot, lots, priceTicks) => {
          const instrument = pool.instrument(slot);
          const bought = pool.side(slot) === buy ? lots : -lots;
          this.#move(pool.account(slot), instrument, bought);
          this.#move(this.#taker, instrument, -bought);
          this.log.push(`fill ${this.#brief(slot)}: ${lots} at ${priceTicks}`);
        },
        onCancel: (slot, lots, reason) => this.log.push(`cancel ${this.#brief(slot)}: ${lots} ${reason}`),
        onLevel: (instrument, side, priceTicks, total) => {
          const key = `${instrument}: ${side} ${priceTicks}`;
          if (total === 0) this.levels.delete(key);
          else this.levels.set(key, total);
        },
        reducibleLots: (account, instrument, side) =>
          Math.max(0, (side === buy ? -1 : 1) * (this.#positions.get(`${account} ${instrument}`) ?? 0)),
      },
      { maxOrders, hashSeed },
    );
    this.pool = pool;
    if (from) restore(from.pool, pool);
  }

  #brief(slot: number): string {
    return `${this.pool.orderId(slot)} ${this.pool.remainingLots(slot)} ${this.pool.filledLots(slot)}`;
  }

  #move(account: number, instrument: number, lots: number): void {
    const key = `${account} ${instrument}`;
    this.#positions.set(key, (this.#positions.get(key) ?? 0) + lots);
  }

  apply(command: Command): object | number | string {
    const { pool } = this;
    switch (command.type) {
      case "match": {
        this.#taker = command.order.account;
        return { ...pool.book(command.instrument).match(command.order) };
      }
      case "preview":
        return { ...pool.book(command.instrument).preview(command.intent) };
      case "amend": {
        const slot = pool.find(command.orderId);
        this.#taker = pool.account(slot);
        return { ...pool.book(pool.instrument(slot)).amend(slot, command.change) };
      }
      case "cancel":
        pool.cancel(pool.find(command.orderId));
        return "cancelled";
      case "cancel-all":
        return pool.cancelAll(command.account, command.only);
      case "expire":
        return pool.expire(command.nowMs, command.maxCount);
      case "limit-reduce-only":
      default:
        return pool.limitReduceOnly(command.account, command.instrument, command.side, command.maxLots);
    }
  }
}

function applyNaively(books: NaiveBooks, command: Command): object | number | string {
  const find = (orderId: number): NaiveBooks["orders"][number] =>
    books.orders.find((order) => order.orderId === orderId)!;
  switch (command.type) {
    case "match":
      return books.match(command.instrument, command.order);
    case "preview":
      return books.preview(command.instrument, command.intent);
    case "amend":
      return books.amend(find(command.orderId), command.change);
    case "cancel":
      books.cancel(find(command.orderId), "cancelled");
      return "cancelled";
    case "cancel-all":
      return books.cancelAll(command.account, command.only);
    case "expire":
      return books.expire(command.nowMs, command.maxCount);
    case "limit-reduce-only":
    default:
      return books.limitReduceOnly(command.account, command.instrument, command.side, command.maxLots);
  }
}

/** Everything that can be asked of the books. */
function requireSame({ pool, levels }: RealBooks, naive: NaiveBooks, { accounts, instruments }: Flow): void {
  assert.equal(pool.orderCount, naive.orders.length);
  for (const order of naive.orders) {
    const slot = pool.find(order.orderId);
    assert.deepEqual(
      {
        orderId: pool.orderId(slot),
        account: pool.account(slot),
        instrument: pool.instrument(slot),
        side: pool.side(slot),
        flags: pool.flags(slot),
        clientOrderId: pool.clientOrderId(slot),
        expiryMs: pool.expiryMs(slot),
        slot,
        priceTicks: pool.priceTicks(slot),
        remainingLots: pool.remainingLots(slot),
        filledLots: pool.filledLots(slot),
        priority: pool.priority(slot),
      },
      { ...order },
    );
    if (order.clientOrderId !== 0) assert.equal(pool.findClient(order.account, order.clientOrderId), slot);
  }
  assert.equal(pool.find(1), none);
  for (let account = 0; account < accounts; account++) {
    const slots: number[] = [];
    for (let slot = pool.firstOf(account); slot !== none; slot = pool.nextOf(slot)) slots.push(slot);
    const orders = naive.ofAccount(account);
    assert.deepEqual(
      slots,
      orders.map(({ slot }) => slot),
    );
    assert.equal(pool.accountOrderCount(account), orders.length);
    assert.equal(pool.accountReduceOnlyCount(account), orders.filter(({ flags }) => flags & 1).length);
  }
  const announced = new Map<string, number>();
  for (let instrument = 0; instrument < instruments; instrument++) {
    for (const [key, total] of naive.levels(instrument)) announced.set(`${instrument}: ${key}`, total);
    requireSameDepth(pool.book(instrument), naive, buy);
    requireSameDepth(pool.book(instrument), naive, sell);
  }
  assert.deepEqual(levels, announced);
}

function requireSameDepth(book: OrderBook, naive: NaiveBooks, side: Side): void {
  const levels = new Map<number, { priceTicks: number; lots: number; orders: number }>();
  for (const { priceTicks, remainingLots } of naive.queue(book.instrument, side)) {
    const { lots, orders } = levels.get(priceTicks) ?? { lots: 0, orders: 0 };
    levels.set(priceTicks, { priceTicks, lots: lots + remainingLots, orders: orders + 1 });
  }
  const expected = [...levels.values()];
  assert.deepEqual(book.depth(side, 1000), expected);
  assert.deepEqual(book.depth(side, 2), expected.slice(0, 2));
  assert.equal(book.first(side), naive.queue(book.instrument, side)[0]?.slot ?? none);
  assert.equal(side === buy ? book.bestBidTicks : book.bestAskTicks, expected[0]?.priceTicks ?? 0);
}

/** Runs one seed through both, restoring a second engine from leaves on the way; returns what each command did. */
function run(seed: number): Set<string> {
  const flow = flowOf(seed);
  const naive = new NaiveBooks(flow.maxOrders);
  const live = new RealBooks(flow.maxOrders, seed);
  const engines = [live];
  const restoreAt = flow.random.nextBelow(commandsPerSeed);
  const met = new Set<string>();
  for (let i = 0; i < commandsPerSeed; i++) {
    const command = flow.next(naive);
    const expected = applyNaively(naive, command);
    for (const engine of engines) {
      assert.deepEqual(engine.apply(command), expected, `command ${i}: ${JSON.stringify(command)}`);
      assert.deepEqual(engine.log, naive.log, `command ${i}: ${JSON.stringify(command)}`);
      if (i % 25 === 0) requireSame(engine, naive, flow);
      engine.log.length = 0;
    }
    naive.log.length = 0;
    if (i === restoreAt) engines.push(new RealBooks(flow.maxOrders, seed + 1, live));
    if (typeof expected === "object") {
      if ("status" in expected) met.add(`${command.type} ${String(Reflect.get(expected, "status"))}`);
      for (const what of ["reason", "stop"])
        met.add(`${command.type} ${String(Reflect.get(expected, what))}`);
    } else met.add(command.type);
  }
  for (const engine of engines) {
    requireSame(engine, naive, flow);
    assert.deepEqual(leavesOf(engine.pool), leavesOf(live.pool));
  }
  return met;
}

test("books agree with the naive ones, also after being restored from their leaves", () => {
  const seeds =
    onlySeed === undefined ? Array.from({ length: seedCount }, (_, seed) => seed) : [Number(onlySeed)];
  const met = new Set<string>();
  for (const seed of seeds) {
    try {
      for (const what of run(seed)) met.add(what);
    } catch (error) {
      console.error(`PLIMSOLL_BOOK_SEED=${seed} npm run test:only -- test/model/book.test.ts`);
      throw error;
    }
  }
  if (seeds.length < 100) return;
  // every way in which a command can end was met
  const wanted = {
    match:
      "rested filled cancelled rejected post-only fill-or-kill client-order-id book-full self-trade immediate step-bound cost-bound",
    amend: "rested filled cancelled rejected amended post-only expired self-trade step-bound",
    preview: "none self-trade step-bound cost-bound",
  };
  for (const [type, ends] of Object.entries(wanted)) {
    for (const end of ends.split(" ")) assert.ok(met.has(`${type} ${end}`), `${type} ${end}`);
  }
  for (const type of ["cancel", "cancel-all", "expire", "limit-reduce-only"]) assert.ok(met.has(type), type);
});
