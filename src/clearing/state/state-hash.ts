import { sha256 } from "@noble/hashes/sha2.js";

/** Bytes of a hash. */
export const hashLength = 32;

const utf8 = new TextEncoder();

/** Whether a section may have this name: short kebab-case, so that it fits its domain's block. */
export const isSectionName = (name: string): boolean => /^[a-z][a-z0-9-]{0,31}$/.test(name);

/**
 * A first block of 64 bytes that says what is hashed after it, so that a leaf can't pass for a node, nor the leaf of one section for
 * that of another. Filling a whole block makes it free: its effect on SHA-256 is computed once.
 */
export function domainBlock(label: string): Uint8Array {
  const block = new Uint8Array(64);
  block.set(utf8.encode(`plimsoll-state-1:${label}`));
  return block;
}

type Hasher = ReturnType<typeof sha256.create>;

/** SHA-256 of a domain's block and what follows it. */
export class DomainHash {
  readonly #start: Hasher;
  readonly #work: Hasher = sha256.create();

  constructor(label: string) {
    this.#start = sha256.create().update(domainBlock(label));
  }

  /** Writes SHA-256(block ‖ first ‖ second) to `out` at `at`. */
  hashInto(out: Uint8Array, at: number, first: Uint8Array, second?: Uint8Array): void {
    // oxlint-disable-next-line no-underscore-dangle -- the library's way to start from a known state without allocating
    const work = this.#start._cloneInto(this.#work);
    work.update(first);
    if (second !== undefined) work.update(second);
    work.digestInto(out.subarray(at, at + hashLength));
  }

  hash(first: Uint8Array, second?: Uint8Array): Uint8Array {
    const out = new Uint8Array(hashLength);
    this.hashInto(out, 0, first, second);
    return out;
  }
}

const node = new DomainHash("node");

/** Hashes pairs of neighbours of one level into their parents, for the given parents' places on the level above. */
export function nodeHasher(below: Uint8Array, above: Uint8Array, parents: Uint32Array, count: number): void {
  for (let i = 0; i < count; i++) {
    const parent = parents[i]!;
    const at = parent * 2 * hashLength;
    node.hashInto(above, parent * hashLength, below.subarray(at, at + 2 * hashLength));
  }
}

/** SHA-256 of the domain of nodes, then both children. */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => node.hash(left, right);

/** Writes the hash of a leaf: of its section's domain, its number in 32 bits and its bytes; the constant for an empty leaf. */
export type LeafHasher = (leaf: number, bytes: Uint8Array, out: Uint8Array, at: number) => void;

export function leafHasher(section: string): LeafHasher {
  const domain = new DomainHash(`leaf:${section}`);
  const place = new Uint8Array(4);
  const view = new DataView(place.buffer);
  return (leaf, bytes, out, at) => {
    if (bytes.length === 0) {
      out.set(emptyHash(0), at);
      return;
    }
    view.setUint32(0, leaf, true);
    domain.hashInto(out, at, place, bytes);
  };
}

const empties: Uint8Array[] = [new DomainHash("empty").hash(new Uint8Array(0))];

/** The hash of a subtree of 2^level empty leaves. */
export function emptyHash(level: number): Uint8Array {
  while (empties.length <= level) {
    const below = empties.at(-1)!;
    empties.push(nodeHash(below, below));
  }
  return empties[level]!;
}
