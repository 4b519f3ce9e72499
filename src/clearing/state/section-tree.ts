import { type StateSection } from "./section.ts";
import { emptyHash } from "./state-hash.ts";
import { bytesOf, hashWords, type TreeHasher, wordsOf } from "./tree-hasher.ts";

/**
 * The Merkle tree over one section's leaves: binary, as wide as the next power of two, empty places filled with constants. All levels
 * are kept, so a changed leaf costs its own hash and one node per level, and neighbours share nodes.
 */
export class SectionTree {
  readonly section: StateSection;
  readonly #hasher: TreeHasher;
  /** Level 0 holds the leaves' hashes, the last level one hash. */
  #levels: Uint32Array[] = [emptyLevel(0, 1)];
  /** Places whose hash changed, level by level. */
  #work: Uint32Array = new Uint32Array(0);

  /** Hashes all leaves, whether or not they are marked as changed. */
  constructor(section: StateSection, hasher: TreeHasher) {
    this.section = section;
    this.#hasher = hasher;
    section.dirty.take();
    this.#grow(section.leafCount);
    this.#rehash(Uint32Array.from({ length: section.leafCount }, (_, leaf) => leaf));
  }

  get #width(): number {
    return this.#levels[0]!.length / hashWords;
  }

  /** Brings the tree up to date with the leaves that changed. */
  update(): void {
    const changed = this.section.dirty.take();
    this.#grow(this.section.leafCount);
    this.#rehash(changed);
  }

  /** Of the tree as last brought up to date. */
  get root(): Uint8Array {
    return bytesOf(this.#levels.at(-1)!);
  }

  /** The hashes that lead from a leaf to the root, lowest first. */
  path(leaf: number): Uint8Array[] {
    let place = leaf;
    return this.#levels.slice(0, -1).map((level) => {
      const sibling = (place ^ 1) * hashWords;
      place >>>= 1;
      return bytesOf(level.subarray(sibling, sibling + hashWords));
    });
  }

  #grow(leafCount: number): void {
    while (this.#width < leafCount) {
      const levels = this.#levels.map((level, i) => {
        const grown = emptyLevel(i, (level.length / hashWords) * 2);
        grown.set(level);
        return grown;
      });
      const top = new Uint32Array(hashWords);
      this.#hasher.hashParents(levels.at(-1)!, top, Uint32Array.of(0), 1);
      this.#levels = [...levels, top];
    }
  }

  #rehash(leaves: Uint32Array): void {
    if (leaves.length === 0) return;
    this.#hasher.hashLeaves(this.section, leaves, this.#levels[0]!);
    if (this.#work.length < leaves.length) this.#work = new Uint32Array(leaves.length * 2);
    const work = this.#work;
    work.set(leaves);
    let count = leaves.length;
    for (let level = 0; level + 1 < this.#levels.length; level++) {
      let parents = 0;
      for (let i = 0; i < count; i++) {
        const parent = work[i]! >>> 1;
        if (parents === 0 || work[parents - 1] !== parent) work[parents++] = parent;
      }
      count = parents;
      this.#hasher.hashParents(this.#levels[level]!, this.#levels[level + 1]!, work, count);
    }
  }
}

function emptyLevel(level: number, width: number): Uint32Array {
  const words = new Uint32Array(width * hashWords);
  words.set(wordsOf(emptyHash(level)));
  for (let filled = hashWords; filled < words.length; filled *= 2) words.copyWithin(filled, 0, filled);
  return words;
}
