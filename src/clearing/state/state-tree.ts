import { ByteWriter } from "./bytes.ts";
import { type StateSection } from "./section.ts";
import { SectionTree } from "./section-tree.ts";
import { domainHash, domains, hashLength, isSectionName, leafHash, nodeHash } from "./state-hash.ts";
import { TreeHasher } from "./tree-hasher.ts";
import { type KernelImplementation } from "../../numerics/wasm/remargin-kernel.ts";
import { invariant } from "../../quantity/error.ts";

/** Which state a root is of: that after the command `sequence`, at `timeMs` by the machine's clock. */
export interface StateHead {
  readonly sequence: number;
  readonly timeMs: number;
}

/** What the root says of one section. */
export interface SectionRoot {
  readonly name: string;
  readonly leafCount: number;
  readonly root: Uint8Array;
}

/** That a leaf has these bytes in the state of a root: everything that is needed to compute the root again. */
export interface InclusionProof {
  readonly head: StateHead;
  readonly section: string;
  readonly leaf: number;
  /** The leaf as its section encodes it. Empty for an empty leaf. */
  readonly bytes: Uint8Array;
  /** Neighbouring hashes from the leaf up to its section's root. */
  readonly path: readonly Uint8Array[];
  readonly sections: readonly SectionRoot[];
}

/** The root over sections, which stand in the order of their names. */
export function rootOf(head: StateHead, sections: readonly SectionRoot[]): Uint8Array {
  const out = new ByteWriter();
  out.u48(head.sequence);
  out.u48(head.timeMs);
  out.u16(sections.length);
  for (const { name, leafCount, root } of sections) {
    out.text(name);
    out.u32(leafCount);
    out.raw(root);
  }
  return domainHash(domains.root, out.bytes);
}

const byName = (a: StateSection, b: StateSection): number => (a.name < b.name ? -1 : 1);

/**
 * Commits to all sections of the state. Keeps their hashes and renews those of leaves that changed. Sections have one tree: it takes
 * their marks of what changed.
 */
export class StateTree {
  readonly #trees: readonly SectionTree[];

  /** Hashes every leaf: sections may be empty, as at genesis, or just restored. */
  constructor(sections: readonly StateSection[], implementation?: KernelImplementation) {
    const sorted = sections.toSorted(byName);
    for (const [i, { name }] of sorted.entries()) {
      invariant(isSectionName(name), `section name ${name} is short kebab-case`);
      invariant(name !== sorted[i - 1]?.name, `section name ${name} is unique`);
    }
    const hasher = new TreeHasher(implementation);
    this.#trees = sorted.map((section) => new SectionTree(section, hasher));
  }

  /** The root of the state as it is now. Costs what the leaves cost that changed since the last call. */
  root(head: StateHead): Uint8Array {
    return rootOf(head, this.#update());
  }

  #update(): SectionRoot[] {
    return this.#trees.map((tree) => {
      tree.update();
      return { name: tree.section.name, leafCount: tree.section.leafCount, root: tree.root };
    });
  }

  /** Proves a leaf of the state as it is now, against `root(head)`. */
  prove(head: StateHead, section: string, leaf: number): InclusionProof {
    const sections = this.#update();
    const tree = this.#trees.find((of) => of.section.name === section);
    invariant(tree !== undefined, `there is a section ${section}`);
    invariant(leaf >= 0 && leaf < tree.section.leafCount, `leaf ${leaf} of section ${section} exists`);
    const bytes = new ByteWriter();
    tree.section.encodeLeaf(leaf, bytes);
    return { head, section, leaf, bytes: bytes.copy(), path: tree.path(leaf), sections };
  }
}

/** Whether a proof, which may come from anyone, leads to `root`. */
export function verifyProof(proof: InclusionProof, root: Uint8Array): boolean {
  const { head, section, leaf, bytes, path, sections } = proof;
  const of = sections.find(({ name }) => name === section);
  if (of === undefined || !isCount(leaf) || leaf >= of.leafCount) return false;
  if (!sections.every(isSectionRoot) || !inOrder(sections) || !path.every(isHash)) return false;
  if (path.length !== depthOf(of.leafCount) || !isCount(head.sequence) || !isCount(head.timeMs)) return false;
  let hash = leafHash(section, leaf, bytes);
  let place = leaf;
  for (const sibling of path) {
    hash = (place & 1) === 0 ? nodeHash(hash, sibling) : nodeHash(sibling, hash);
    place >>>= 1;
  }
  return equal(hash, of.root) && equal(rootOf(head, sections), root);
}

/** Levels above the leaves of a tree of so many. */
function depthOf(leafCount: number): number {
  let depth = 0;
  for (let width = 1; width < leafCount; width *= 2) depth++;
  return depth;
}

const isCount = (value: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < 0x1_0000_0000_0000;
const isHash = (bytes: Uint8Array): boolean => bytes.length === hashLength;
const isSectionRoot = ({ name, leafCount, root }: SectionRoot): boolean =>
  isSectionName(name) && isCount(leafCount) && leafCount < 0x1_0000_0000 && isHash(root);

function inOrder(sections: readonly SectionRoot[]): boolean {
  return (
    sections.length < 0x1_0000 && sections.every(({ name }, i) => i === 0 || sections[i - 1]!.name < name)
  );
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
