import { invariant } from "../../quantity/error.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { AccountLists } from "./account-lists.ts";
import { ExpiryQueue } from "./expiry-queue.ts";
import { FreeSlots } from "./free-slots.ts";
import { maxOrderLots, maxPriceTicks, none, type SelfTrade, type Side, type TimeInForce } from "./order.ts";
import { LadderArena, PriceLadder } from "./price-ladder.ts";
import { SlotIndex } from "./slot-index.ts";
import { TriggerColumns } from "./trigger-columns.ts";
import {
  type PriceInTicks,
  type TriggerDirection,
  type TriggerOrder,
  type TriggerSource,
} from "./trigger.ts";

// their places are what leaves hold: only ever add at the end
const directions: readonly TriggerDirection[] = ["rise", "fall"];
const sources: readonly TriggerSource[] = ["mark", "last"];
const timesInForce: readonly TimeInForce[] = ["gtc", "ioc", "fok"];
const selfTrades: readonly SelfTrade[] = ["cancel-resting", "cancel-incoming", "cancel-both", "decrement"];

export interface TriggerBookOptions {
  /** Orders that may wait at one time over all instruments; 2^22 if left out. A part of the rules. */
  readonly maxOrders?: number;
  /** As of the order pool: decides nothing but time. */
  readonly hashSeed?: number;
}

/**
 * Stops and take-profits of all instruments that wait for a price: a section of the state whose leaves are slots. A price that crosses
 * triggers moves them into one queue of due orders, from which the caller takes them at its own pace: what has fired stays fired.
 */
export class TriggerBook implements StateSection {
  readonly name = "triggers";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly maxOrders: number;
  readonly #columns: TriggerColumns = new TriggerColumns();
  readonly #arena: LadderArena = new LadderArena();
  /** By instrument, source and direction; made when first needed. */
  readonly #ladders: (PriceLadder | undefined)[] = [];
  readonly #slots: FreeSlots = new FreeSlots();
  readonly #accounts: AccountLists = new AccountLists();
  readonly #expiries: ExpiryQueue = new ExpiryQueue();
  readonly #byOrderId: SlotIndex;
  readonly #byClientOrderId: SlotIndex;
  #lastPriority = 0;
  #firstDue: number = none;
  #lastDue: number = none;

  constructor({ maxOrders = 4_194_304, hashSeed = 0 }: TriggerBookOptions = {}) {
    this.maxOrders = maxOrders;
    this.#byOrderId = new SlotIndex(hashSeed);
    this.#byClientOrderId = new SlotIndex(hashSeed);
  }

  /** Orders waiting or due. */
  get orderCount(): number {
    return this.#slots.usedCount;
  }

  accountOrderCount(account: number): number {
    return this.#accounts.count(account);
  }

  find(orderId: number): number {
    return this.#byOrderId.find(0, orderId);
  }

  findClient(account: number, clientOrderId: number): number {
    return this.#byClientOrderId.find(account, clientOrderId);
  }

  /** The account's oldest order, or `none`; {@link nextOf} gives the one after it. */
  firstOf(account: number): number {
    return this.#accounts.first(account);
  }

  nextOf(slot: number): number {
    return this.#accounts.next(slot);
  }

  /** Whether it fired already. */
  isDue(slot: number): boolean {
    return this.#columns.due[slot] !== 0;
  }

  /** The order in a slot, as it was given. */
  order(slot: number): TriggerOrder {
    const c = this.#columns;
    return {
      orderId: c.orderId[slot]!,
      account: c.account[slot]!,
      instrument: c.instrument[slot]!,
      triggerTicks: c.triggerTicks[slot]!,
      direction: directions[c.direction[slot]!]!,
      source: sources[c.source[slot]!]!,
      side: c.side[slot] === 0 ? 0 : 1,
      lots: c.lots[slot]!,
      limitTicks: c.limitTicks[slot]!,
      timeInForce: timesInForce[c.timeInForce[slot]!]!,
      selfTrade: selfTrades[c.selfTrade[slot]!]!,
      flags: c.flags[slot]!,
      clientOrderId: c.clientOrderId[slot]!,
      expiryMs: c.expiryMs[slot]!,
      priority: c.priority[slot]!,
    };
  }

  /**
   * Lets an order wait and gives its slot; `none` if the book is full. One whose price is already crossed fires with the next
   * {@link cross}: the caller refuses it if that is not wanted.
   */
  add(order: TriggerOrder): number {
    invariant(
      order.triggerTicks >= 1 && order.triggerTicks <= maxPriceTicks && order.limitTicks <= maxPriceTicks,
      "a trigger's prices are in ticks",
    );
    invariant(order.lots >= 0 && order.lots <= maxOrderLots, "a trigger's size is in lots");
    invariant(order.orderId >= 1, "an order has an id");
    invariant(order.priority > this.#lastPriority, "time priorities rise");
    if (this.orderCount >= this.maxOrders) return none;
    const slot = this.#slots.take();
    this.#reserve(slot);
    const c = this.#columns;
    c.orderId[slot] = order.orderId;
    c.account[slot] = order.account;
    c.instrument[slot] = order.instrument;
    c.triggerTicks[slot] = order.triggerTicks;
    c.limitTicks[slot] = order.limitTicks;
    c.side[slot] = order.side;
    c.direction[slot] = directions.indexOf(order.direction);
    c.source[slot] = sources.indexOf(order.source);
    c.timeInForce[slot] = timesInForce.indexOf(order.timeInForce);
    c.selfTrade[slot] = selfTrades.indexOf(order.selfTrade);
    c.flags[slot] = order.flags;
    c.lots[slot] = order.lots;
    c.clientOrderId[slot] = order.clientOrderId;
    c.expiryMs[slot] = order.expiryMs;
    c.priority[slot] = order.priority;
    c.due[slot] = 0;
    this.#index(slot);
    this.#wait(slot);
    this.dirty.mark(slot);
    return slot;
  }

  /** Takes out an order, waiting or due. */
  remove(slot: number): void {
    const c = this.#columns;
    if (c.due[slot] === 0) this.#leaveLevel(slot);
    else {
      const after = c.links[slot * 2]!;
      const before = c.links[slot * 2 + 1]!;
      if (before === none) this.#firstDue = after;
      else c.links[before * 2] = after;
      if (after === none) this.#lastDue = before;
      else c.links[after * 2 + 1] = before;
    }
    this.#accounts.remove(c.account[slot]!, slot);
    if (c.expiryMs[slot] !== 0) this.#expiries.remove(slot);
    this.#byOrderId.remove(0, c.orderId[slot]!);
    if (c.clientOrderId[slot] !== 0) this.#byClientOrderId.remove(c.account[slot]!, c.clientOrderId[slot]!);
    c.orderId[slot] = 0;
    this.#slots.give(slot);
    this.dirty.mark(slot);
  }

  /** Takes out the account's orders, oldest first: all, or those of one instrument or one side. `visit` sees each before it goes. */
  removeAll(
    account: number,
    only: { readonly instrument?: number; readonly side?: Side },
    visit: (slot: number) => void,
  ): void {
    const { instrument, side } = only;
    const c = this.#columns;
    for (let slot = this.firstOf(account); slot !== none;) {
      const next = this.nextOf(slot);
      if (
        (instrument === undefined || c.instrument[slot] === instrument) &&
        (side === undefined || c.side[slot] === side)
      ) {
        visit(slot);
        this.remove(slot);
      }
      slot = next;
    }
  }

  /** One of an instrument's orders that wait, fired ones excepted, or `none`. Those that rise come first, from the lowest up. */
  firstOfInstrument(instrument: number): number {
    const first = ladderOf(instrument, 0, 0);
    const end = first + sources.length * directions.length;
    for (let index = first; index < end; index++) {
      const level = this.#ladders[index]?.lowest ?? none;
      if (level !== none) return this.#arena.head(level);
    }
    return none;
  }

  /** Takes out orders whose expiry has come, by expiry, then priority, at most `maxCount`; returns how many. */
  expire(nowMs: number, maxCount: number, visit: (slot: number) => void): number {
    let count = 0;
    for (; count < maxCount; count++) {
      const slot = this.#expiries.first();
      if (slot === none || this.#columns.expiryMs[slot]! > nowMs) break;
      visit(slot);
      this.remove(slot);
    }
    return count;
  }

  /**
   * A new price: all triggers at or beyond it become due, those that rise from the lowest up, then those that fall from the highest down
   * (the order in which a price moving there meets them); at one trigger price by priority. Returns how many.
   */
  cross(instrument: number, source: TriggerSource, { floorTicks, ceilTicks }: PriceInTicks): number {
    const arena = this.#arena;
    let count = 0;
    const rising = this.#ladders[ladderOf(instrument, sources.indexOf(source), 0)];
    for (;;) {
      const level = rising?.lowest ?? none;
      if (level === none || arena.ticks(level) > floorTicks) break;
      count += this.#fire(level);
    }
    const falling = this.#ladders[ladderOf(instrument, sources.indexOf(source), 1)];
    for (;;) {
      const level = falling?.highest ?? none;
      if (level === none || arena.ticks(level) < ceilTicks) break;
      count += this.#fire(level);
    }
    return count;
  }

  /** The order that fired first, or `none`. The caller removes it, then acts on it. */
  firstDue(): number {
    return this.#firstDue;
  }

  get leafCount(): number {
    return this.#slots.count;
  }

  encodeLeaf(slot: number, out: ByteWriter): void {
    const c = this.#columns;
    if (c.orderId[slot] === 0) return;
    out.integer(c.orderId[slot]!);
    out.u32(c.account[slot]!);
    out.u32(c.instrument[slot]!);
    out.u32(c.triggerTicks[slot]!);
    out.u32(c.limitTicks[slot]!);
    out.u8(c.side[slot]!);
    out.u8(c.direction[slot]!);
    out.u8(c.source[slot]!);
    out.u8(c.timeInForce[slot]!);
    out.u8(c.selfTrade[slot]!);
    out.u16(c.flags[slot]!);
    out.integer(c.lots[slot]!);
    out.integer(c.clientOrderId[slot]!);
    out.integer(c.expiryMs[slot]!);
    out.integer(c.priority[slot]!);
    out.integer(c.due[slot]!);
  }

  decodeLeaf(slot: number, from: ByteReader): void {
    this.#reserve(slot);
    const c = this.#columns;
    c.orderId[slot] = from.integer();
    c.account[slot] = from.u32();
    c.instrument[slot] = from.u32();
    c.triggerTicks[slot] = from.u32();
    c.limitTicks[slot] = from.u32();
    c.side[slot] = from.u8();
    c.direction[slot] = from.u8();
    c.source[slot] = from.u8();
    c.timeInForce[slot] = from.u8();
    c.selfTrade[slot] = from.u8();
    c.flags[slot] = from.u16();
    c.lots[slot] = from.integer();
    c.clientOrderId[slot] = from.integer();
    c.expiryMs[slot] = from.integer();
    c.priority[slot] = from.integer();
    c.due[slot] = from.integer();
  }

  finishRestore(leafCount: number): void {
    if (leafCount === 0) return;
    this.#reserve(leafCount - 1);
    const { orderId, priority, due } = this.#columns;
    this.#slots.count = leafCount;
    const used: number[] = [];
    for (let slot = 0; slot < leafCount; slot++) {
      if (orderId[slot] === 0) this.#slots.give(slot);
      else used.push(slot);
    }
    used.sort((a, b) => priority[a]! - priority[b]!);
    for (const slot of used) {
      this.#index(slot);
      if (due[slot] === 0) this.#wait(slot);
    }
    const fired = used.filter((slot) => due[slot] !== 0).sort((a, b) => due[a]! - due[b]!);
    for (const slot of fired) this.#queue(slot, due[slot]!);
  }

  #index(slot: number): void {
    const c = this.#columns;
    const account = c.account[slot]!;
    this.#lastPriority = c.priority[slot]!;
    this.#accounts.append(account, slot);
    if (c.expiryMs[slot] !== 0) this.#expiries.insert(slot, c.expiryMs[slot]!, c.priority[slot]!);
    this.#byOrderId.insert(0, c.orderId[slot]!, slot);
    if (c.clientOrderId[slot] !== 0) this.#byClientOrderId.insert(account, c.clientOrderId[slot]!, slot);
  }

  #ladder(slot: number): PriceLadder {
    const c = this.#columns;
    const index = ladderOf(c.instrument[slot]!, c.source[slot]!, c.direction[slot]!);
    while (this.#ladders.length <= index) this.#ladders.push(undefined);
    return (this.#ladders[index] ??= new PriceLadder(this.#arena));
  }

  #wait(slot: number): void {
    const c = this.#columns;
    const level = this.#ladder(slot).obtain(c.triggerTicks[slot]!);
    this.#arena.append(level, slot, c.links, 2, 0);
    c.level[slot] = level;
  }

  #leaveLevel(slot: number): void {
    const c = this.#columns;
    const level = c.level[slot]!;
    if (this.#arena.unlink(level, slot, c.links, 2, 0)) this.#ladder(slot).remove(level);
  }

  /** Moves all of a level's orders into the queue of due ones. */
  #fire(level: number): number {
    const { due, links } = this.#columns;
    const count = this.#arena.orders(level);
    for (let slot = this.#arena.head(level); slot !== none;) {
      const after = links[slot * 2]!;
      this.#leaveLevel(slot);
      this.#queue(slot, this.#lastDue === none ? 1 : due[this.#lastDue]! + 1);
      this.dirty.mark(slot);
      slot = after;
    }
    return count;
  }

  #queue(slot: number, place: number): void {
    const c = this.#columns;
    c.due[slot] = place;
    c.links[slot * 2] = none;
    c.links[slot * 2 + 1] = this.#lastDue;
    if (this.#lastDue === none) this.#firstDue = slot;
    else c.links[this.#lastDue * 2] = slot;
    this.#lastDue = slot;
  }

  #reserve(slot: number): void {
    const { capacity } = this.#columns;
    if (slot >= capacity) this.#columns.grow(Math.max(slot + 1, capacity * 2));
  }
}

function ladderOf(instrument: number, source: number, direction: number): number {
  return (instrument * sources.length + source) * directions.length + direction;
}
