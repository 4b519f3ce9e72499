import { createRequire } from "node:module";
import {
  buy,
  type IncomingOrder,
  maxPriceTicks,
  none,
  OrderPool,
  sell,
  type SelfTrade,
  type Side,
  type TimeInForce,
} from "../src/clearing/book/index.ts";
import { randomStream } from "../src/numerics/random.ts";
import { type Contestant, interleave, printRatio, printTimings, ratioOf, timed } from "./measure.ts";

const seed = 20_260_801;

/** A flow's parameters. All are 60 % limit orders, of which a quarter crosses up to five ticks deep, 5 % market orders, 35 % cancels. */
interface Regime {
  readonly name: string;
  readonly operations: number;
  /** Orders that rest before the operations that are timed. */
  readonly prefill: number;
  /** How far behind the other side's best orders rest: at most so many ticks. */
  readonly width: number;
  /** Each distance as likely, or farther ones less by a power law of exponent 1.5, as observed in markets (Zovko and Farmer 2002). */
  readonly distances: "even" | "power law";
  /** Cancels name an order that rests, or any limit order given and not yet cancelled: many of those have traded meanwhile. */
  readonly cancels: "resting" | "given";
}
const fromEmpty = { operations: 1_000_000, prefill: 0, width: 1_000, distances: "power law" } as const;
const filled = { operations: 200_000, distances: "even", cancels: "resting" } as const;
const regimes: readonly Regime[] = [
  { ...fromEmpty, name: "from empty", cancels: "resting" },
  // the other book needs minutes for a million of these
  { ...fromEmpty, name: "from empty, cancels late", operations: 100_000, cancels: "given" },
  { ...filled, name: "thin", prefill: 0, width: 200 },
  { ...filled, name: "deep", prefill: 10_000, width: 200 },
  { ...filled, name: "crowded", prefill: 100_000, width: 200 },
  { ...filled, name: "deep and wide", prefill: 100_000, width: 20_000 },
];

/** Commands as columns, as a journal's reader would give them; those of the other contestant are made before anything is timed. */
interface Flow {
  readonly name: string;
  readonly count: number;
  /** 0 limit, 1 market, 2 cancel. */
  readonly kinds: Uint8Array;
  readonly orderIds: Int32Array;
  readonly sides: Uint8Array;
  readonly prices: Int32Array;
  readonly lots: Int32Array;
  readonly theirs: readonly TheirOrder[];
}

interface TheirOrder {
  readonly id: string;
  readonly side: "buy" | "sell";
  readonly size: number;
  readonly price: number;
}
/** The part of npm `nodejs-order-book` that is used. */
interface TheirBook {
  limit(order: TheirOrder): TheirResult;
  market(order: { readonly side: "buy" | "sell"; readonly size: number }): TheirResult;
  cancel(id: string): unknown;
}
interface TheirResult {
  readonly done: readonly { readonly id: string; readonly price: number }[];
  readonly partial: { readonly id: string; readonly price: number } | null;
  readonly quantityLeft: number;
}

/** Fills as a list that both sides can write: maker and price of each, and lots left after each command. */
type Fills = number[];

/** A pool that counts what it hears, and writes fills down if asked to. */
function ourPool(fills?: Fills): { pool: OrderPool; counts: { fills: number; lots: number } } {
  const counts = { fills: 0, lots: 0 };
  const pool: OrderPool = new OrderPool({
    onFill(slot, lots, priceTicks) {
      counts.fills++;
      counts.lots += lots;
      fills?.push(pool.orderId(slot), priceTicks);
    },
    onCancel() {},
    onLevel() {},
    reducibleLots: () => 0,
  });
  return { pool, counts };
}

/** One order object, filled anew for each command. */
class Order implements IncomingOrder {
  orderId = 0;
  priority = 0;
  account = 0;
  side: Side = buy;
  priceTicks = 0;
  lots = 0;
  flags = 0;
  timeInForce: TimeInForce = "gtc";
  selfTrade: SelfTrade = "cancel-resting";
  clientOrderId = 0;
  expiryMs = 0;
  nowMs = 0;
  maxSteps = 1_000_000;

  read({ orderIds, sides, prices, lots, kinds }: Flow, at: number): void {
    this.orderId = orderIds[at]!;
    this.priority = this.orderId;
    this.side = sides[at] === 0 ? buy : sell;
    // buyers and sellers are not the same, so that nobody meets himself
    this.account = (this.orderId % 500) * 2 + this.side;
    this.priceTicks = prices[at]!;
    this.lots = lots[at]!;
    this.timeInForce = kinds[at] === 1 ? "ioc" : "gtc";
  }
}

/** Makes a regime's commands, on our own book, since cancels must know what rests. */
function flow({ name, operations, prefill, width, distances, cancels }: Regime): Flow {
  const count = prefill + operations;
  const columns = {
    kinds: new Uint8Array(count),
    sides: new Uint8Array(count),
    prices: new Int32Array(count),
  };
  const theirs: TheirOrder[] = [];
  const made: Flow = {
    name,
    count,
    ...columns,
    orderIds: new Int32Array(count),
    lots: new Int32Array(count),
    theirs,
  };
  const random = randomStream(seed);
  const { pool } = ourPool();
  const book = pool.book(0);
  const resting: number[] = [];
  const takeResting = (): number => {
    while (resting.length > 0) {
      const at = random.nextBelow(resting.length);
      const orderId = resting[at]!;
      resting[at] = resting.at(-1)!;
      resting.pop();
      if (cancels === "given" || pool.find(orderId) !== none) return orderId;
    }
    return none;
  };
  const distance = (): number =>
    distances === "even"
      ? 1 + random.nextBelow(width)
      : Math.min(width, Math.floor(Math.pow(1 - random.nextFloat(), -1 / 1.5)));
  const order = new Order();
  for (let at = 0; at < count; at++) {
    const draw = at < prefill ? 0 : random.nextBelow(100);
    const cancelled = draw >= 65 ? takeResting() : none;
    const side = random.nextBelow(2) === 0 ? buy : sell;
    const crosses = at >= prefill && random.nextBelow(4) === 0;
    const ticks = crosses ? -random.nextBelow(5) : distance();
    const [bid, ask] = [book.bestBidTicks || 999_990, book.bestAskTicks || 1_000_010];
    made.kinds[at] = draw < 60 ? 0 : draw < 65 ? 1 : 2;
    made.orderIds[at] = cancelled === none ? at + 1 : cancelled;
    made.sides[at] = side;
    made.prices[at] = side === buy ? ask - ticks : bid + ticks;
    if (made.kinds[at] === 1) made.prices[at] = side === buy ? maxPriceTicks : 1;
    made.lots[at] = 1 + random.nextBelow(100);
    const id = String(made.orderIds[at]);
    theirs.push({ id, side: side === buy ? "buy" : "sell", size: made.lots[at]!, price: made.prices[at]! });
    if (cancelled !== none) {
      if (pool.find(cancelled) !== none) pool.cancel(pool.find(cancelled));
    } else if (made.kinds[at] !== 2) {
      order.read(made, at);
      if (book.match(order).status === "rested" || (cancels === "given" && made.kinds[at] === 0))
        resting.push(order.orderId);
    }
  }
  const levels = book.depth(buy, Infinity).length + book.depth(sell, Infinity).length;
  console.log(
    `  ${name}: ${prefill} orders, then ${operations} operations, ${distances} within ${width} ticks, cancels of orders ${cancels}; ` +
      `${pool.orderCount} orders at ${levels} prices at the end`,
  );
  return made;
}

interface Run {
  /** Does the commands from `from` up to `to`. */
  play(from: number, to: number): void;
}

function ourRun(of: Flow, fills?: Fills): Run {
  const { pool } = ourPool(fills);
  const book = pool.book(0);
  const order = new Order();
  const { kinds, orderIds } = of;
  return {
    play(from, to) {
      for (let at = from; at < to; at++) {
        if (kinds[at] === 2) {
          const slot = pool.find(orderIds[at]!);
          if (slot !== none) pool.cancel(slot);
        } else {
          order.read(of, at);
          const { filledLots } = book.match(order);
          fills?.push(order.lots - filledLots);
        }
      }
    },
  };
}

function theirRun(book: TheirBook, { kinds, theirs }: Flow, fills?: Fills): Run {
  return {
    play(from, to) {
      for (let at = from; at < to; at++) {
        const order = theirs[at]!;
        if (kinds[at] === 2) book.cancel(order.id);
        else {
          const { done, partial, quantityLeft } =
            kinds[at] === 0 ? book.limit(order) : book.market({ side: order.side, size: order.size });
          if (!fills) continue;
          for (const { id, price } of partial ? [...done, partial] : done) {
            if (id !== order.id) fills.push(Number(id), price);
          }
          fills.push(quantityLeft);
        }
      }
    },
  };
}

/** Times the commands after the first ones that fill the book. */
function timedAfter(prefill: number, { count }: Flow, start: () => Run): number {
  const run = start();
  run.play(0, prefill);
  return timed(() => run.play(prefill, count));
}

/** Our order book against npm `nodejs-order-book` on the same mixed flow, in books of several depths. */
export async function benchBook(rounds: number): Promise<void> {
  console.log(`\nOrder book: 60 % limit (a quarter crosses), 5 % market, 35 % cancel; seed ${seed}`);
  const TheirOrderBook = theirOrderBook();
  for (const regime of regimes) {
    const { name, prefill, operations } = regime;
    const of = flow(regime);
    const fills: Fills = [];
    ourRun(of, fills).play(0, of.count);
    const ours = `ours, ${name}`;
    const theirs = `npm nodejs-order-book, ${name}`;
    const contestants: Contestant[] = [{ name: ours, run: () => timedAfter(prefill, of, () => ourRun(of)) }];
    if (TheirOrderBook) {
      const theirFills: Fills = [];
      theirRun(new TheirOrderBook(), of, theirFills).play(0, of.count);
      const at = fills.findIndex((value, i) => value !== theirFills[i]);
      if (at >= 0 || fills.length !== theirFills.length) throw new Error(`fills differ at ${at}`);
      const orders = of.kinds.filter((kind) => kind !== 2).length;
      console.log(`  answers: the same ${(fills.length - orders) / 2} fills, one by one`);
      contestants.push({
        name: theirs,
        run: () => timedAfter(prefill, of, () => theirRun(new TheirOrderBook(), of)),
      });
    }
    const timings = await interleave(contestants, rounds);
    printTimings(timings.values(), (ms) => `${(operations / ms / 1000).toFixed(3)} M ops/s`);
    printRatio(`npm nodejs-order-book ÷ ours, ${name}`, ratioOf(timings, [theirs], ours), { atLeast: 30 });
  }
}

function theirOrderBook(): (new () => TheirBook) | undefined {
  try {
    const { OrderBook }: { OrderBook: new () => TheirBook } = createRequire(import.meta.url)(
      "nodejs-order-book",
    );
    return OrderBook;
  } catch {
    console.log("  npm nodejs-order-book: not installed (bench/setup.sh), left out");
    return undefined;
  }
}
