import { sha256Twin } from "./sha256-twin.ts";
import { sha256Bytes } from "../../numerics/wasm/kernel.generated.ts";
import { type KernelImplementation } from "../../numerics/wasm/remargin-kernel.ts";
import {
  canRun,
  decodeBase64,
  instantiate,
  plainMemory,
  webAssemblyMemory,
} from "../../numerics/wasm/webassembly.ts";

/** SHA-256 of four messages at once. Arguments are byte addresses, aligned to 16; words are 32 bits, four lanes side by side. */
export interface Sha256Functions {
  /** state[8][4] after one more block: message[16][4]. */
  block(state: number, message: number): void;
  /**
   * Hashes groups × 4 messages of 128 bytes that share their first 64: start[8] is the state after those (not in lanes).
   * messages[group][16][4] are the other 64 bytes, states[group][8][4] the hashes.
   */
  pairs(start: number, messages: number, states: number, groups: number): void;
}

/** Memory below this address belongs to the module. */
const firstFreeByte = 65536;

export interface Sha256Kernel {
  readonly functions: Sha256Functions;
  /** All memory of the kernel as words. */
  readonly words: Uint32Array;
  /** First address that may be used, bytes. */
  readonly free: number;
}

/** The kernel with room for `bytes`: in WebAssembly, or in TypeScript where there is none or a page forbids it. */
export function sha256Kernel(bytes: number, implementation?: KernelImplementation): Sha256Kernel {
  const module = decodeBase64(sha256Bytes);
  if (implementation !== "typescript" && canRun(module)) {
    const memory = webAssemblyMemory(firstFreeByte + bytes, false);
    try {
      const functions = instantiate<Sha256Functions>(module, memory);
      return { functions, words: new Uint32Array(memory.buffer), free: firstFreeByte };
    } catch (error) {
      // A content security policy without 'wasm-unsafe-eval'.
      if (implementation === "wasm") throw error;
    }
  }
  const { buffer } = plainMemory(firstFreeByte + bytes, false);
  return { functions: sha256Twin(buffer), words: new Uint32Array(buffer), free: firstFreeByte };
}
