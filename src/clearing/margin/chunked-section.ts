import { ByteWriter, type ByteReader } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";

const chunkBytes = 4096;

/** Bytes of any length as a section of the state: a leaf holds up to 4 KiB of them, and only leaves whose bytes changed are dirty. */
export class ChunkedSection implements StateSection {
  readonly name: string;
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly #onRestore: (bytes: Uint8Array) => void;
  #bytes: Uint8Array = new Uint8Array(0);
  #leafCount = 0;
  #restoring: ByteWriter | undefined;

  /** @param onRestore - given the bytes once they are back. Not called when there are none. */
  constructor(name: string, onRestore: (bytes: Uint8Array) => void) {
    this.name = name;
    this.#onRestore = onRestore;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get leafCount(): number {
    return this.#leafCount;
  }

  /** Replaces the bytes; they are kept, not copied. */
  set(bytes: Uint8Array): void {
    const before = this.#bytes;
    this.#bytes = bytes;
    const count = Math.ceil(bytes.length / chunkBytes);
    this.#leafCount = Math.max(this.#leafCount, count);
    for (let leaf = 0; leaf < this.#leafCount; leaf++) {
      if (!sameBytes(chunkOf(before, leaf), chunkOf(bytes, leaf))) this.dirty.mark(leaf);
    }
  }

  encodeLeaf(index: number, out: ByteWriter): void {
    out.raw(chunkOf(this.#bytes, index));
  }

  decodeLeaf(_index: number, from: ByteReader): void {
    this.#restoring ??= new ByteWriter(chunkBytes);
    this.#restoring.raw(from.raw(from.remaining));
  }

  finishRestore(leafCount: number): void {
    this.#leafCount = leafCount;
    this.#bytes = this.#restoring?.copy() ?? new Uint8Array(0);
    this.#restoring = undefined;
    this.dirty.take();
    if (this.#bytes.length > 0) this.#onRestore(this.#bytes);
  }
}

const chunkOf = (bytes: Uint8Array, leaf: number): Uint8Array =>
  bytes.subarray(leaf * chunkBytes, (leaf + 1) * chunkBytes);

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
