// The part of the WebAssembly interface that the kernels use. Modules are compiled and instantiated from bytes in this
// package, synchronously; nothing is fetched and nothing outside the given memory is touched.

/** Memory that a kernel works in. WebAssembly's own, or plain bytes for the TypeScript twin; can be posted to a worker when shared. */
export interface KernelMemory {
  readonly buffer: ArrayBufferLike;
}

interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array) => object;
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what its module exports
  readonly Instance: new <Exports>(
    module: object,
    imports: { readonly env: { readonly memory: KernelMemory } },
  ) => { readonly exports: Exports };
  readonly Memory: new (limits: { initial: number; maximum?: number; shared?: boolean }) => KernelMemory;
  validate(bytes: Uint8Array): boolean;
}

// The interface is not in this project's type libraries, and an engine may lack it.
const webAssembly: WebAssemblyInterface | undefined = Reflect.get(globalThis, "WebAssembly");

const pageBytes = 65536;
const pagesMax = 65536;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Bytes of a base64 text without line breaks. */
export function decodeBase64(text: string): Uint8Array {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    let word = 0;
    for (let k = 0; k < 4; k++) word = (word << 6) | Math.max(0, alphabet.indexOf(text.charAt(i + k)));
    for (let shift = 16; shift >= 0; shift -= 8) bytes[at++] = word >> shift;
  }
  return bytes;
}

/** True when this engine runs the module: it has WebAssembly and strict SIMD (and shared memory, if the module wants it). */
export function canRun(bytes: Uint8Array): boolean {
  return webAssembly !== undefined && webAssembly.validate(bytes);
}

/** Zeroed memory of at least `bytes`, for a kernel in WebAssembly. */
export function webAssemblyMemory(bytes: number, shared: boolean): KernelMemory {
  if (!webAssembly) throw new Error("this engine has no WebAssembly");
  const initial = Math.ceil(bytes / pageBytes);
  return new webAssembly.Memory(shared ? { initial, maximum: pagesMax, shared } : { initial });
}

/** Zeroed memory of at least `bytes`, for a TypeScript twin. */
export function plainMemory(bytes: number, shared: boolean): KernelMemory {
  return { buffer: shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes) };
}

/** The exports of a kernel module over `memory`. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what its module exports
export function instantiate<Exports>(bytes: Uint8Array, memory: KernelMemory): Exports {
  if (!webAssembly) throw new Error("this engine has no WebAssembly");
  return new webAssembly.Instance<Exports>(new webAssembly.Module(bytes), { env: { memory } }).exports;
}
