import assert from "node:assert/strict";
import { ByteReader, ByteWriter } from "../../src/clearing/state/bytes.ts";
import { type StateSection } from "../../src/clearing/state/section.ts";

/** All leaves of a section, empty ones as no bytes. */
export function leavesOf(section: StateSection): Uint8Array[] {
  const out = new ByteWriter();
  return Array.from({ length: section.leafCount }, (_, leaf) => {
    out.clear();
    section.encodeLeaf(leaf, out);
    return out.copy();
  });
}

/** Fills a new section from the leaves of another, as restoring a snapshot does. */
export function restore(from: StateSection, to: StateSection): void {
  const leaves = leavesOf(from);
  for (const [leaf, bytes] of leaves.entries()) {
    if (bytes.length === 0) continue;
    const reader = new ByteReader(bytes);
    to.decodeLeaf(leaf, reader);
    assert.equal(reader.remaining, 0);
  }
  to.finishRestore(leaves.length);
}
