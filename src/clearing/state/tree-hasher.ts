import { compress, initialState } from "./sha256-twin.ts";
import { sha256Kernel, type Sha256Kernel } from "./sha256-kernel.ts";
import { domainBlock, domains, emptyHash, leafHash } from "./state-hash.ts";
import { ByteWriter } from "./bytes.ts";
import { type StateSection } from "./section.ts";
import { type KernelImplementation } from "../../numerics/wasm/remargin-kernel.ts";

/** Words of a hash: levels of trees keep hashes as SHA-256 does, in eight 32-bit words. */
export const hashWords = 8;

const lanes = 4;
/** Groups of four nodes that are hashed at one call. */
const groupsAtOnce = 128;
/** Leaves longer than this many blocks are hashed one by one. */
const mostBlocks = 8;

/** The words of big-endian bytes. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4));
}

/** The big-endian bytes of a hash's words. */
export function bytesOf(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(i * 4, word);
  return bytes;
}

/** SHA-256's state after a domain's block. */
function stateAfter(domain: string): Uint32Array {
  const state = initialState.slice();
  compress(state, 0, wordsOf(domainBlock(domain)), 0, 1);
  return state;
}

// Written out: as loops within loops they were compiled and thrown away over and over.

/** Sixteen words side by side into one lane. */
function spread(words: Uint32Array, from: number, out: Uint32Array, to: number): void {
  out[to + 0] = words[from + 0]!;
  out[to + 4] = words[from + 1]!;
  out[to + 8] = words[from + 2]!;
  out[to + 12] = words[from + 3]!;
  out[to + 16] = words[from + 4]!;
  out[to + 20] = words[from + 5]!;
  out[to + 24] = words[from + 6]!;
  out[to + 28] = words[from + 7]!;
  out[to + 32] = words[from + 8]!;
  out[to + 36] = words[from + 9]!;
  out[to + 40] = words[from + 10]!;
  out[to + 44] = words[from + 11]!;
  out[to + 48] = words[from + 12]!;
  out[to + 52] = words[from + 13]!;
  out[to + 56] = words[from + 14]!;
  out[to + 60] = words[from + 15]!;
}

/** Eight words of one lane, side by side. */
function collect(words: Uint32Array, from: number, out: Uint32Array, to: number): void {
  out[to + 0] = words[from + 0]!;
  out[to + 1] = words[from + 4]!;
  out[to + 2] = words[from + 8]!;
  out[to + 3] = words[from + 12]!;
  out[to + 4] = words[from + 16]!;
  out[to + 5] = words[from + 20]!;
  out[to + 6] = words[from + 24]!;
  out[to + 7] = words[from + 28]!;
}

/** Hashes leaves and nodes of trees, four at once. The same hashes as `leafHash` and `nodeHash`. */
export class TreeHasher {
  readonly #kernel: Sha256Kernel;
  // Addresses in words of the kernel's memory.
  readonly #start: number;
  readonly #messages: number;
  readonly #states: number;
  readonly #leaf = new ByteWriter(1024);
  /** What the lanes are hashing: the words of each, how many blocks, and where the hash goes. */
  readonly #laneWords = Array.from({ length: lanes }, () => new Uint32Array(mostBlocks * 16));
  readonly #laneBlocks = new Uint32Array(lanes);
  readonly #lanePlaces = new Uint32Array(lanes);

  constructor(implementation?: KernelImplementation) {
    this.#kernel = sha256Kernel(64 + groupsAtOnce * (256 + 128), implementation);
    this.#start = this.#kernel.free / 4;
    this.#messages = this.#start + 16;
    this.#states = this.#messages + groupsAtOnce * 64;
    this.#kernel.words.set(stateAfter(domains.node), this.#start);
  }

  /** Hashes pairs of neighbours of one level into their parents, for the first `count` places in `parents`. */
  hashParents(below: Uint32Array, above: Uint32Array, parents: Uint32Array, count: number): void {
    const { words } = this.#kernel;
    const most = groupsAtOnce * lanes;
    for (let first = 0; first < count; first += most) {
      const some = Math.min(most, count - first);
      for (let i = 0; i < some; i++) {
        const to = this.#messages + (i >>> 2) * 64 + (i & 3);
        spread(below, parents[first + i]! * 2 * hashWords, words, to);
      }
      this.#kernel.functions.pairs(
        this.#start * 4,
        this.#messages * 4,
        this.#states * 4,
        Math.ceil(some / lanes),
      );
      for (let i = 0; i < some; i++) {
        const from = this.#states + (i >>> 2) * 32 + (i & 3);
        collect(words, from, above, parents[first + i]! * hashWords);
      }
    }
  }

  /** Hashes leaves of a section into the lowest level of its tree. */
  hashLeaves(section: StateSection, leaves: Uint32Array, level: Uint32Array): void {
    const start = stateAfter(domains.leaf(section.name));
    const leafBytes = this.#leaf;
    let lane = 0;
    for (let i = 0; i < leaves.length; i++) {
      const leaf = leaves[i]!;
      leafBytes.clear();
      leafBytes.u32(leaf);
      section.encodeLeaf(leaf, leafBytes);
      const length = leafBytes.length;
      const blocks = (length + 9 + 63) >>> 6;
      if (length === 4) {
        level.set(wordsOf(emptyHash(0)), leaf * hashWords);
      } else if (blocks > mostBlocks) {
        level.set(wordsOf(leafHash(section.name, leaf, leafBytes.bytes.subarray(4))), leaf * hashWords);
      } else {
        leafBytes.endSha256(64 + length);
        leafBytes.bigEndianWords(this.#laneWords[lane]!);
        this.#laneBlocks[lane] = blocks;
        this.#lanePlaces[lane] = leaf * hashWords;
        if (++lane === lanes) {
          this.#hashLanes(start, lane, level);
          lane = 0;
        }
      }
    }
    if (lane > 0) this.#hashLanes(start, lane, level);
  }

  #hashLanes(start: Uint32Array, count: number, level: Uint32Array): void {
    const { words } = this.#kernel;
    const states = this.#states;
    for (let w = 0; w < hashWords; w++) {
      for (let lane = 0; lane < lanes; lane++) words[states + w * lanes + lane] = start[w]!;
    }
    let most = 0;
    for (let lane = 0; lane < count; lane++) most = Math.max(most, this.#laneBlocks[lane]!);
    for (let block = 0; block < most; block++) {
      for (let lane = 0; lane < count; lane++) {
        if (block >= this.#laneBlocks[lane]!) continue;
        spread(this.#laneWords[lane]!, block * 16, words, this.#messages + lane);
      }
      this.#kernel.functions.block(states * 4, this.#messages * 4);
      // A lane whose message has ended goes on hashing what is left there; its hash was taken before.
      for (let lane = 0; lane < count; lane++) {
        if (this.#laneBlocks[lane] !== block + 1) continue;
        collect(words, states + lane, level, this.#lanePlaces[lane]!);
      }
    }
  }
}
