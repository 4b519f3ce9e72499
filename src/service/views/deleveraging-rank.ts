import { type Engine } from "../../clearing/index.ts";
import { type Deltas, deltasOf } from "../../clearing/engine/default/index.ts";

/** A place in the queue may be so old, in the machine's time. */
const ageMs = 10_000;
/** One answer spends no more than this on places; what is not known then is left out, and known a little later. */
const budgetMs = 2;
/** Holders of each instrument that are ranked: those of the largest positions, if there are more. */
const mostHolders = 1_024;
const mostStandings = 65_536;

interface Standing {
  readonly atMs: number;
  readonly equityMicros: number;
  readonly deltas: Deltas;
}

/** Leverage of the holders of one side, ascending. */
interface Queue {
  readonly atMs: number;
  readonly longs: Float64Array;
  readonly shorts: Float64Array;
}

/**
 * Whose positions would be closed first if an account on the other side had to be deleveraged against them: the machine brings down the highest
 * leverage, which is exposure net of hedges over equity.
 */
class Ranks {
  readonly #engine: Engine;
  readonly #standings: Map<number, Standing> = new Map();
  readonly #queues: Map<number, Queue> = new Map();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  #standing(account: number): Standing {
    const { stores, timeMs } = this.#engine;
    const known = this.#standings.get(account);
    if (known !== undefined && timeMs - known.atMs <= ageMs) return known;
    if (this.#standings.size >= mostStandings) this.#standings.clear();
    const { equityMicros } = stores.margin.figures(account);
    const made = { atMs: timeMs, equityMicros, deltas: deltasOf(stores, account) };
    this.#standings.set(account, made);
    return made;
  }

  /** −1: not in the queue. */
  #leverage(account: number, instrument: number): number {
    const { accounts, liquidations, positions } = this.#engine.stores;
    if (accounts.isHouse(account) || liquidations.find(account) !== undefined) return -1;
    const { equityMicros, deltas } = this.#standing(account);
    if (equityMicros <= 0) return -1;
    const perLot = deltas.ofLot.get(instrument) ?? 0;
    const underlying = this.#engine.stores.terms(instrument).underlying;
    const side = Math.sign(positions.lotsOf(account, instrument));
    const netLots = perLot === 0 ? 0 : ((deltas.net.get(underlying) ?? 0) / perLot) * side;
    return Math.max(0, netLots) / equityMicros;
  }

  /** Undefined if time ran out: what was found is kept for the next time. */
  #queue(instrument: number, untilMs: number): Queue | undefined {
    const { stores, timeMs } = this.#engine;
    const known = this.#queues.get(instrument);
    if (known !== undefined && timeMs - known.atMs <= ageMs) return known;
    const { positions } = stores;
    let holders = [...positions.holders(instrument)];
    if (holders.length > mostHolders) {
      const size = (account: number): number => Math.abs(positions.lotsOf(account, instrument));
      holders = holders.sort((a, b) => size(b) - size(a)).slice(0, mostHolders);
    }
    const sides: [number[], number[]] = [[], []];
    for (const holder of holders) {
      if (performance.now() > untilMs) return known;
      const leverage = this.#leverage(holder, instrument);
      if (leverage >= 0) sides[positions.lotsOf(holder, instrument) > 0 ? 0 : 1].push(leverage);
    }
    const [longs, shorts] = sides.map((side) => Float64Array.from(side).sort());
    const made = { atMs: timeMs, longs: longs ?? new Float64Array(), shorts: shorts ?? new Float64Array() };
    this.#queues.set(instrument, made);
    return made;
  }

  of(account: number, instrument: number, untilMs: number): number | undefined {
    const lots = this.#engine.stores.positions.lotsOf(account, instrument);
    if (lots === 0 || performance.now() > untilMs) return undefined;
    const own = this.#leverage(account, instrument);
    const queue = own < 0 ? undefined : this.#queue(instrument, untilMs);
    if (queue === undefined) return undefined;
    const side = lots > 0 ? queue.longs : queue.shorts;
    // Its own entry may be older than what it is compared by.
    const notSooner = Math.max(0, countUpTo(side, own) - 1);
    return side.length <= 1 ? 1 : Math.min(1, notSooner / (side.length - 1));
  }
}

/** How many of an ascending list are at most `value`. */
function countUpTo(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const ranks = new WeakMap<Engine, Ranks>();

/** Places of an account's positions: share of the others on its side who would be deleveraged no sooner; 1 is the first to be. */
export function deleveragingRanks(
  engine: Engine,
  account: number,
): (instrument: number) => number | undefined {
  const known = ranks.get(engine) ?? new Ranks(engine);
  ranks.set(engine, known);
  const untilMs = performance.now() + budgetMs;
  return (instrument) => known.of(account, instrument, untilMs);
}
