import { invariant } from "../../quantity/error.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { AccountLists } from "./account-lists.ts";
import { ExpiryQueue } from "./expiry-queue.ts";
import { FreeSlots } from "./free-slots.ts";
import { OrderBook } from "./order-book.ts";
import { OrderIds } from "./order-ids.ts";
import { orderDoubles, orderFields, orderIntegers, OrderRecords } from "./order-records.ts";
import {
  type BookListener,
  type CancelReason,
  type IncomingOrder,
  none,
  orderFlags,
  type Side,
} from "./order.ts";
import { LadderArena } from "./price-ladder.ts";
import { SlotIndex } from "./slot-index.ts";
import { grown } from "./columns.ts";

const { orderId, priority, remainingLots, filledLots, expiryMs } = orderFields;
const { account, next, priceTicks, sideFlags } = orderFields;
const reduceOnlyBit = orderFlags.reduceOnly << 8;

/** 2^26: records of that many orders are as long as an array may be. */
const largestMaxOrders = 67_108_864;

export interface OrderPoolOptions {
  /** Orders that may rest at one time over all instruments; 2^22 if left out. A part of the rules: the same on every machine. */
  readonly maxOrders?: number;
  /** Where entries stand in the tables of identifiers; decides nothing but time. */
  readonly hashSeed?: number;
}

/**
 * All resting orders of all instruments: a section of the state whose leaves are order slots, and the order books over them.
 * Books come into being when first asked for; an empty one costs a few hundred bytes.
 */
export class OrderPool implements StateSection {
  readonly name = "orders";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly maxOrders: number;
  /** For the books of this pool. */
  readonly records: OrderRecords = new OrderRecords();
  readonly arena: LadderArena = new LadderArena();
  readonly listener: BookListener;
  /** A change is being announced: nothing may be changed meanwhile. */
  locked = false;
  readonly #books: OrderBook[] = [];
  readonly #slots: FreeSlots = new FreeSlots();
  readonly #accounts: AccountLists = new AccountLists();
  readonly #expiries: ExpiryQueue = new ExpiryQueue();
  readonly #orderIds: OrderIds;
  readonly #byClientOrderId: SlotIndex;
  /** Reduce-only orders per account. */
  #reduceOnly: Int32Array = new Int32Array(64);
  #lastPriority = 0;

  constructor(listener: BookListener, { maxOrders = 4_194_304, hashSeed = 0 }: OrderPoolOptions = {}) {
    this.listener = listener;
    invariant(maxOrders >= 1 && maxOrders <= largestMaxOrders, "a pool holds 1 to 2^26 orders");
    this.maxOrders = maxOrders;
    this.#orderIds = new OrderIds(this.records, hashSeed);
    this.#byClientOrderId = new SlotIndex(hashSeed);
  }

  /** The order book of an instrument. Instruments are numbered densely from 0. */
  book(instrument: number): OrderBook {
    while (this.#books.length <= instrument) this.#books.push(new OrderBook(this, this.#books.length));
    return this.#books[instrument]!;
  }

  /** Orders resting now. */
  get orderCount(): number {
    return this.#slots.usedCount;
  }

  /** Orders of one account resting now. */
  accountOrderCount(account: number): number {
    return this.#accounts.count(account);
  }

  /** Reduce-only orders of one account resting now. */
  accountReduceOnlyCount(account: number): number {
    return account < this.#reduceOnly.length ? this.#reduceOnly[account]! : 0;
  }

  /** The slot of an order, or `none`. */
  find(orderId: number): number {
    return this.#orderIds.find(orderId);
  }

  /** The slot of the account's order with this client order id (≥ 1), or `none`. */
  findClient(account: number, clientOrderId: number): number {
    return this.#byClientOrderId.find(account, clientOrderId);
  }

  /** The account's order of oldest priority, or `none`; {@link nextOf} gives the one after it. */
  firstOf(account: number): number {
    return this.#accounts.first(account);
  }

  nextOf(slot: number): number {
    return this.#accounts.next(slot);
  }

  /** The order behind this one at its price, or `none`. */
  nextAtPrice(slot: number): number {
    return this.records.integers[slot * orderIntegers + next]!;
  }

  orderId(slot: number): number {
    return this.records.doubles[slot * orderDoubles + orderId]!;
  }

  account(slot: number): number {
    return this.records.integers[slot * orderIntegers + account]! >>> 0;
  }

  instrument(slot: number): number {
    return this.records.instrument[slot]!;
  }

  side(slot: number): Side {
    return (this.records.integers[slot * orderIntegers + sideFlags]! & 1) === 0 ? 0 : 1;
  }

  flags(slot: number): number {
    return this.records.integers[slot * orderIntegers + sideFlags]! >>> 8;
  }

  priceTicks(slot: number): number {
    return this.records.integers[slot * orderIntegers + priceTicks]!;
  }

  remainingLots(slot: number): number {
    return this.records.doubles[slot * orderDoubles + remainingLots]!;
  }

  filledLots(slot: number): number {
    return this.records.doubles[slot * orderDoubles + filledLots]!;
  }

  clientOrderId(slot: number): number {
    return this.records.clientOrderId[slot]!;
  }

  expiryMs(slot: number): number {
    return this.records.doubles[slot * orderDoubles + expiryMs]!;
  }

  priority(slot: number): number {
    return this.records.doubles[slot * orderDoubles + priority]!;
  }

  /** Cancels a resting order. */
  cancel(slot: number, reason: CancelReason = "cancelled"): void {
    invariant(slot !== none, "an order that is cancelled rests");
    this.book(this.instrument(slot)).cancel(slot, reason);
  }

  /** Cancels the account's orders, oldest first: all, or those of one instrument or one side. Returns how many. */
  cancelAll(
    account: number,
    only: { readonly instrument?: number; readonly side?: Side } = {},
    reason: CancelReason = "cancelled",
  ): number {
    const { instrument, side } = only;
    let count = 0;
    for (let slot = this.firstOf(account); slot !== none;) {
      const next = this.nextOf(slot);
      if (
        (instrument === undefined || this.instrument(slot) === instrument) &&
        (side === undefined || this.side(slot) === side)
      ) {
        this.cancel(slot, reason);
        count++;
      }
      slot = next;
    }
    return count;
  }

  /**
   * Cancels orders whose expiry has come, by expiry, then priority; at most `maxCount`. Those left do not trade in commands that carry
   * the same time. Returns how many.
   */
  expire(nowMs: number, maxCount: number): number {
    let count = 0;
    for (; count < maxCount; count++) {
      const slot = this.#expiries.first();
      if (slot === none || this.expiryMs(slot) > nowMs) break;
      this.cancel(slot, "expired");
    }
    return count;
  }

  /**
   * Cuts the account's resting reduce-only orders on one side to `maxLots` in all: oldest keep theirs first. For when a position has
   * shrunk; matching would cut them too, when it meets them. Returns the lots cancelled.
   */
  limitReduceOnly(account: number, instrument: number, side: Side, maxLots: number): number {
    if (this.accountReduceOnlyCount(account) === 0) return 0;
    let room = maxLots;
    let cancelled = 0;
    for (let slot = this.firstOf(account); slot !== none;) {
      const next = this.nextOf(slot);
      if (
        (this.flags(slot) & orderFlags.reduceOnly) !== 0 &&
        this.side(slot) === side &&
        this.instrument(slot) === instrument
      ) {
        const excess = Math.max(0, this.remainingLots(slot) - room);
        room -= this.remainingLots(slot) - excess;
        cancelled += excess;
        if (excess > 0) this.book(instrument).reduce(slot, excess, "reduce-only");
      }
      slot = next;
    }
    return cancelled;
  }

  /** For the books: takes a slot for an order and indexes it; linking it is the book's. */
  add(order: IncomingOrder, instrument: number, ticks: number, lots: number, filled: number): number {
    invariant(order.priority > this.#lastPriority, "time priorities rise");
    const slot = this.#slots.take();
    this.#reserve(slot);
    const { doubles, integers, instrument: instruments, clientOrderId } = this.records;
    const at = slot * orderDoubles;
    doubles[at + orderId] = order.orderId;
    doubles[at + priority] = order.priority;
    doubles[at + remainingLots] = lots;
    doubles[at + filledLots] = filled;
    doubles[at + expiryMs] = order.expiryMs;
    integers[slot * orderIntegers + account] = order.account;
    integers[slot * orderIntegers + priceTicks] = ticks;
    integers[slot * orderIntegers + sideFlags] = order.side | (order.flags << 8);
    instruments[slot] = instrument;
    clientOrderId[slot] = order.clientOrderId;
    this.#index(slot);
    this.dirty.mark(slot);
    return slot;
  }

  /** For the books: frees the slot of an order that is in no level any more. */
  free(slot: number): void {
    const { doubles, integers, clientOrderId } = this.records;
    const at = slot * orderDoubles;
    const of = integers[slot * orderIntegers + account]! >>> 0;
    this.#accounts.remove(of, slot);
    this.#orderIds.remove(slot);
    doubles[at + orderId] = 0;
    if (doubles[at + expiryMs] !== 0) this.#expiries.remove(slot);
    if (clientOrderId[slot] !== 0) this.#byClientOrderId.remove(of, clientOrderId[slot]!);
    if ((integers[slot * orderIntegers + sideFlags]! & reduceOnlyBit) !== 0) this.#reduceOnly[of]!--;
    this.#slots.give(slot);
    this.dirty.mark(slot);
  }

  /** For the books: an order loses its time priority. */
  setPriority(slot: number, later: number): void {
    invariant(later > this.#lastPriority, "time priorities rise");
    this.#unlist(slot, this.account(slot));
    this.records.doubles[slot * orderDoubles + priority] = later;
    this.#list(slot, this.account(slot));
    this.dirty.mark(slot);
  }

  get leafCount(): number {
    return this.#slots.count;
  }

  encodeLeaf(slot: number, out: ByteWriter): void {
    if (this.orderId(slot) === 0) return;
    out.integer(this.orderId(slot));
    out.u32(this.account(slot));
    out.u32(this.instrument(slot));
    out.u8(this.side(slot));
    out.u16(this.flags(slot));
    out.u32(this.priceTicks(slot));
    out.integer(this.remainingLots(slot));
    out.integer(this.filledLots(slot));
    out.integer(this.clientOrderId(slot));
    out.integer(this.expiryMs(slot));
    out.integer(this.priority(slot));
  }

  decodeLeaf(slot: number, from: ByteReader): void {
    this.#reserve(slot);
    const { doubles, integers, instrument, clientOrderId } = this.records;
    doubles[slot * orderDoubles + orderId] = from.integer();
    integers[slot * orderIntegers + account] = from.u32();
    instrument[slot] = from.u32();
    integers[slot * orderIntegers + sideFlags] = from.u8() | (from.u16() << 8);
    integers[slot * orderIntegers + priceTicks] = from.u32();
    doubles[slot * orderDoubles + remainingLots] = from.integer();
    doubles[slot * orderDoubles + filledLots] = from.integer();
    clientOrderId[slot] = from.integer();
    doubles[slot * orderDoubles + expiryMs] = from.integer();
    doubles[slot * orderDoubles + priority] = from.integer();
  }

  finishRestore(leafCount: number): void {
    if (leafCount === 0) return;
    this.#reserve(leafCount - 1);
    this.#slots.count = leafCount;
    const used: number[] = [];
    for (let slot = 0; slot < leafCount; slot++) {
      if (this.orderId(slot) === 0) this.#slots.give(slot);
      else used.push(slot);
    }
    // every queue is one of rising priority
    for (const slot of used.sort((a, b) => this.priority(a) - this.priority(b))) {
      this.#index(slot);
      this.book(this.instrument(slot)).link(slot);
    }
  }

  #index(slot: number): void {
    const { integers, clientOrderId } = this.records;
    const of = integers[slot * orderIntegers + account]! >>> 0;
    this.#orderIds.insert(slot);
    if (clientOrderId[slot] !== 0) this.#byClientOrderId.insert(of, clientOrderId[slot]!, slot);
    if ((integers[slot * orderIntegers + sideFlags]! & reduceOnlyBit) !== 0) this.#countReduceOnly(of);
    this.#list(slot, of);
  }

  #countReduceOnly(of: number): void {
    if (of >= this.#reduceOnly.length) {
      this.#reduceOnly = grown(this.#reduceOnly, Math.max(of + 1, this.#reduceOnly.length * 2));
    }
    this.#reduceOnly[of]!++;
  }

  #list(slot: number, of: number): void {
    const { doubles } = this.records;
    const at = slot * orderDoubles;
    this.#lastPriority = doubles[at + priority]!;
    this.#accounts.append(of, slot);
    if (doubles[at + expiryMs] !== 0)
      this.#expiries.insert(slot, doubles[at + expiryMs]!, doubles[at + priority]!);
  }

  #unlist(slot: number, of: number): void {
    this.#accounts.remove(of, slot);
    if (this.expiryMs(slot) !== 0) this.#expiries.remove(slot);
  }

  #reserve(slot: number): void {
    const { capacity } = this.records;
    if (slot >= capacity) this.records.grow(Math.max(slot + 1, capacity * 2));
  }
}
