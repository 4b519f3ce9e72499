import { type SigningDomain } from "../../clearing/protocol/index.ts";

/** What a thread is started with. */
export interface WorkerStart {
  readonly domain: SigningDomain;
}

/** A task: its number, then each envelope's length and bytes. */
export interface Task {
  readonly task: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The answer: a number from `verdicts` for each envelope. */
export interface TaskResult {
  readonly task: number;
  readonly verdicts: Uint8Array<ArrayBuffer>;
}

/** Puts envelopes into one buffer that can be handed over. */
export function pack(envelopes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 4;
  for (const envelope of envelopes) length += 4 + envelope.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, envelopes.length, true);
  let at = 4;
  for (const envelope of envelopes) {
    view.setUint32(at, envelope.length, true);
    bytes.set(envelope, at + 4);
    at += 4 + envelope.length;
  }
  return bytes;
}

/** Takes them out again, as views. */
export function unpack(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  const envelopes: Uint8Array[] = [];
  let at = 4;
  for (let i = 0; i < count; i++) {
    const length = view.getUint32(at, true);
    envelopes.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return envelopes;
}
