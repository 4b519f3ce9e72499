import { invariant } from "../../quantity/error.ts";
import { orderDoubles, orderFields, type OrderRecords } from "./order-records.ts";
import { none } from "./order.ts";
import { SlotIndex } from "./slot-index.ts";

const { orderId: orderIdAt } = orderFields;

/**
 * Finds resting orders by their ids, which mostly rise one by one: a ring with four places or more per order, at whose place `id & mask`
 * the newest order of that place stands, known by its own record. Those that it displaced are found by hashing.
 */
export class OrderIds {
  readonly #records: OrderRecords;
  /** Slot plus one; 0 where nobody stands. */
  #ring: Int32Array = new Int32Array(256);
  #count = 0;
  readonly #displaced: SlotIndex;

  constructor(records: OrderRecords, hashSeed: number) {
    this.#records = records;
    this.#displaced = new SlotIndex(hashSeed);
  }

  /** The slot of an order, or `none`. */
  find(orderId: number): number {
    const slot = this.#ring[orderId & (this.#ring.length - 1)]! - 1;
    if (slot !== none && this.#records.doubles[slot * orderDoubles + orderIdAt] === orderId) return slot;
    return this.#displaced.count === 0 ? none : this.#displaced.find(0, orderId);
  }

  /** Adds the order of a slot, whose id is in its record and was not there yet. */
  insert(slot: number): void {
    if (++this.#count * 4 > this.#ring.length) this.#grow();
    const orderId = this.#records.doubles[slot * orderDoubles + orderIdAt]!;
    if (this.#displaced.count !== 0) {
      invariant(this.#displaced.find(0, orderId) === none, "an order id is given once");
    }
    this.#put(slot, orderId);
  }

  /** Takes out the order of a slot, whose id is still in its record. */
  remove(slot: number): void {
    this.#count--;
    const orderId = this.#records.doubles[slot * orderDoubles + orderIdAt]!;
    const place = orderId & (this.#ring.length - 1);
    if (this.#ring[place] === slot + 1) this.#ring[place] = 0;
    else this.#displaced.remove(0, orderId);
  }

  #put(slot: number, orderId: number): void {
    const ring = this.#ring;
    const place = orderId & (ring.length - 1);
    const before = ring[place]! - 1;
    if (before !== none) {
      const idBefore = this.#records.doubles[before * orderDoubles + orderIdAt]!;
      invariant(idBefore !== orderId, "an order id is given once");
      this.#displaced.insert(0, idBefore, before);
    }
    ring[place] = slot + 1;
  }

  /** Twice the ring; those displaced stay where they are. */
  #grow(): void {
    const before = this.#ring;
    this.#ring = new Int32Array(before.length * 2);
    for (const held of before) {
      if (held !== 0) this.#put(held - 1, this.#records.doubles[(held - 1) * orderDoubles + orderIdAt]!);
    }
  }
}
