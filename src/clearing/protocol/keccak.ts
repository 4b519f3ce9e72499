import { keccak_256 } from "@noble/hashes/sha3.js";
import { keccakBytes } from "../../numerics/wasm/kernel.generated.ts";
import { canRun, decodeBase64, instantiate, webAssemblyMemory } from "../../numerics/wasm/webassembly.ts";

/** Keccak-256, Ethereum's hash: 32 bytes. */
export type Keccak256 = (message: Uint8Array) => Uint8Array;

interface KeccakFunctions {
  absorb(state: number, message: number, blocks: number): void;
}

/** Memory below this address belongs to the module. */
const stateAddress = 65536;
const stateBytes = 200;
const messageAddress: number = stateAddress + 256;
const rate = 136;
const mostBlocks = 64;

/** The hash by the WebAssembly kernel, six times as fast as in JavaScript; undefined where there is no WebAssembly, or a page forbids it. */
export function wasmKeccak(): Keccak256 | undefined {
  const module = decodeBase64(keccakBytes);
  if (!canRun(module)) return undefined;
  const memory = webAssemblyMemory(messageAddress + mostBlocks * rate, false);
  let kernel: KeccakFunctions;
  try {
    kernel = instantiate<KeccakFunctions>(module, memory);
  } catch {
    // A content security policy without 'wasm-unsafe-eval'.
    return undefined;
  }
  const bytes = new Uint8Array(memory.buffer);
  return (message) => {
    const blocks = Math.floor(message.length / rate) + 1;
    // Long texts are rare, and not worth memory that stays.
    if (blocks > mostBlocks) return keccak_256(message);
    const end = messageAddress + blocks * rate;
    bytes.fill(0, stateAddress, stateAddress + stateBytes);
    bytes.set(message, messageAddress);
    bytes.fill(0, messageAddress + message.length, end);
    bytes[messageAddress + message.length] = 1;
    bytes[end - 1]! |= 0x80;
    kernel.absorb(stateAddress, messageAddress, blocks);
    return bytes.slice(stateAddress, stateAddress + 32);
  };
}

let fastest: Keccak256 | undefined;

/** Keccak-256 by the fastest means that this engine has; all give the same. */
export function keccak256(message: Uint8Array): Uint8Array {
  fastest ??= wasmKeccak() ?? keccak_256;
  return fastest(message);
}
