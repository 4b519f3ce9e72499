import { invariant } from "../../quantity/error.ts";
import { none } from "./order.ts";

/** An entry is 16 bytes: the key as a float64, the owner, and the slot plus one; 0 says that the place is empty. */
const ownerAt = 2;
const slotAt = 3;

/**
 * Finds the slot of a key, a safe integer ≥ 0, or of an owner's key. Open addressing, half full at most. The seed changes where entries stand
 * and nothing else, so a service may draw it at random, lest clients choose keys that meet in one place.
 */
export class SlotIndex {
  readonly #seed: number;
  #count = 0;
  #mask = 63;
  #keys: Float64Array = new Float64Array(128);
  #words: Int32Array = new Int32Array(this.#keys.buffer);

  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /** Keys in it. */
  get count(): number {
    return this.#count;
  }

  /** The slot of this key, or `none`. */
  find(owner: number, key: number): number {
    const place = this.#seek(owner, key);
    return this.#words[place * 4 + slotAt]! - 1;
  }

  /** Adds a key that is not there yet. */
  insert(owner: number, key: number, slot: number): void {
    if (++this.#count * 2 > this.#mask) this.#grow();
    const place = this.#seek(owner, key);
    invariant(this.#words[place * 4 + slotAt] === 0, "an identifier is given once");
    this.#put(place, owner, key, slot);
  }

  /** Takes out a key that is there. */
  remove(owner: number, key: number): void {
    const words = this.#words;
    const keys = this.#keys;
    const mask = this.#mask;
    let gap = this.#seek(owner, key);
    invariant(words[gap * 4 + slotAt] !== 0, "an identifier is known until it is taken out");
    // what stands behind moves up, unless that were before its place
    for (let place = (gap + 1) & mask; ; place = (place + 1) & mask) {
      const slot = words[place * 4 + slotAt]! - 1;
      if (slot === none) break;
      const other = keys[place * 2]!;
      const of = words[place * 4 + ownerAt]!;
      if (((place - this.#home(of, other)) & mask) >= ((place - gap) & mask)) {
        this.#put(gap, of, other, slot);
        gap = place;
      }
    }
    words[gap * 4 + slotAt] = 0;
    this.#count--;
  }

  /** Where this key is, or the empty place where it would be. */
  #seek(owner: number, key: number): number {
    const words = this.#words;
    const keys = this.#keys;
    const mask = this.#mask;
    let place = this.#home(owner, key) & mask;
    while (
      words[place * 4 + slotAt] !== 0 &&
      (keys[place * 2] !== key || words[place * 4 + ownerAt] !== (owner | 0))
    ) {
      place = (place + 1) & mask;
    }
    return place;
  }

  #put(place: number, owner: number, key: number, slot: number): void {
    this.#keys[place * 2] = key;
    this.#words[place * 4 + ownerAt] = owner;
    this.#words[place * 4 + slotAt] = slot + 1;
  }

  #grow(): void {
    const keys = this.#keys;
    const words = this.#words;
    this.#keys = new Float64Array(keys.length * 2);
    this.#words = new Int32Array(this.#keys.buffer);
    this.#mask = this.#mask * 2 + 1;
    for (let place = 0; place * 2 < keys.length; place++) {
      if (words[place * 4 + slotAt] === 0) continue;
      const owner = words[place * 4 + ownerAt]!;
      const key = keys[place * 2]!;
      this.#put(this.#seek(owner, key), owner, key, words[place * 4 + slotAt]! - 1);
    }
  }

  /** Four consecutive keys share a cache line; beyond that places look random (MurmurHash3's finaliser, Appleby 2008). */
  #home(owner: number, key: number): number {
    // 2.3e-10 is 2^−32
    const high = (key * 2.3283064365386963e-10) | 0;
    let hash = (key >>> 2) ^ this.#seed;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash ^= owner ^ Math.imul(high, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) << 2) | (key & 3);
  }
}
