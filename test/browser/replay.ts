import type * as Clearing from "../../src/clearing/index.ts";
import type * as State from "../../src/clearing/state/index.ts";

type Hash = { update(bytes: Uint8Array): Hash; digest(): Uint8Array };

/** The modules that replay, from wherever they were loaded. */
export interface Core {
  readonly clearing: Pick<typeof Clearing, "createEngine" | "decodeEnvelope" | "encodeEvent">;
  readonly state: Pick<typeof State, "ByteWriter" | "StateTree">;
  readonly sha256: { create(): Hash };
}

export interface Replayed {
  readonly records: number;
  readonly events: number;
  /** State roots in hex, one at each checkpoint and the last. */
  readonly roots: readonly string[];
  /** SHA-256 of all events as their bytes, in order. */
  readonly eventsDigest: string;
}

/**
 * Runs in Node and, by its text alone, in browsers: it uses nothing but what it is given. Replays records, each after its length in 4 bytes, and takes the root after so
 * many of them.
 */
export function replay({ clearing, state, sha256 }: Core, bytes: Uint8Array, rootEvery: number): Replayed {
  const hex = (from: Uint8Array): string =>
    Array.from(from, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const engine = clearing.createEngine();
  const tree = new state.StateTree(engine.sections);
  const writer = new state.ByteWriter(4096);
  const digest = sha256.create();
  const roots: string[] = [];
  const lengths = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let events = 0;
  for (let at = 0; at < bytes.length;) {
    const length = lengths.getUint32(at, true);
    const envelope = clearing.decodeEnvelope(bytes.subarray(at + 4, at + 4 + length));
    engine.apply(envelope, (event) => {
      writer.clear();
      clearing.encodeEvent(event, writer);
      digest.update(writer.copy());
      events++;
    });
    at += 4 + length;
    if (engine.sequence % rootEvery === 0 || at === bytes.length) roots.push(hex(tree.root(engine.head)));
  }
  return { records: engine.sequence, events, roots, eventsDigest: hex(digest.digest()) };
}
