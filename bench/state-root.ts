import { hash } from "node:crypto";
import { type Contestant, interleave, printRatio, printTimings, ratioOf, timed } from "./measure.ts";
import {
  type ByteReader,
  type ByteWriter,
  DirtyLeaves,
  type StateSection,
  StateTree,
} from "../src/clearing/state/index.ts";
import { domainBlock } from "../src/clearing/state/state-hash.ts";
import { randomStream } from "../src/numerics/index.ts";

const accountCount = 100_000;
const seed = 20_261_124;
/** Leaves that one command changes: its signer's nonce, an account's balances, its positions. */
const sectionNames = ["balances", "positions", "signers"] as const;
const leafBytes = [96, 72, 51] as const;

/** Leaves of a fixed size, whose first bytes change. */
class Columns implements StateSection {
  readonly name: string;
  readonly dirty = new DirtyLeaves();
  readonly leafCount: number = accountCount;
  readonly values = new Uint32Array(accountCount);
  readonly #rest: Uint8Array;

  constructor(name: string, bytes: number) {
    this.name = name;
    this.#rest = new Uint8Array(bytes - 4).fill(7);
  }

  touch(leaf: number): void {
    this.values[leaf] = (this.values[leaf] ?? 0) + 1;
    this.dirty.mark(leaf);
  }

  encodeLeaf(leaf: number, out: ByteWriter): void {
    out.u32(this.values[leaf] ?? 0);
    out.raw(this.#rest);
  }

  decodeLeaf(_leaf: number, _from: ByteReader): void {}
  finishRestore(): void {}
}

/** How many hashes a batch needs at least: its leaves and the nodes above them, each once. */
function hashesOf(accounts: Uint32Array): number {
  let level = new Set(accounts);
  let count = level.size;
  for (let width = 1; width < accountCount; width *= 2) {
    level = new Set([...level].map((place) => place >>> 1));
    count += level.size;
  }
  return count * sectionNames.length;
}

/** The cost of the state root per command, by how many commands share one root. */
export async function benchStateRoot(rounds: number): Promise<void> {
  const sections = sectionNames.map((name, i) => new Columns(name, leafBytes[i] ?? 0));
  const tree = new StateTree(sections);
  const random = randomStream(seed);
  let sequence = 0;
  const block = new Uint8Array(128);
  block.set(domainBlock("node"));
  for (const batch of [1, 16, 256, 4096, 65_536]) {
    const accounts = Uint32Array.from({ length: batch }, () => random.nextBelow(accountCount));
    const repeats = Math.max(1, Math.floor(4096 / batch));
    const hashes = hashesOf(accounts);
    console.log(
      `\nState root: ${accountCount} accounts in ${sections.length} sections, a root each ${batch} commands of ${sections.length} changed leaves: ${(hashes / batch).toFixed(1)} hashes per command`,
    );
    const contestants: Contestant[] = [
      {
        name: "ours",
        run: () =>
          timed(() => {
            for (let i = 0; i < repeats; i++) {
              for (const section of sections) for (const account of accounts) section.touch(account);
              tree.root({ sequence: sequence++, timeMs: 0 });
            }
          }),
      },
      {
        name: "OpenSSL, one call for each of these hashes",
        run: () =>
          timed(() => {
            for (let i = 0; i < repeats * hashes; i++) hash("sha256", block, "buffer");
          }),
      },
    ];
    const timings = await interleave(contestants, Math.min(rounds, 7));
    printTimings(timings.values(), (ms) => `${((ms * 1e3) / (repeats * batch)).toFixed(2)} µs/command`);
    printRatio("OpenSSL ÷ ours", ratioOf(timings, ["OpenSSL, one call for each of these hashes"], "ours"));
  }
}
