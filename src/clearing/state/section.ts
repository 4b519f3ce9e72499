import { type ByteReader, type ByteWriter } from "./bytes.ts";
import { type DirtyLeaves } from "./dirty-leaves.ts";

/**
 * A part of the state that survives: numbered leaves, each a few hundred bytes. A snapshot is all leaves, restoring decodes them, and
 * the state root commits to them, so whatever decides a future outcome must be in a leaf. Indices derived from leaves (ladders, maps by
 * name) are not: a store rebuilds them after {@link finishRestore}.
 */
export interface StateSection {
  /** Unique, kebab-case. Sections are hashed in the order of their names. */
  readonly name: string;
  /** Leaves are numbered 0 … leafCount − 1. Never shrinks. */
  readonly leafCount: number;
  /** Leaves that changed since the state root last took them. */
  readonly dirty: DirtyLeaves;
  /** Writes one leaf. Writing nothing means that the leaf is empty. Pure: the same state writes the same bytes. */
  encodeLeaf(index: number, out: ByteWriter): void;
  /** Reads back what {@link encodeLeaf} wrote, into a new, empty store. Called in ascending order, empty leaves left out. */
  decodeLeaf(index: number, from: ByteReader): void;
  /** Called once after all leaves of all sections are decoded. `leafCount` is that of the snapshot, empty leaves at the end included. */
  finishRestore(leafCount: number): void;
}
