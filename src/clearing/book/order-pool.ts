import { invariant } from "../../quantity/error.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { AccountLists } from "./account-lists.ts";
import { ExpiryQueue } from "./expiry-queue.ts";
import { FreeSlots } from "./free-slots.ts";
import { OrderBook } from "./order-book.ts";
import { OrderColumns } from "./order-columns.ts";
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
  readonly columns: OrderColumns = new OrderColumns();
  readonly arena: LadderArena = new LadderArena();
  readonly listener: BookListener;
  /** A change is being announced: nothing may be changed meanwhile. */
  locked = false;
  readonly #books: OrderBook[] = [];
  readonly #slots: FreeSlots = new FreeSlots();
  readonly #accounts: AccountLists = new AccountLists();
  readonly #expiries: ExpiryQueue = new ExpiryQueue(this.columns);
  readonly #byOrderId: SlotIndex;
  readonly #byClientOrderId: SlotIndex;
  /** Reduce-only orders per account. */
  #reduceOnly: Int32Array = new Int32Array(64);

  constructor(listener: BookListener, { maxOrders = 4_194_304, hashSeed = 0 }: OrderPoolOptions = {}) {
    this.listener = listener;
    this.maxOrders = maxOrders;
    const { orderId, clientOrderId, account } = this.columns;
    this.#byOrderId = new SlotIndex(hashSeed, orderId, null);
    this.#byClientOrderId = new SlotIndex(hashSeed, clientOrderId, account);
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
    return this.#byOrderId.find(0, orderId);
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

  orderId(slot: number): number {
    return this.columns.orderId[slot]!;
  }

  account(slot: number): number {
    return this.columns.account[slot]!;
  }

  instrument(slot: number): number {
    return this.columns.instrument[slot]!;
  }

  side(slot: number): Side {
    return this.columns.side[slot] === 0 ? 0 : 1;
  }

  flags(slot: number): number {
    return this.columns.flags[slot]!;
  }

  priceTicks(slot: number): number {
    return this.columns.priceTicks[slot]!;
  }

  remainingLots(slot: number): number {
    return this.columns.remainingLots[slot]!;
  }

  filledLots(slot: number): number {
    return this.columns.filledLots[slot]!;
  }

  clientOrderId(slot: number): number {
    return this.columns.clientOrderId[slot]!;
  }

  expiryMs(slot: number): number {
    return this.columns.expiryMs[slot]!;
  }

  priority(slot: number): number {
    return this.columns.priority[slot]!;
  }

  /** Cancels a resting order. */
  cancel(slot: number, reason: CancelReason = "cancelled"): void {
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

  /** For the books: takes a slot for an order and indexes it; its level is the book's to set. */
  add(order: IncomingOrder, instrument: number, priceTicks: number, lots: number): number {
    invariant(this.#byOrderId.find(0, order.orderId) === none, "order ids are never used twice");
    const slot = this.#slots.take();
    this.#reserve(slot);
    const c = this.columns;
    c.orderId[slot] = order.orderId;
    c.account[slot] = order.account;
    c.instrument[slot] = instrument;
    c.side[slot] = order.side;
    c.flags[slot] = order.flags;
    c.priceTicks[slot] = priceTicks;
    c.remainingLots[slot] = lots;
    c.filledLots[slot] = 0;
    c.clientOrderId[slot] = order.clientOrderId;
    c.expiryMs[slot] = order.expiryMs;
    c.priority[slot] = order.priority;
    this.#index(slot);
    this.dirty.mark(slot);
    return slot;
  }

  /** For the books: frees the slot of an order that is in no level any more. */
  free(slot: number): void {
    const c = this.columns;
    this.#unlist(slot);
    this.#byOrderId.remove(slot);
    if (c.clientOrderId[slot] !== 0) this.#byClientOrderId.remove(slot);
    if ((c.flags[slot]! & orderFlags.reduceOnly) !== 0) this.#reduceOnly[c.account[slot]!]!--;
    c.orderId[slot] = 0;
    this.#slots.give(slot);
    this.dirty.mark(slot);
  }

  /** For the books: an order loses its time priority. */
  setPriority(slot: number, priority: number): void {
    this.#unlist(slot);
    this.columns.priority[slot] = priority;
    this.#list(slot);
    this.dirty.mark(slot);
  }

  get leafCount(): number {
    return this.#slots.count;
  }

  encodeLeaf(slot: number, out: ByteWriter): void {
    const c = this.columns;
    if (c.orderId[slot] === 0) return;
    out.integer(c.orderId[slot]!);
    out.u32(c.account[slot]!);
    out.u32(c.instrument[slot]!);
    out.u8(c.side[slot]!);
    out.u16(c.flags[slot]!);
    out.u32(c.priceTicks[slot]!);
    out.integer(c.remainingLots[slot]!);
    out.integer(c.filledLots[slot]!);
    out.integer(c.clientOrderId[slot]!);
    out.integer(c.expiryMs[slot]!);
    out.integer(c.priority[slot]!);
  }

  decodeLeaf(slot: number, from: ByteReader): void {
    this.#reserve(slot);
    const c = this.columns;
    c.orderId[slot] = from.integer();
    c.account[slot] = from.u32();
    c.instrument[slot] = from.u32();
    c.side[slot] = from.u8();
    c.flags[slot] = from.u16();
    c.priceTicks[slot] = from.u32();
    c.remainingLots[slot] = from.integer();
    c.filledLots[slot] = from.integer();
    c.clientOrderId[slot] = from.integer();
    c.expiryMs[slot] = from.integer();
    c.priority[slot] = from.integer();
  }

  finishRestore(leafCount: number): void {
    if (leafCount === 0) return;
    this.#reserve(leafCount - 1);
    const { orderId, priority } = this.columns;
    this.#slots.count = leafCount;
    const used: number[] = [];
    for (let slot = 0; slot < leafCount; slot++) {
      if (orderId[slot] === 0) this.#slots.give(slot);
      else used.push(slot);
    }
    // every queue is one of rising priority
    for (const slot of used.sort((a, b) => priority[a]! - priority[b]!)) {
      this.#index(slot);
      this.book(this.instrument(slot)).link(slot);
    }
  }

  #index(slot: number): void {
    const c = this.columns;
    const account = c.account[slot]!;
    this.#byOrderId.insert(slot);
    if (c.clientOrderId[slot] !== 0) this.#byClientOrderId.insert(slot);
    this.#list(slot);
    if ((c.flags[slot]! & orderFlags.reduceOnly) !== 0) {
      if (account >= this.#reduceOnly.length) {
        this.#reduceOnly = grown(this.#reduceOnly, Math.max(account + 1, this.#reduceOnly.length * 2));
      }
      this.#reduceOnly[account]!++;
    }
  }

  #list(slot: number): void {
    const { account, priority, expiryMs } = this.columns;
    const last = this.#accounts.last(account[slot]!);
    invariant(last === none || priority[last]! < priority[slot]!, "time priorities rise");
    this.#accounts.append(account[slot]!, slot);
    if (expiryMs[slot] !== 0) this.#expiries.insert(slot);
  }

  #unlist(slot: number): void {
    const { account, expiryMs } = this.columns;
    this.#accounts.remove(account[slot]!, slot);
    if (expiryMs[slot] !== 0) this.#expiries.remove(slot);
  }

  #reserve(slot: number): void {
    if (slot < this.columns.capacity) return;
    const c = this.columns;
    c.grow(Math.max(slot + 1, c.capacity * 2));
    this.#byOrderId.rebind(c.orderId, null);
    this.#byClientOrderId.rebind(c.clientOrderId, c.account);
  }
}
