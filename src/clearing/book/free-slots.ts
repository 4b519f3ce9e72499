import { grown } from "./columns.ts";

const wordBits = 5;

/**
 * Hands out slot numbers, always the lowest that is free: which one comes next depends on which are taken alone, not on the order in which
 * they were given back, so that a restored store continues with the same slots. A hierarchy of 32-bit sets finds it in a few steps.
 */
export class FreeSlots {
  /** Slots ever handed out: all below this number. */
  count = 0;
  #freeCount = 0;
  /** By height: a bit for each freed slot, then a bit for each word below that is not zero. The last holds one word. */
  readonly #sets: Int32Array[] = [new Int32Array(1)];

  /** Slots in use. */
  get usedCount(): number {
    return this.count - this.#freeCount;
  }

  take(): number {
    if (this.#freeCount === 0) return this.count++;
    this.#freeCount--;
    const sets = this.#sets;
    let slot = 0;
    for (let height = sets.length - 1; height >= 0; height--) {
      const word = sets[height]![slot]!;
      slot = slot * 32 + 31 - Math.clz32(word & -word);
    }
    let index = slot;
    for (const set of sets) {
      const left = set[index >>> wordBits]! & ~(1 << (index & 31));
      index >>>= wordBits;
      set[index] = left;
      if (left !== 0) break;
    }
    return slot;
  }

  give(slot: number): void {
    this.#freeCount++;
    const sets = this.#sets;
    while (slot >= sets[0]!.length * 32) this.#grow();
    let index = slot;
    for (const set of sets) {
      const before = set[index >>> wordBits]!;
      const bit = 1 << (index & 31);
      index >>>= wordBits;
      set[index] = before | bit;
      if (before !== 0) break;
    }
  }

  #grow(): void {
    const sets = this.#sets;
    let words = sets[0]!.length * 2;
    for (let height = 0; ; height++) {
      const set = sets[height];
      if (set) sets[height] = grown(set, Math.max(words, set.length));
      else sets.push(Int32Array.of(sets[height - 1]![0] === 0 ? 0 : 1));
      if (words === 1) break;
      words = (words + 31) >>> wordBits;
    }
  }
}
