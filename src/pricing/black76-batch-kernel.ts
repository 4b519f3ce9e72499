import { black76Bytes } from "../numerics/wasm/kernel.generated.ts";
import { type KernelImplementation } from "../numerics/wasm/remargin-kernel.ts";
import {
  canRun,
  decodeBase64,
  instantiate,
  type KernelMemory,
  plainMemory,
  webAssemblyMemory,
} from "../numerics/wasm/webassembly.ts";
import { black76Twin } from "./black76-twin.ts";

/** Options are priced in blocks of so many; every count is a multiple of it. */
export const optionBlock = 128;
/** Memory below this address belongs to the module. */
export const firstFreeByte = 65536;

/**
 * The Black-76 kernel. Arguments are addresses of f64 arrays in its memory, aligned to 16; counts are multiples of
 * {@link optionBlock}. `signs` are +1 for calls and −1 for puts.
 */
export interface Black76Functions {
  /**
   * Undiscounted prices. Returns 0 when every forward, strike and total volatility lies within 1e-100 … 1e100; otherwise the caller
   * should look at its inputs.
   */
  prices(
    count: number,
    signs: number,
    forwards: number,
    strikes: number,
    vols: number,
    years: number,
    prices: number,
  ): number;
  /** Seven arrays of `count`, one after the other: price, delta, gamma, vega, theta, vanna, volga. Returns as `prices`. */
  greeks(
    count: number,
    signs: number,
    forwards: number,
    strikes: number,
    vols: number,
    years: number,
    results: number,
  ): number;
  /**
   * One strike in scenarios: undiscounted call and put prices. Scenario s has the forward `forward × ratios[s]` with logs[s] =
   * ln ratios[s], and the total volatility `totalVol × volRatios[s]`.
   */
  scenarios(
    scenarioCount: number,
    forward: number,
    strike: number,
    totalVol: number,
    ratios: number,
    logs: number,
    volRatios: number,
    calls: number,
    puts: number,
  ): void;
}

export interface Black76Kernel extends Black76Functions {
  readonly implementation: KernelImplementation;
  /** From {@link firstFreeByte} on, free for the caller's arrays. */
  readonly doubles: Float64Array;
}

let decoded: Uint8Array | undefined;

/** The kernel with memory for arrays up to address `bytes`. Absent `implementation`: the fastest that runs; both give the same bits. */
export function black76Kernel(bytes: number, implementation?: KernelImplementation): Black76Kernel {
  decoded ??= decodeBase64(black76Bytes);
  const chosen = implementation ?? (canRun(decoded) ? "wasm" : "typescript");
  const memory: KernelMemory =
    chosen === "wasm" ? webAssemblyMemory(bytes, false) : plainMemory(bytes, false);
  const functions = chosen === "wasm" ? instantiate<Black76Functions>(decoded, memory) : black76Twin(memory);
  return { ...functions, implementation: chosen, doubles: new Float64Array(memory.buffer) };
}
