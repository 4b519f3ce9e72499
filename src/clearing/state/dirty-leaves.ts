/** Bits of a leaf's mark. */
const untaken = 1;
const unseen = 2;

/** The leaves of a section that changed since they were last taken. Marking is cheap enough for every change of the hot state. */
export class DirtyLeaves {
  #marks: Uint8Array = new Uint8Array(64);
  #list: Uint32Array = new Uint32Array(64);
  #count = 0;
  /** What {@link mark} sets: with `unseen` once somebody watches. */
  #mark = untaken;
  #seen: Uint32Array = new Uint32Array(64);
  #seenCount = 0;

  get count(): number {
    return this.#count;
  }

  mark(leaf: number): void {
    if (leaf >= this.#marks.length) {
      const grown = new Uint8Array(Math.max(leaf + 1, this.#marks.length * 2));
      grown.set(this.#marks);
      this.#marks = grown;
    }
    const before = this.#marks[leaf]!;
    if (before === this.#mark) return;
    this.#marks[leaf] = this.#mark;
    if ((before & untaken) === 0) {
      if (this.#count === this.#list.length) this.#list = doubled(this.#list);
      this.#list[this.#count++] = leaf;
    }
    if ((this.#mark & unseen) === 0 || (before & unseen) !== 0) return;
    if (this.#seenCount === this.#seen.length) this.#seen = doubled(this.#seen);
    this.#seen[this.#seenCount++] = leaf;
  }

  /** Gives the marked leaves in ascending order and forgets them. */
  take(): Uint32Array {
    const taken = this.#list.slice(0, this.#count).sort();
    for (const leaf of taken) this.#marks[leaf] = this.#marks[leaf]! & ~untaken;
    this.#count = 0;
    return taken;
  }

  /** From now on changes are kept for {@link see} too. One watcher, and what it has not seen is not lost by {@link take}. */
  watch(): void {
    this.#mark = untaken | unseen;
  }

  /** Tells the watcher the leaves that changed since it last looked, in order of their first change. */
  see(onChanged: (leaf: number) => void): void {
    const length = this.#seenCount;
    this.#seenCount = 0;
    for (let at = 0; at < length; at++) {
      const leaf = this.#seen[at]!;
      this.#marks[leaf] = this.#marks[leaf]! & ~unseen;
      onChanged(leaf);
    }
  }
}

function doubled(list: Uint32Array): Uint32Array {
  const larger = new Uint32Array(list.length * 2);
  larger.set(list);
  return larger;
}
