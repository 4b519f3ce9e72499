import { emptyHash, hashLength, leafHasher, type LeafHasher, nodeHasher } from "./state-hash.ts";
import { ByteWriter } from "./bytes.ts";
import { type StateSection } from "./section.ts";

/**
 * The Merkle tree over one section's leaves: binary, as wide as the next power of two, empty places filled with constants. All levels
 * are kept, so a changed leaf costs its own hash and one node per level, and neighbours share nodes.
 */
export class SectionTree {
  readonly section: StateSection;
  readonly #leafHasher: LeafHasher;
  readonly #leaf = new ByteWriter();
  /** Level 0 holds the leaves' hashes, the last level one hash. */
  #levels: Uint8Array[] = [emptyLevel(0, 1)];
  /** Parents to be hashed anew, level by level. */
  #work: Uint32Array = new Uint32Array(0);

  /** Hashes all leaves, whether or not they are marked as changed. */
  constructor(section: StateSection) {
    this.section = section;
    this.#leafHasher = leafHasher(section.name);
    section.dirty.take();
    this.#grow(section.leafCount);
    this.#rehash(Uint32Array.from({ length: section.leafCount }, (_, leaf) => leaf));
  }

  get #width(): number {
    return this.#levels[0]!.length / hashLength;
  }

  /** Brings the tree up to date with the leaves that changed. */
  update(): void {
    const changed = this.section.dirty.take();
    this.#grow(this.section.leafCount);
    this.#rehash(changed);
  }

  /** Of the tree as last brought up to date: a view. */
  get root(): Uint8Array {
    return this.#levels.at(-1)!;
  }

  /** The hashes that lead from a leaf to the root, lowest first. */
  path(leaf: number): Uint8Array[] {
    const path: Uint8Array[] = [];
    let place = leaf;
    for (const level of this.#levels.slice(0, -1)) {
      const sibling = place ^ 1;
      path.push(level.slice(sibling * hashLength, (sibling + 1) * hashLength));
      place >>>= 1;
    }
    return path;
  }

  #grow(leafCount: number): void {
    while (this.#width < leafCount) {
      const depth = this.#levels.length;
      const levels = this.#levels.map((level, i) => {
        const grown = emptyLevel(i, (level.length / hashLength) * 2);
        grown.set(level);
        return grown;
      });
      levels.push(new Uint8Array(hashLength));
      this.#levels = levels;
      this.#hashParents(depth - 1, Uint32Array.of(0), 1);
    }
  }

  #rehash(leaves: Uint32Array): void {
    if (this.#work.length < leaves.length) this.#work = new Uint32Array(leaves.length * 2);
    const bottom = this.#levels[0]!;
    for (const leaf of leaves) {
      const bytes = this.#leaf;
      bytes.clear();
      this.section.encodeLeaf(leaf, bytes);
      this.#leafHasher(leaf, bytes.bytes, bottom, leaf * hashLength);
    }
    let count = leaves.length;
    const work = this.#work;
    work.set(leaves);
    for (let level = 0; level + 1 < this.#levels.length && count > 0; level++) {
      let parents = 0;
      for (let i = 0; i < count; i++) {
        const parent = work[i]! >>> 1;
        if (parents === 0 || work[parents - 1] !== parent) work[parents++] = parent;
      }
      count = parents;
      this.#hashParents(level, work, count);
    }
  }

  #hashParents(level: number, parents: Uint32Array, count: number): void {
    nodeHasher(this.#levels[level]!, this.#levels[level + 1]!, parents, count);
  }
}

function emptyLevel(level: number, width: number): Uint8Array {
  const bytes = new Uint8Array(width * hashLength);
  const empty = emptyHash(level);
  for (let at = 0; at < bytes.length; at += hashLength) bytes.set(empty, at);
  return bytes;
}
