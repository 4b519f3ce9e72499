import { remarginBytes, remarginSharedBytes } from "./kernel.generated.ts";
import { remarginTwin } from "./remargin-twin.ts";
import {
  canRun,
  decodeBase64,
  instantiate,
  type KernelMemory,
  plainMemory,
  webAssemblyMemory,
} from "./webassembly.ts";

/** Scenarios in a tile of the matrix. */
export const tileScenarios = 16;
/** Bytes of one instrument's row in a tile. */
export const tileRowBytes = 128;
/** Memory below this address belongs to the module. */
export const firstFreeByte = 65536;

/**
 * The re-margin kernel. Addresses are bytes into its memory, doubles aligned to 8. All lots and profits are integers and every sum
 * of their products is below 2^53, so results are exact and do not depend on order.
 *
 * - `tiles`: [tile][instrument][16 scenarios] f64, profit per lot; the last tile repeats the last scenario up to 16.
 * - `rows`: [instrument][tileCount × 16 scenarios] f64, the same numbers.
 * - `spans`: [account][2] u32, first and one past the last of its positions.
 * - `offsets`: [position] u32, 128 × the instrument's index.
 * - `lots`: [position] f64.
 */
export interface RemarginFunctions {
  /** worst[a] = the smallest scenario sum of account a, for first ≤ a < last. */
  worst(
    tiles: number,
    tileCount: number,
    tileBytes: number,
    spans: number,
    offsets: number,
    lots: number,
    first: number,
    last: number,
    worst: number,
  ): void;
  /** tailSums[a] = the sum of the `tail` smallest scenario sums of account a, tailNexts[a] = the next (∞ if none). 1 ≤ tail ≤ scenarios. `block` of {@link shortfallBlock}. */
  shortfall(
    tiles: number,
    tileCount: number,
    tileBytes: number,
    spans: number,
    offsets: number,
    lots: number,
    first: number,
    last: number,
    scenarios: number,
    tail: number,
    block: number,
    scratch: number,
    tailSums: number,
    tailNexts: number,
  ): void;
  /**
   * The tail when scenario s counts weights[s] times, an integer ≥ 1: with q the value at which the weights of all smaller and equal
   * sums reach `mass`, tailSums[a] = the weighted sum of what is smaller than q, tailNexts[a] = q, tailWeights[a] = the weight of what is
   * smaller. 0 < mass ≤ all weights.
   */
  shortfallWeighted(
    tiles: number,
    tileCount: number,
    tileBytes: number,
    spans: number,
    offsets: number,
    lots: number,
    first: number,
    last: number,
    scenarios: number,
    mass: number,
    weights: number,
    block: number,
    scratch: number,
    tailSums: number,
    tailNexts: number,
    tailWeights: number,
  ): void;
  /** vector[s] = the scenario sums of positions `from` to `to`. */
  vector(
    rows: number,
    tileCount: number,
    offsets: number,
    lots: number,
    from: number,
    to: number,
    vector: number,
  ): void;
  /** The smallest of vector + lots × row. */
  orderWorst(vector: number, row: number, lots: number, tileCount: number): number;
  /** The tail of vector + lots × row, as {@link RemarginFunctions.shortfall}. */
  orderShortfall(
    vector: number,
    row: number,
    lots: number,
    tileCount: number,
    scenarios: number,
    tail: number,
    scratch: number,
    tailSum: number,
    tailNext: number,
  ): void;
  /** The weighted tail of vector + lots × row, as {@link RemarginFunctions.shortfallWeighted}. */
  orderShortfallWeighted(
    vector: number,
    row: number,
    lots: number,
    scenarios: number,
    mass: number,
    weights: number,
    scratch: number,
    tailSum: number,
    tailNext: number,
    tailWeight: number,
  ): void;
}

/** Accounts that the shortfall works on at a time: about 2 MB of scenario sums. */
export const shortfallBlock = (tileCount: number): number =>
  Math.max(2, Math.min(4096, 2 * Math.floor(8192 / tileCount)));

/** Bytes of scratch that the shortfall functions need. */
export function shortfallScratchBytes(tileCount: number): number {
  const block = shortfallBlock(tileCount);
  const groups = tileCount * 2;
  return (block + 1) * tileCount * tileRowBytes + (groups + 7) * (block + 8) * 8 + 128 + (groups + 2) * 264;
}

export type KernelImplementation = "wasm" | "typescript";

export interface RemarginKernel extends RemarginFunctions {
  readonly implementation: KernelImplementation;
  readonly memory: KernelMemory;
}

const bytesOf = (shared: boolean): Uint8Array => decodeBase64(shared ? remarginSharedBytes : remarginBytes);

/** The fastest implementation that this engine runs. Both give the same bits. */
export const bestImplementation = (shared: boolean): KernelImplementation =>
  canRun(bytesOf(shared)) ? "wasm" : "typescript";

/** Zeroed memory for {@link remarginKernel}. */
export const remarginMemory = (
  bytes: number,
  shared: boolean,
  implementation: KernelImplementation = bestImplementation(shared),
): KernelMemory => (implementation === "wasm" ? webAssemblyMemory : plainMemory)(bytes, shared);

/**
 * The kernel over a memory of {@link remarginMemory}.
 *
 * @param shared - whether that memory is shared between threads; each thread makes its own kernel over it.
 */
export function remarginKernel(
  memory: KernelMemory,
  shared: boolean,
  implementation: KernelImplementation = bestImplementation(shared),
): RemarginKernel {
  const functions =
    implementation === "wasm"
      ? instantiate<RemarginFunctions>(bytesOf(shared), memory)
      : remarginTwin(memory);
  return { ...functions, implementation, memory };
}
