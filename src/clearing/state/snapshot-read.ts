import { ByteReader } from "./bytes.ts";
import { type StateSection } from "./section.ts";
import {
  firstChain,
  frameBytes,
  maxLeafBytes,
  maxLeafCount,
  nextChain,
  recordKind,
  snapshotMagic,
  snapshotVersion,
} from "./snapshot-write.ts";
import { type StateHead, StateTree } from "./state-tree.ts";
import { PlimsollError } from "../../quantity/error.ts";

const headerBytes = snapshotMagic.length + 2 + 6 + 6 + 32;
/** Beyond a full frame: the record that filled it and a section's beginning. */
const maxFrameBytes = frameBytes + maxLeafBytes + 1024;

/** What a snapshot restored. */
export interface RestoredState {
  readonly head: StateHead;
  readonly root: Uint8Array;
  /** Up to date with the restored sections. */
  readonly tree: StateTree;
}

/**
 * Reads a snapshot, in pieces of any size, into empty sections. Nothing is decoded before its frame's hash was verified, and the state
 * counts only after {@link finish} compared its root: until then, and after any error, the sections are to be thrown away.
 */
export class SnapshotReader {
  readonly #sections: ReadonlyMap<string, StateSection>;
  /** Bytes that were pushed and not yet used. */
  #pending: Uint8Array = new Uint8Array(0);
  #chain: Uint8Array | undefined;
  #head: StateHead = { sequence: 0, timeMs: 0 };
  #root: Uint8Array = new Uint8Array(0);
  readonly #leafCounts = new Map<string, number>();
  #current: { readonly section: StateSection; readonly leafCount: number; nextLeaf: number } | undefined;
  #ended = false;

  constructor(sections: readonly StateSection[]) {
    this.#sections = new Map(sections.map((section) => [section.name, section]));
  }

  /** Takes the next piece. @throws {PlimsollError} `PLM_SNAPSHOT` as soon as something is wrong. */
  push(piece: Uint8Array): void {
    const pending = new Uint8Array(this.#pending.length + piece.length);
    pending.set(this.#pending);
    pending.set(piece, this.#pending.length);
    let at = 0;
    if (this.#chain === undefined && pending.length >= headerBytes) {
      this.#readHeader(pending.slice(0, headerBytes));
      at = headerBytes;
    }
    while (this.#chain !== undefined && pending.length - at >= 4) {
      const length = new ByteReader(pending.subarray(at)).u32();
      if (length > maxFrameBytes) fail("frame", length, `at most ${maxFrameBytes} bytes`);
      if (pending.length - at < 4 + length + 32) break;
      const frame = pending.subarray(at + 4, at + 4 + length);
      const chain = nextChain(this.#chain, frame);
      const stored = pending.subarray(at + 4 + length, at + 4 + length + 32);
      if (!chain.every((byte, i) => byte === stored[i])) fail("frame", "other bytes", "what its hash is of");
      this.#chain = chain;
      this.#readFrame(frame);
      at += 4 + length + 32;
    }
    this.#pending = pending.slice(at);
  }

  #readHeader(header: Uint8Array): void {
    const from = new ByteReader(header);
    for (const character of snapshotMagic) {
      if (from.u8() !== character.charCodeAt(0)) fail("magic", "other bytes", snapshotMagic);
    }
    const version = from.u16();
    if (version !== snapshotVersion) fail("version", version, String(snapshotVersion));
    const sequence = from.u48();
    this.#head = { sequence, timeMs: from.u48() };
    this.#root = from.raw(32);
    this.#chain = firstChain(header);
  }

  #readFrame(frame: Uint8Array): void {
    if (this.#ended) fail("frame", "one more", "none after the end");
    try {
      const from = new ByteReader(frame);
      while (from.remaining > 0) this.#readRecord(from);
    } catch (error) {
      blameBytes(error, "leaf");
    }
  }

  #readRecord(from: ByteReader): void {
    const kind = from.u8();
    if (kind === recordKind.section) {
      const name = from.text();
      const leafCount = from.u32();
      const section = this.#sections.get(name);
      if (section === undefined) fail("section", name, "a section of this release");
      if (this.#leafCounts.has(name)) fail("section", name, "each section once");
      if (leafCount > maxLeafCount) fail(name, leafCount, `at most ${maxLeafCount} leaves`);
      this.#leafCounts.set(name, leafCount);
      this.#current = { section, leafCount, nextLeaf: 0 };
    } else if (kind === recordKind.leaf) {
      const index = from.u32();
      const bytes = from.blob();
      const current = this.#current;
      if (current === undefined) fail("leaf", index, "leaves after their section's beginning");
      if (index < current.nextLeaf || index >= current.leafCount) {
        fail(
          `${current.section.name}[${index}]`,
          index,
          `from ${current.nextLeaf} to ${current.leafCount - 1}`,
        );
      }
      const leaf = new ByteReader(bytes);
      current.section.decodeLeaf(index, leaf);
      if (leaf.remaining !== 0)
        fail(`${current.section.name}[${index}]`, leaf.remaining, "no bytes left over");
      current.nextLeaf = index + 1;
    } else if (kind === recordKind.end) {
      this.#ended = true;
    } else {
      fail("record", kind, "a known kind");
    }
  }

  /** After the last piece. @throws {PlimsollError} `PLM_SNAPSHOT` unless the state is whole and has the root that it claims. */
  finish(): RestoredState {
    if (!this.#ended || this.#pending.length > 0)
      fail("end", "cut short or followed by more", "one whole snapshot");
    for (const [name, section] of this.#sections) {
      const leafCount = this.#leafCounts.get(name);
      if (leafCount === undefined) fail("section", name, "every section of this release");
      try {
        section.finishRestore(leafCount);
      } catch (error) {
        blameBytes(error, name);
      }
      if (section.leafCount !== leafCount) fail(name, section.leafCount, `${leafCount} leaves`);
    }
    const tree = new StateTree([...this.#sections.values()]);
    const root = tree.root(this.#head);
    if (!root.every((byte, i) => byte === this.#root[i])) fail("root", "another", "the root in the header");
    return { head: this.#head, root, tree };
  }
}

/** Reads a whole snapshot into empty sections. @throws {PlimsollError} `PLM_SNAPSHOT` */
export async function readSnapshot(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  sections: readonly StateSection[],
): Promise<RestoredState> {
  const reader = new SnapshotReader(sections);
  for await (const piece of pieces) reader.push(piece);
  return reader.finish();
}

/** A store that meets what it never wrote breaks an invariant or worse; here the bytes are to blame. */
function blameBytes(error: unknown, field: string): never {
  if (error instanceof PlimsollError) throw error;
  fail(field, error instanceof Error ? error.message : String(error), "what its section wrote");
}

function fail(field: string, value: unknown, limit: string): never {
  throw new PlimsollError("PLM_SNAPSHOT", {
    field: `snapshot ${field}`,
    value,
    limit,
    remedy: "Restore an older snapshot, or replay the journal from its first record.",
  });
}
