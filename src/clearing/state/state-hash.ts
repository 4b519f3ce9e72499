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

/** Domains of what is hashed. */
export const domains = {
  node: "node",
  empty: "empty",
  root: "root",
  leaf: (section: string): string => `leaf:${section}`,
} as const;

/** SHA-256 of a domain's block and what follows it. For single hashes; trees are hashed by `TreeHasher`. */
export function domainHash(domain: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = sha256.create().update(domainBlock(domain));
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  domainHash(domains.node, left, right);

/** The hash of a leaf: of its section's domain, its number in 32 bits and its bytes; the constant for an empty leaf. */
export function leafHash(section: string, leaf: number, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return emptyHash(0);
  const place = new Uint8Array(4);
  new DataView(place.buffer).setUint32(0, leaf, true);
  return domainHash(domains.leaf(section), place, bytes);
}

const empties: Uint8Array[] = [domainHash(domains.empty)];

/** The hash of a subtree of 2^level empty leaves. */
export function emptyHash(level: number): Uint8Array {
  while (empties.length <= level) {
    const below = empties.at(-1)!;
    empties.push(nodeHash(below, below));
  }
  return empties[level]!;
}
