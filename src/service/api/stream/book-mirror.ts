import { type ClearingEvent, type Engine } from "../../../clearing/index.ts";
import { type Level, type LevelChange } from "../protocol/stream.ts";

type SideCode = 0 | 1;

interface RestingOrder {
  readonly book: MirroredBook;
  readonly side: SideCode;
  readonly priceTicks: number;
  lots: number;
}

/** One instrument's levels: lots by price in ticks, for bids and asks. */
export class MirroredBook {
  readonly sides: readonly [Map<number, number>, Map<number, number>] = [new Map(), new Map()];
  /** Levels that changed since they were last taken: ticks × 2 + side. */
  readonly #touched: Set<number> = new Set();
  /** Told at the first change since the changes were last taken. */
  onTouched: (() => void) | undefined;

  change(side: SideCode, priceTicks: number, lots: number): void {
    const levels = this.sides[side];
    const total = (levels.get(priceTicks) ?? 0) + lots;
    if (total > 0) levels.set(priceTicks, total);
    else levels.delete(priceTicks);
    if (this.onTouched === undefined) return;
    if (this.#touched.size === 0) this.onTouched();
    this.#touched.add(priceTicks * 2 + side);
  }

  /** What the touched levels hold now. */
  takeChanges(): LevelChange[] {
    const changes: LevelChange[] = [];
    for (const key of this.#touched) {
      const side: SideCode = key % 2 === 0 ? 0 : 1;
      const priceTicks = (key - side) / 2;
      changes.push([side, priceTicks, this.sides[side].get(priceTicks) ?? 0]);
    }
    this.#touched.clear();
    return changes;
  }

  /** All levels of a side, best first. */
  levels(side: SideCode): Level[] {
    const sign = side === 0 ? -1 : 1;
    return [...this.sides[side]].sort(([a], [b]) => sign * (a - b));
  }
}

/**
 * The books as events tell of them. The engine's own books may be ahead of what is durable; this one is fed with durable events alone, so
 * that nobody is told of an order that a crash could still undo.
 */
export class BookMirror {
  readonly #books: MirroredBook[] = [];
  readonly #orders: Map<number, RestingOrder> = new Map();

  /** As the engine's books are now. */
  constructor({ stores: { accounts, orders } }: Engine) {
    for (let account = 0; account < accounts.count; account++) {
      for (let slot = orders.firstOf(account); slot >= 0; slot = orders.nextOf(slot)) {
        this.#rest(
          orders.orderId(slot),
          orders.instrument(slot),
          orders.side(slot) === 0 ? 0 : 1,
          orders.priceTicks(slot),
          orders.remainingLots(slot),
        );
      }
    }
  }

  book(instrument: number): MirroredBook {
    while (this.#books.length <= instrument) this.#books.push(new MirroredBook());
    return this.#books[instrument] ?? new MirroredBook();
  }

  #rest(orderId: number, instrument: number, side: SideCode, priceTicks: number, lots: number): void {
    const book = this.book(instrument);
    this.#orders.set(orderId, { book, side, priceTicks, lots });
    book.change(side, priceTicks, lots);
  }

  /** Sets what is open of an order that rests; of others it knows nothing. */
  #setLots(orderId: number, lots: number): void {
    const order = this.#orders.get(orderId);
    if (order === undefined) return;
    order.book.change(order.side, order.priceTicks, lots - order.lots);
    order.lots = lots;
    if (lots === 0) this.#orders.delete(orderId);
  }

  apply(event: ClearingEvent): void {
    if (event.type === "orderRested") {
      const { orderId, instrument, side, priceTicks, lots } = event;
      this.#rest(orderId, instrument, side === "buy" ? 0 : 1, priceTicks, lots);
    } else if (event.type === "orderFilled") {
      if (event.role === "maker") this.#setLots(event.orderId, event.remainingLots);
    } else if (event.type === "orderAmended") {
      // An order that lost its place has left the book: if any of it rests again, orderRested says so.
      this.#setLots(event.orderId, event.keptPriority ? event.lots : 0);
    } else if (event.type === "orderCancelled") this.#setLots(event.orderId, 0);
  }
}
