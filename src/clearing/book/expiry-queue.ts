import { grown } from "./columns.ts";
import { none } from "./order.ts";

/** Slots in order of expiry, then priority: a binary heap that knows where each slot stands. */
export class ExpiryQueue {
  #count = 0;
  #heap: Int32Array = new Int32Array(64);
  /** Expiry and priority of each place of the heap. */
  #keys: Float64Array = new Float64Array(128);
  /** Where each slot stands in the heap. */
  #places: Int32Array = new Int32Array(64);

  /** The slot that expires first, or `none`. */
  first(): number {
    return this.#count === 0 ? none : this.#heap[0]!;
  }

  insert(slot: number, expiryMs: number, priority: number): void {
    if (slot >= this.#places.length) {
      this.#places = grown(this.#places, Math.max(slot + 1, this.#places.length * 2));
    }
    if (this.#count === this.#heap.length) {
      this.#heap = grown(this.#heap, this.#count * 2);
      this.#keys = grown(this.#keys, this.#count * 4);
    }
    this.#rise(slot, expiryMs, priority, this.#count++);
  }

  remove(slot: number): void {
    const place = this.#places[slot]!;
    const end = --this.#count;
    if (place === end) return;
    // the last fills the gap, and goes whichever way it must
    const last = this.#heap[end]!;
    const expiryMs = this.#keys[end * 2]!;
    const priority = this.#keys[end * 2 + 1]!;
    if (place > 0 && this.#isBefore(expiryMs, priority, (place - 1) >> 1)) {
      this.#rise(last, expiryMs, priority, place);
    } else this.#sink(last, expiryMs, priority, place);
  }

  #isBefore(expiryMs: number, priority: number, place: number): boolean {
    const difference = expiryMs - this.#keys[place * 2]!;
    return difference < 0 || (difference === 0 && priority < this.#keys[place * 2 + 1]!);
  }

  #rise(slot: number, expiryMs: number, priority: number, place: number): void {
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(expiryMs, priority, parent)) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#put(slot, expiryMs, priority, place);
  }

  #sink(slot: number, expiryMs: number, priority: number, place: number): void {
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#count) break;
      const right = child + 1;
      if (right < this.#count && this.#isBefore(this.#keys[right * 2]!, this.#keys[right * 2 + 1]!, child)) {
        child = right;
      }
      if (this.#isBefore(expiryMs, priority, child)) break;
      this.#move(child, place);
      place = child;
    }
    this.#put(slot, expiryMs, priority, place);
  }

  #move(from: number, to: number): void {
    this.#put(this.#heap[from]!, this.#keys[from * 2]!, this.#keys[from * 2 + 1]!, to);
  }

  #put(slot: number, expiryMs: number, priority: number, place: number): void {
    this.#heap[place] = slot;
    this.#keys[place * 2] = expiryMs;
    this.#keys[place * 2 + 1] = priority;
    this.#places[slot] = place;
  }
}
