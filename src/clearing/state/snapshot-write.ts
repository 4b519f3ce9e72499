import { sha256 } from "@noble/hashes/sha2.js";
import { ByteWriter } from "./bytes.ts";
import { type StateSection } from "./section.ts";
import { type StateHead } from "./state-tree.ts";
import { invariant } from "../../quantity/error.ts";

/**
 * A snapshot is a header and frames. Every frame ends with a chained hash, SHA-256 of the hash before it and the frame's bytes, so that
 * damage is found before anything is decoded; the root at the end says that the whole is the state it claims to be.
 * docs/state-root.md describes the bytes.
 */
export const snapshotMagic = "PLMSTATE";
export const snapshotVersion = 1;
/** Kinds of the records within frames. */
export const recordKind = { section: 1, leaf: 2, end: 3 } as const;
/** A frame is closed once it has this many bytes. */
export const frameBytes: number = 0x4_0000;
/** The most that one leaf may take. */
export const maxLeafBytes: number = 0x100_0000;

/** The most leaves of one section: with more, a tree would take gigabytes. */
export const maxLeafCount: number = 0x100_0000;

export const firstChain = (header: Uint8Array): Uint8Array => sha256(header);
export const nextChain = (chain: Uint8Array, frame: Uint8Array): Uint8Array =>
  sha256.create().update(chain).update(frame).digest();

/**
 * Writes all leaves of all sections, in pieces of {@link frameBytes} and a little more. The state must not change before the last
 * piece was taken.
 *
 * @param root - the state's root at `head`, which reading compares with.
 */
export function* writeSnapshot(
  sections: readonly StateSection[],
  head: StateHead,
  root: Uint8Array,
): Generator<Uint8Array, void, undefined> {
  const header = new ByteWriter();
  for (const character of snapshotMagic) header.u8(character.charCodeAt(0));
  header.u16(snapshotVersion);
  header.u48(head.sequence);
  header.u48(head.timeMs);
  header.raw(root);
  let chain = firstChain(header.bytes);
  yield header.copy();

  const frame = new ByteWriter(frameBytes * 2);
  const leaf = new ByteWriter();
  const close = (): Uint8Array => {
    chain = nextChain(chain, frame.bytes);
    const piece = new ByteWriter(frame.length + 36);
    piece.blob(frame.bytes);
    piece.raw(chain);
    frame.clear();
    return piece.bytes;
  };
  for (const section of sections.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    invariant(section.leafCount <= maxLeafCount, `${section.name} has at most ${maxLeafCount} leaves`);
    frame.u8(recordKind.section);
    frame.text(section.name);
    frame.u32(section.leafCount);
    for (let index = 0; index < section.leafCount; index++) {
      leaf.clear();
      section.encodeLeaf(index, leaf);
      if (leaf.length === 0) continue;
      invariant(
        leaf.length <= maxLeafBytes,
        `leaf ${index} of ${section.name} has at most ${maxLeafBytes} bytes`,
      );
      frame.u8(recordKind.leaf);
      frame.u32(index);
      frame.blob(leaf.bytes);
      if (frame.length >= frameBytes) yield close();
    }
  }
  frame.u8(recordKind.end);
  yield close();
}
