/** The leaves of a section that changed since they were last taken. Marking is cheap enough for every change of the hot state. */
export class DirtyLeaves {
  #marks: Uint8Array = new Uint8Array(64);
  #list: Uint32Array = new Uint32Array(64);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  mark(leaf: number): void {
    if (leaf >= this.#marks.length) {
      const grown = new Uint8Array(Math.max(leaf + 1, this.#marks.length * 2));
      grown.set(this.#marks);
      this.#marks = grown;
    }
    if (this.#marks[leaf] === 1) return;
    this.#marks[leaf] = 1;
    if (this.#count === this.#list.length) {
      const grown = new Uint32Array(this.#list.length * 2);
      grown.set(this.#list);
      this.#list = grown;
    }
    this.#list[this.#count++] = leaf;
  }

  /** Gives the marked leaves in ascending order and forgets them. */
  take(): Uint32Array {
    const taken = this.#list.slice(0, this.#count).sort();
    for (const leaf of taken) this.#marks[leaf] = 0;
    this.#count = 0;
    return taken;
  }
}
