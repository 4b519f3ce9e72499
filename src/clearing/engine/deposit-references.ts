import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { referencesPerLeaf } from "./limits.ts";

/** References of all deposits ever credited, in order, so that none is credited twice. Leaf = {@link referencesPerLeaf} of them. */
export class DepositReferences implements StateSection {
  readonly name = "deposit-references";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly #all: string[] = [];
  readonly #known: Set<string> = new Set();

  has(reference: string): boolean {
    return this.#known.has(reference);
  }

  add(reference: string): void {
    this.dirty.mark(Math.floor(this.#all.length / referencesPerLeaf));
    this.#all.push(reference);
    this.#known.add(reference);
  }

  get leafCount(): number {
    return Math.ceil(this.#all.length / referencesPerLeaf);
  }

  encodeLeaf(index: number, out: ByteWriter): void {
    const start = index * referencesPerLeaf;
    for (const reference of this.#all.slice(start, start + referencesPerLeaf)) out.text(reference);
  }

  decodeLeaf(_index: number, from: ByteReader): void {
    while (from.remaining > 0) {
      const reference = from.text();
      this.#all.push(reference);
      this.#known.add(reference);
    }
  }

  finishRestore(): void {
    // Decoding did all of it.
  }
}
