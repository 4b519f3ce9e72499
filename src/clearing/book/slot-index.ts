import { invariant } from "../../quantity/error.ts";
import { none } from "./order.ts";

/**
 * Finds the slot that holds a key, a safe integer ≥ 0, or a key of an owner. Open addressing with slots alone in the table: keys are
 * compared where the store has them. The seed changes where entries stand and nothing else, so a service may draw it at random, lest
 * clients choose keys that meet in one place.
 */
export class SlotIndex {
  #table: Int32Array = new Int32Array(64).fill(none);
  #count = 0;
  readonly #seed: number;
  #keys: Float64Array;
  #owners: Uint32Array | null;

  constructor(seed: number, keys: Float64Array, owners: Uint32Array | null) {
    this.#seed = seed | 0;
    this.#keys = keys;
    this.#owners = owners;
  }

  /** Tells where the store's columns are after they grew. */
  rebind(keys: Float64Array, owners: Uint32Array | null): void {
    this.#keys = keys;
    this.#owners = owners;
  }

  /** The slot of this key, or `none`. `owner` is 0 in an index without owners. */
  find(owner: number, key: number): number {
    const table = this.#table;
    const keys = this.#keys;
    const owners = this.#owners;
    const mask = table.length - 1;
    for (let at = this.#home(owner, key) & mask; ; at = (at + 1) & mask) {
      const slot = table[at]!;
      if (slot === none || (keys[slot] === key && (owners === null || owners[slot] === owner))) return slot;
    }
  }

  /** Adds a slot by the key that its columns hold, which no other may hold. */
  insert(slot: number): void {
    if (++this.#count * 2 > this.#table.length) this.#grow();
    this.#place(slot);
  }

  /** Takes out a slot whose columns still hold its key. */
  remove(slot: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let gap = this.#homeOf(slot) & mask;
    while (table[gap] !== slot) {
      invariant(table[gap] !== none, "a slot is indexed under its key");
      gap = (gap + 1) & mask;
    }
    // what stands behind moves up, unless that were before its place
    for (let at = (gap + 1) & mask; ; at = (at + 1) & mask) {
      const other = table[at]!;
      if (other === none) break;
      if (((at - this.#homeOf(other)) & mask) >= ((at - gap) & mask)) {
        table[gap] = other;
        gap = at;
      }
    }
    table[gap] = none;
    this.#count--;
  }

  #place(slot: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let at = this.#homeOf(slot) & mask;
    while (table[at] !== none) at = (at + 1) & mask;
    table[at] = slot;
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Int32Array(old.length * 2).fill(none);
    for (const slot of old) if (slot !== none) this.#place(slot);
  }

  #homeOf(slot: number): number {
    const owners = this.#owners;
    return this.#home(owners === null ? 0 : owners[slot]!, this.#keys[slot]!);
  }

  /** Eight consecutive keys share a cache line; beyond that places look random (MurmurHash3's finaliser, Appleby 2008). */
  #home(owner: number, key: number): number {
    let hash = (key >>> 3) ^ this.#seed;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash ^= owner + Math.imul((key / 4294967296) | 0, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) << 3) | (key & 7);
  }
}
