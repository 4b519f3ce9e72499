// Node's own figures of processor time advance in steps of a scheduler tick. WASI hands through the system's clock, to the
// nanosecond: that of the native yardsticks. What it needs is a WebAssembly module with a memory and an empty `_initialize`.
const threadProcessorTime = 3;
const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
// prettier-ignore
const moduleBytes = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, // \0asm, version 1
  1, 4, 1, 0x60, 0, 0, // one type: () → ()
  3, 2, 1, 0, // one function of it
  5, 3, 1, 0, 1, // a memory of one page
  7, 24, 2, ...name("memory"), 2, 0, ...name("_initialize"), 0, 0, // both exported
  10, 4, 1, 2, 0, 0x0b, // the function's empty body
);

interface ModuleExports {
  readonly memory: { readonly buffer: ArrayBuffer };
}
const webAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: ModuleExports };
} = Reflect.get(globalThis, "WebAssembly");

// without the warning that WASI is experimental
const emitWarning = process.emitWarning.bind(process);
process.emitWarning = () => {};
const { WASI } = await import("node:wasi");
process.emitWarning = emitWarning;
const wasi = new WASI({ version: "preview1" });
const instance = new webAssembly.Instance(new webAssembly.Module(moduleBytes));
wasi.initialize(instance);
const view = new DataView(instance.exports.memory.buffer);
const clockTimeGet: (clock: number, precision: bigint, at: number) => number = Reflect.get(
  wasi.wasiImport,
  "clock_time_get",
);

/** Processor time that this thread has used, milliseconds. */
export function processorTimeMs(): number {
  const error = clockTimeGet(threadProcessorTime, 0n, 0);
  if (error !== 0) throw new Error(`no processor time on this system: WASI error ${error}`);
  return Number(view.getBigUint64(0, true)) / 1e6;
}
