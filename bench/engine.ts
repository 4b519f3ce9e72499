import { createRequire } from "node:module";
import { buy, OrderPool, none, sell, type Side } from "../src/clearing/book/index.ts";
import {
  type ClearingEvent,
  type Command,
  createEngine,
  type Engine,
  type Envelope,
} from "../src/clearing/index.ts";
import { StateTree } from "../src/clearing/state/index.ts";
import { randomStream } from "../src/numerics/random.ts";
import { type Contestant, interleave, printRatio, printTimings, ratioOf, timed } from "./measure.ts";

const seed = 20_261_124;
const commandCount = 200_000;
const accountCount = 1_000;
/** Orders that rest before the flow begins, and within how many ticks of the other side's best. */
export const depths = [
  { name: "thin", prefill: 1_000, width: 200 },
  { name: "deep", prefill: 20_000, width: 200 },
  { name: "crowded", prefill: 100_000, width: 200 },
] as const;
export type Depth = (typeof depths)[number];
/** Commands that come in one millisecond of the machine's time. */
const perMs = 100;
/** Commands from one price to the next: every account is margined anew by each. */
const perPrice = 10_000;
const rootEvery = 1_000;
const startMs = 1_790_000_000_000;
const midTicks = 1_000_000;
const officer = `0x${"ad".repeat(20)}`;
const signature = new Uint8Array(65);

/** Addresses that differ from their first digits on, as real ones do. */
const addressOf = (n: number): string =>
  `0x${Math.imul(n + 1, 0x9e37_79b1)
    .toString(16)
    .replace("-", "")
    .padStart(8, "0")
    .repeat(5)}`;

/** The flow as envelopes for the engine, and as calls of npm `nodejs-order-book`. */
export interface Flow {
  readonly prefill: number;
  readonly setUp: readonly Envelope[];
  readonly envelopes: readonly Envelope[];
  readonly theirs: readonly TheirOrder[];
}

export interface TheirOrder {
  /** 0 limit, 1 market, 2 cancel, 3 nothing that a bare order book knows. */
  readonly kind: number;
  readonly id: string;
  readonly side: "buy" | "sell";
  readonly size: number;
  readonly price: number;
}
interface TheirResult {
  readonly done: readonly { readonly id: string; readonly price: number }[];
  readonly partial: { readonly id: string; readonly price: number } | null;
}
interface TheirBook {
  limit(order: TheirOrder): TheirResult;
  market(order: { readonly side: "buy" | "sell"; readonly size: number }): TheirResult;
  cancel(id: string): unknown;
}

/** Numbers and times envelopes as the sequencer would. */
class Sequencer {
  readonly #nonces = new Map<string, number>();
  #sequence = 0;

  envelope(signer: string, command: Command, timeMs: number): Envelope {
    const nonce = (this.#nonces.get(signer) ?? 0) + 1;
    this.#nonces.set(signer, nonce);
    return { sequence: ++this.#sequence, timeMs, signer, nonce, deadlineMs: 0, signature, command };
  }
}

const prices = (priceMicros: number, timeMs: number): Command => ({
  type: "publishPrices",
  prices: [{ feed: 0, priceMicros, confidencePpm: 1_000_000, timeMs }],
});

/** A venue with one perpetual, and accounts with money. */
function setUp(sequencer: Sequencer): Envelope[] {
  const send = (signer: string, command: Command): Envelope => sequencer.envelope(signer, command, startMs);
  const envelopes = [
    sequencer.envelope("", { type: "genesis", venue: "bench", chainId: 1, admins: [officer] }, startMs),
  ];
  for (const role of ["operator", "publisher", "treasurer"] as const) {
    envelopes.push(send(officer, { type: "grantRole", role, key: officer, granted: true }));
  }
  envelopes.push(
    send(officer, {
      type: "listAsset",
      asset: {
        name: "USDC",
        kind: "stablecoin",
        decimals: 6,
        underlying: "",
        feed: "",
        depositCapUnits: 2 ** 52,
        haircutPpm: 0,
        borrowable: true,
        borrowCapUnits: 1_000_000_000_000,
        rateAtZeroPpm: 0,
        rateAtOptimumPpm: 50_000,
        rateAtFullPpm: 500_000,
        optimalUsePpm: 800_000,
        reserveSharePpm: 100_000,
      },
    }),
    send(officer, {
      type: "listUnderlying",
      underlying: {
        name: "BTC",
        minimumPublishers: 1,
        maxPriceAgeMs: 3_600_000,
        maxMovePerSecondPpm: 1_000_000,
      },
    }),
    send(officer, {
      type: "listInstrument",
      instrument: {
        name: "BTC-PERP",
        kind: "perpetual",
        underlying: "BTC",
        settlementAsset: "USDC",
        baseAsset: "",
        settlement: "linear",
        tickMicros: 100_000,
        lotNanos: 1_000_000,
        lotUsdMicros: 0,
        expiryMs: 0,
        settlementWindowMs: 0,
        strikeMicros: 0,
        optionType: "none",
        fundingIntervalMs: 3_600_000,
        fundingInterestPpm: 0,
        fundingCapPpm: 10_000,
        priceBandPpm: 100_000,
        maxOrderLots: 1_000_000,
        positionLimitLots: 100_000_000,
        openInterestCapLots: 0,
        openInterestLowerLots: 0,
        openInterestUpperLots: 0,
        makerFeePpm: -50,
        takerFeePpm: 450,
        optionFeeCapPpm: 0,
        initialMarginPpm: 50_000,
        maintenanceMarginPpm: 25_000,
      },
    }),
    send(officer, prices(midTicks * 100_000, startMs)),
  );
  for (let i = 0; i < accountCount; i++) {
    envelopes.push(send(addressOf(i), { type: "openAccount", marginMode: "cross" }));
    envelopes.push(
      send(officer, {
        type: "deposit",
        account: firstAccount + i,
        asset: 0,
        units: 1_000_000_000_000,
        reference: `deposit ${i}`,
      }),
    );
  }
  return envelopes;
}

/** After the accounts of the house, the instrument's among them. */
const firstAccount = 6;

/**
 * First orders that rest. Then 60 % limit orders, of which a quarter crosses up to five ticks deep, 5 % market orders, 35 % cancels of
 * a resting order, and every so often a price. Made on a bare book of ours, since it must know what rests.
 */
export function makeFlow({ prefill, width }: Depth): Flow {
  const sequencer = new Sequencer();
  const begin = setUp(sequencer);
  const random = randomStream(seed);
  const pool: OrderPool = new OrderPool({
    onFill() {},
    onCancel() {},
    onLevel() {},
    reducibleLots: () => 0,
  });
  const book = pool.book(0);
  const resting: number[] = [];
  const accounts: number[] = [0];
  const takeResting = (): number => {
    while (resting.length > 0) {
      const at = random.nextBelow(resting.length);
      const orderId = resting[at]!;
      resting[at] = resting.at(-1)!;
      resting.pop();
      if (pool.find(orderId) !== none) return orderId;
    }
    return none;
  };
  const envelopes: Envelope[] = [];
  const theirs: TheirOrder[] = [];
  const push = (signer: string, command: Command, their: TheirOrder, timeMs: number): void => {
    envelopes.push(sequencer.envelope(signer, command, timeMs));
    theirs.push(their);
  };
  let nextOrderId = 1;
  while (envelopes.length < prefill + commandCount) {
    const at = envelopes.length;
    const timeMs = startMs + 1 + Math.floor(at / perMs);
    if (at % perPrice === perPrice - 1) {
      const drift = (random.nextBelow(41) - 20) * 100_000;
      push(officer, prices(midTicks * 100_000 + drift, timeMs), nothing, timeMs);
      continue;
    }
    const draw = at < prefill ? 0 : random.nextBelow(100);
    const orderId = draw >= 65 ? takeResting() : none;
    if (orderId !== none) {
      const account = accounts[orderId]!;
      const command: Command = {
        type: "cancelOrder",
        account: firstAccount + account,
        orderId,
        clientOrderId: 0,
      };
      push(addressOf(account), command, { ...nothing, kind: 2, id: String(orderId) }, timeMs);
      pool.cancel(pool.find(orderId));
      continue;
    }
    const side: Side = random.nextBelow(2) === 0 ? buy : sell;
    const crosses = at >= prefill && random.nextBelow(4) === 0;
    const ticks = crosses ? -random.nextBelow(5) : 1 + random.nextBelow(width);
    const [bid, ask] = [book.bestBidTicks || midTicks - 10, book.bestAskTicks || midTicks + 10];
    const priceTicks = side === buy ? ask - ticks : bid + ticks;
    const lots = 1 + random.nextBelow(100);
    const isMarket = draw >= 60 && draw < 65;
    // Buyers and sellers are not the same, so that nobody meets himself.
    const account = random.nextBelow(accountCount / 2) * 2 + side;
    const id = nextOrderId++;
    accounts.push(account);
    const sideName = side === buy ? "buy" : "sell";
    push(
      addressOf(account),
      {
        type: "placeOrder",
        account: firstAccount + account,
        instrument: 0,
        side: sideName,
        priceTicks: isMarket ? 0 : priceTicks,
        lots,
        timeInForce: "gtc",
        postOnly: false,
        reduceOnly: false,
        clientOrderId: 0,
        expiryMs: 0,
        selfTradePrevention: "cancelResting",
        trigger: "none",
        triggerTicks: 0,
        route: "book",
      },
      { kind: isMarket ? 1 : 0, id: String(id), side: sideName, size: lots, price: priceTicks },
      timeMs,
    );
    const outcome = book.match({
      orderId: id,
      priority: id,
      account,
      side,
      priceTicks: isMarket ? (side === buy ? midTicks * 2 : 1) : priceTicks,
      lots,
      flags: 0,
      timeInForce: isMarket ? "ioc" : "gtc",
      selfTrade: "cancel-resting",
      clientOrderId: 0,
      expiryMs: 0,
      nowMs: 0,
      maxSteps: 1_000_000,
    });
    if (outcome.status === "rested") resting.push(id);
  }
  console.log(`  ${pool.orderCount} orders rest at the end`);
  return { prefill, setUp: begin, envelopes, theirs };
}

const nothing: TheirOrder = { kind: 3, id: "", side: "buy", size: 0, price: 0 };

function play(
  engine: Engine,
  envelopes: readonly Envelope[],
  from: number,
  to: number,
  emit: (event: ClearingEvent) => void,
): void {
  for (let at = from; at < to; at++) engine.apply(envelopes[at]!, emit);
}

function begun({ prefill, setUp: begin, envelopes }: Flow, emit: (event: ClearingEvent) => void): Engine {
  const engine = createEngine();
  play(engine, begin, 0, begin.length, emit);
  play(engine, envelopes, 0, prefill, emit);
  return engine;
}

function theirPlay(
  book: TheirBook,
  theirs: readonly TheirOrder[],
  from: number,
  to: number,
  fills?: number[],
): void {
  for (let at = from; at < to; at++) {
    const order = theirs[at]!;
    if (order.kind === 2) book.cancel(order.id);
    else if (order.kind !== 3) {
      const { done, partial } =
        order.kind === 0 ? book.limit(order) : book.market({ side: order.side, size: order.size });
      if (!fills) continue;
      for (const { id, price } of partial ? [...done, partial] : done) {
        if (id !== order.id) fills.push(Number(id), price);
      }
    }
  }
}

/**
 * The whole machine on a mixed flow (authority, nonces, limits, margin of every order, matching, positions, fees, ledger, events)
 * beside npm `nodejs-order-book`, which only matches.
 */
export async function benchEngine(rounds: number): Promise<void> {
  console.log(
    `\nClearing engine: ${commandCount} commands, 60 % limit (a quarter crosses), 5 % market, 35 % cancel; ${accountCount} cross-margined accounts; seed ${seed}`,
  );
  for (const depth of depths) await benchDepth(depth, rounds);
}

/** Fills in order: the maker's number and the price of each. */
function checkedFills(flow: Flow): number[] {
  const fills: number[] = [];
  let events = 0;
  const engine = begun(flow, (event) => {
    events++;
    if (event.type === "rejected") throw new Error(`refused: ${JSON.stringify(event)}`);
    if (event.type === "orderFilled" && event.role === "maker") fills.push(event.orderId, event.priceTicks);
  });
  play(engine, flow.envelopes, flow.prefill, flow.envelopes.length, (event) => {
    events++;
    if (event.type === "rejected") throw new Error(`refused: ${JSON.stringify(event)}`);
    if (event.type === "orderFilled" && event.role === "maker") fills.push(event.orderId, event.priceTicks);
  });
  if (engine.stores.ledger.total(0) !== 0n) throw new Error("money was made");
  console.log(`  ${fills.length / 2} fills, ${events} events, none refused, money conserved`);
  return fills;
}

async function benchDepth(depth: Depth, rounds: number): Promise<void> {
  const { name } = depth;
  console.log(`  ${name}: ${depth.prefill} orders first, within ${depth.width} ticks`);
  const flow = makeFlow(depth);
  const { prefill, envelopes, theirs } = flow;
  const fills = checkedFills(flow);
  const ours = `ours: all of it, ${name}`;
  const withRoot = `the same, a state root every ${rootEvery}, ${name}`;
  const npm = `npm nodejs-order-book: matching, ${name}`;
  let seen = 0;
  const count = (): void => {
    seen++;
  };
  const contestants: Contestant[] = [
    {
      name: ours,
      run() {
        const engine = begun(flow, count);
        return timed(() => play(engine, envelopes, prefill, envelopes.length, count));
      },
    },
  ];
  if (name === "deep") {
    contestants.push({
      name: withRoot,
      run() {
        const engine = begun(flow, count);
        const tree = new StateTree(engine.sections);
        return timed(() => {
          for (let at = prefill; at < envelopes.length; at += rootEvery) {
            play(engine, envelopes, at, at + rootEvery, count);
            tree.root(engine.head);
          }
        });
      },
    });
  }
  const TheirOrderBook = theirOrderBook();
  if (TheirOrderBook) {
    const theirFills: number[] = [];
    theirPlay(new TheirOrderBook(), theirs, 0, theirs.length, theirFills);
    const at = fills.findIndex((value, i) => value !== theirFills[i]);
    if (at >= 0 || fills.length !== theirFills.length) throw new Error(`fills differ at ${at}`);
    console.log("  answers: npm nodejs-order-book makes the same fills, one by one");
    contestants.push({
      name: npm,
      run() {
        const book = new TheirOrderBook();
        theirPlay(book, theirs, 0, prefill);
        return timed(() => theirPlay(book, theirs, prefill, theirs.length));
      },
    });
  }
  const timings = await interleave(contestants, rounds);
  printTimings(timings.values(), (ms) => `${(commandCount / ms / 1000).toFixed(3)} M commands/s`);
  printRatio(`npm nodejs-order-book ÷ ours, ${name}`, ratioOf(timings, [npm], ours), { atLeast: 3 });
  if (timings.has(withRoot)) {
    printRatio(`with a state root every ${rootEvery} ÷ without`, ratioOf(timings, [withRoot], ours));
  }
  if (seen === 0) throw new Error("nothing happened");
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
