import { invariant } from "../../quantity/error.ts";
import { type OrderPool } from "./order-pool.ts";
import { orderDoubles, orderFields, orderIntegers, type OrderRecords } from "./order-records.ts";
import { buy, type CancelReason, type DepthLevel, none, sell, type Side } from "./order.ts";
import { type LadderArena, PriceLadder } from "./price-ladder.ts";

const { remainingLots, sideFlags, priceTicks: priceAt, level: levelAt, next: nextAt } = orderFields;

/**
 * One instrument's resting orders by price, then time priority: what the book holds, and how orders come into it, shrink and leave. It lets
 * nobody trade. The orders' records live in the pool that made the book.
 */
export class RestingOrders {
  readonly instrument: number;
  /** For the pool and the preview: the best levels, or `none`. */
  bestBid: number = none;
  bestAsk: number = none;
  protected readonly pool: OrderPool;
  protected readonly records: OrderRecords;
  protected readonly arena: LadderArena;
  protected readonly ladder: PriceLadder;
  /** No order that rests here has more lots. */
  #largestLots = 0;

  constructor(pool: OrderPool, instrument: number) {
    this.instrument = instrument;
    this.pool = pool;
    this.records = pool.records;
    this.arena = pool.arena;
    this.ladder = new PriceLadder(pool.arena);
  }

  /** The best price to sell at, in ticks; 0 if nobody bids. */
  get bestBidTicks(): number {
    return this.bestBid === none ? 0 : this.arena.ticks(this.bestBid);
  }

  /** The best price to buy at, in ticks; 0 if nobody asks. */
  get bestAskTicks(): number {
    return this.bestAsk === none ? 0 : this.arena.ticks(this.bestAsk);
  }

  /** The order of one side that is first to trade, expired or not; `none` if that side is empty. */
  first(side: Side): number {
    const level = side === buy ? this.bestBid : this.bestAsk;
    return level === none ? none : this.arena.head(level);
  }

  /** One side's price levels, best first, at most `maxLevels`. Orders that expired but were not yet removed count. */
  depth(side: Side, maxLevels: number): DepthLevel[] {
    const arena = this.arena;
    const levels: DepthLevel[] = [];
    let level = side === buy ? this.bestBid : this.bestAsk;
    while (level !== none && levels.length < maxLevels) {
      levels.push({ priceTicks: arena.ticks(level), lots: arena.lots(level), orders: arena.orders(level) });
      level = side === buy ? arena.below(level) : arena.above(level);
    }
    return levels;
  }

  /** Cancels a resting order of this book. */
  cancel(slot: number, reason: CancelReason = "cancelled"): void {
    this.reduce(slot, this.pool.remainingLots(slot), reason);
  }

  /** Takes lots off a resting order of this book, at most what remains; its time priority stays. */
  reduce(slot: number, lots: number, reason: CancelReason): void {
    invariant(!this.pool.locked, "a book is not changed while it announces a change");
    const { doubles, integers } = this.records;
    invariant(this.pool.orderId(slot) >= 1, "an order that is cancelled rests");
    invariant(
      lots >= 1 && lots <= doubles[slot * orderDoubles + remainingLots]!,
      "no more goes than there is",
    );
    const level = integers[slot * orderIntegers + levelAt]!;
    const priceTicks = integers[slot * orderIntegers + priceAt]!;
    const side = (integers[slot * orderIntegers + sideFlags]! & 1) === 0 ? buy : sell;
    this.pool.locked = true;
    const gone = this.drop(slot, lots, reason);
    this.announce(side, priceTicks, gone ? 0 : this.arena.lots(level));
  }

  /** For the pool: puts an order at the end of its level's queue and gives the level. */
  link(slot: number): number {
    const { doubles, integers } = this.records;
    const arena = this.arena;
    const priceTicks = integers[slot * orderIntegers + priceAt]!;
    const lots = doubles[slot * orderDoubles + remainingLots]!;
    const level = this.ladder.obtain(priceTicks);
    if (arena.append(level, slot, integers, orderIntegers, nextAt)) {
      if ((integers[slot * orderIntegers + sideFlags]! & 1) === buy) {
        if (this.bestBid === none || priceTicks > arena.ticks(this.bestBid)) this.bestBid = level;
      } else if (this.bestAsk === none || priceTicks < arena.ticks(this.bestAsk)) this.bestAsk = level;
    }
    arena.addLots(level, lots);
    integers[slot * orderIntegers + levelAt] = level;
    if (lots > this.#largestLots) this.#largestLots = lots;
    return level;
  }

  /** Whether an order at this price would meet one of the other side. */
  protected crosses(side: Side, priceTicks: number): boolean {
    if (side === buy) return this.bestAsk !== none && priceTicks >= this.arena.ticks(this.bestAsk);
    return this.bestBid !== none && priceTicks <= this.arena.ticks(this.bestBid);
  }

  /** Whether a level's total stays a safe integer with so many more lots. */
  protected hasRoom(side: Side, priceTicks: number, lots: number): boolean {
    // the usual case, without a search
    const largest = Math.max(lots, this.#largestLots);
    if (largest * (this.pool.maxOrders + 1) <= Number.MAX_SAFE_INTEGER) return true;
    // where it would trade there is no level of its own side
    if (this.crosses(side, priceTicks)) return true;
    const level = this.ladder.find(priceTicks);
    return level === none || this.arena.lots(level) + lots <= Number.MAX_SAFE_INTEGER;
  }

  /** Takes lots off a resting order and says so; says whether its level is gone with it. */
  protected drop(slot: number, lots: number, reason: CancelReason): boolean {
    const { doubles } = this.records;
    this.shrink(slot, lots);
    this.pool.listener.onCancel(slot, lots, reason);
    return doubles[slot * orderDoubles + remainingLots] === 0 && this.remove(slot);
  }

  protected shrink(slot: number, lots: number): void {
    const { doubles, integers } = this.records;
    doubles[slot * orderDoubles + remainingLots]! -= lots;
    this.arena.addLots(integers[slot * orderIntegers + levelAt]!, -lots);
    this.pool.dirty.mark(slot);
  }

  /** Takes an order without lots out of the book; says whether its level is gone with it. */
  protected remove(slot: number): boolean {
    const gone = this.unlink(slot);
    this.pool.free(slot);
    return gone;
  }

  /** Takes an order out of its level; says whether the level is gone with it. */
  protected unlink(slot: number): boolean {
    const arena = this.arena;
    const { integers } = this.records;
    const level = integers[slot * orderIntegers + levelAt]!;
    if (!arena.unlink(level, slot, integers, orderIntegers, nextAt)) return false;
    if (level === this.bestBid) this.bestBid = arena.below(level);
    else if (level === this.bestAsk) this.bestAsk = arena.above(level);
    this.ladder.remove(level);
    return true;
  }

  /** Takes an order out of its level, with its lots, and announces it. */
  protected leave(slot: number): void {
    const level = this.levelOf(slot);
    this.arena.addLots(level, -this.pool.remainingLots(slot));
    const gone = this.unlink(slot);
    this.announce(this.pool.side(slot), this.pool.priceTicks(slot), gone ? 0 : this.arena.lots(level));
  }

  protected levelOf(slot: number): number {
    return this.records.integers[slot * orderIntegers + levelAt]!;
  }

  protected announce(side: Side, priceTicks: number, totalLots: number): void {
    this.pool.locked = true;
    this.pool.listener.onLevel(this.instrument, side, priceTicks, totalLots);
    this.pool.locked = false;
  }
}
