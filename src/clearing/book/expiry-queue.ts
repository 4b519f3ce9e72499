import { grown } from "./columns.ts";
import { none } from "./order.ts";

export interface ExpiryColumns {
  readonly expiryMs: Float64Array;
  readonly priority: Float64Array;
}

/** Slots in order of expiry, then priority: a binary heap over the store's columns. */
export class ExpiryQueue {
  readonly #columns: ExpiryColumns;
  #heap: Int32Array = new Int32Array(64);
  #count = 0;
  /** Where each slot stands in the heap. */
  #places: Int32Array = new Int32Array(64);

  constructor(columns: ExpiryColumns) {
    this.#columns = columns;
  }

  /** The slot that expires first, or `none`. */
  first(): number {
    return this.#count === 0 ? none : this.#heap[0]!;
  }

  insert(slot: number): void {
    if (slot >= this.#places.length)
      this.#places = grown(this.#places, Math.max(slot + 1, this.#places.length * 2));
    if (this.#count === this.#heap.length) this.#heap = grown(this.#heap, this.#count * 2);
    this.#rise(slot, this.#count++);
  }

  remove(slot: number): void {
    const place = this.#places[slot]!;
    const last = this.#heap[--this.#count]!;
    if (last === slot) return;
    // the last fills the gap, and goes whichever way it must
    if (place > 0 && this.#before(last, this.#heap[(place - 1) >> 1]!)) this.#rise(last, place);
    else this.#sink(last, place);
  }

  #before(a: number, b: number): boolean {
    const { expiryMs, priority } = this.#columns;
    const difference = expiryMs[a]! - expiryMs[b]!;
    return difference < 0 || (difference === 0 && priority[a]! < priority[b]!);
  }

  #rise(slot: number, place: number): void {
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const other = this.#heap[parent]!;
      if (!this.#before(slot, other)) break;
      this.#put(other, place);
      place = parent;
    }
    this.#put(slot, place);
  }

  #sink(slot: number, place: number): void {
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#count) break;
      if (child + 1 < this.#count && this.#before(this.#heap[child + 1]!, this.#heap[child]!)) child++;
      const other = this.#heap[child]!;
      if (!this.#before(other, slot)) break;
      this.#put(other, place);
      place = child;
    }
    this.#put(slot, place);
  }

  #put(slot: number, place: number): void {
    this.#heap[place] = slot;
    this.#places[slot] = place;
  }
}
