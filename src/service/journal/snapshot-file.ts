import {
  extentOf,
  makeBlock,
  noChain,
  readBlock,
  readFirstSector,
  sameBytes,
  sectorBytes,
  type BlockKind,
} from "./block.ts";
import type { OpenFile } from "./file-system.ts";

/**
 * A snapshot file is a row of blocks, chained like a segment's groups: one that names journal, sequence and state root, the
 * chunks, and one that ends it with their number and total size. A file that lacks any bit of it does not verify.
 */
export interface SnapshotHead {
  readonly journalId: Uint8Array;
  readonly sequence: number;
  readonly stateRoot: Uint8Array;
}

const suffix = ".snapshot";
const digits = 16;
const blockBytes = sectorBytes;
/** Payload of all chunks but the last. */
export const chunkBytes: number = 1 << 20;

export function snapshotName(sequence: number): string {
  return `${String(sequence).padStart(digits, "0")}${suffix}`;
}

/** The sequence that a snapshot's name says, or undefined if it is no snapshot's name. */
export function sequenceOfSnapshot(name: string): number | undefined {
  if (!name.endsWith(suffix) || name.length !== digits + suffix.length) return undefined;
  const sequence = Number(name.slice(0, digits));
  return Number.isSafeInteger(sequence) && sequence >= 0 ? sequence : undefined;
}

const temporarySuffix = ".tmp";

/** A snapshot's file while it is being written. */
export const temporaryName = (sequence: number): string => `${snapshotName(sequence)}${temporarySuffix}`;

export const isTemporarySnapshot = (name: string): boolean =>
  name.endsWith(temporarySuffix) && sequenceOfSnapshot(name.slice(0, -temporarySuffix.length)) !== undefined;

/** Writes a snapshot from the start of an empty file, durable when fulfilled. Gives the file's size. */
export async function writeSnapshot(
  file: OpenFile,
  head: SnapshotHead,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<number> {
  let offset = 0;
  let chain = noChain;
  let count = 0;
  let total = 0;
  const put = async (kind: BlockKind, recordCount: number, payload: Uint8Array): Promise<void> => {
    const block = makeBlock(
      { kind, recordCount, firstSequence: head.sequence, term: 0, previous: chain },
      payload,
      blockBytes,
    );
    chain = block.chain;
    await file.write(block.bytes, offset);
    // Piece by piece, so that the log's own flushes never wait for a whole snapshot.
    await file.sync();
    offset += block.bytes.length;
  };
  await put("snapshot", 0, Buffer.concat([head.journalId, head.stateRoot]));
  const stream = new Uint8Array(chunkBytes);
  let used = 0;
  for await (const piece of chunks) {
    for (let from = 0; from < piece.length;) {
      const taken = Math.min(piece.length - from, chunkBytes - used);
      stream.set(piece.subarray(from, from + taken), used);
      used += taken;
      from += taken;
      if (used === chunkBytes) {
        await put("chunk", count++, stream);
        used = 0;
      }
    }
    total += piece.length;
  }
  if (used > 0) await put("chunk", count++, stream.subarray(0, used));
  const end = new Uint8Array(16);
  new DataView(end.buffer).setBigUint64(0, BigInt(total), true);
  new DataView(end.buffer).setBigUint64(8, BigInt(count), true);
  await put("snapshotEnd", 0, end);
  return offset;
}

export type SnapshotPiece =
  | { readonly head: SnapshotHead }
  | { readonly chunk: Uint8Array }
  | { readonly damage: string };

/** Reads a snapshot block by block; ends after the last whole one, or with the damage met. */
export async function* readSnapshot(file: OpenFile): AsyncGenerator<SnapshotPiece, void> {
  const size = await file.size();
  let window = new Uint8Array(Math.min(chunkBytes, Math.max(sectorBytes, size)));
  let offset = 0;
  let chain = noChain;
  let sequence = 0;
  let count = 0;
  let total = 0;
  for (let started = false; ; started = true) {
    if ((await file.read(window.subarray(0, sectorBytes), offset)) < sectorBytes) {
      return yield { damage: `it ends at ${size}, before its end` };
    }
    const header = readFirstSector(window, 0);
    if ("state" in header) {
      return yield { damage: `at ${offset}: ${header.state === "whole" ? "" : header.reason}` };
    }
    const extent = extentOf(header.streamBytes, blockBytes);
    if (offset + extent > size) return yield { damage: `it ends at ${size}, before its end` };
    if (extent > window.length) window = new Uint8Array(extent);
    await file.read(window.subarray(0, extent), offset);
    const found = readBlock(window, 0, header, blockBytes);
    if (found.state !== "whole") return yield { damage: `at ${offset}: ${found.reason}` };
    const { payload } = found;
    if (!sameBytes(header.previous, chain) || (started && header.firstSequence !== sequence)) {
      return yield { damage: `at ${offset}: it does not follow on from what stands before` };
    }
    chain = header.chain;
    offset += extent;
    if (!started) {
      if (header.kind !== "snapshot" || payload.length < 17) return yield { damage: "it is no snapshot" };
      sequence = header.firstSequence;
      yield { head: { journalId: payload.subarray(0, 16), sequence, stateRoot: payload.subarray(16) } };
    } else if (header.kind === "chunk" && header.recordCount === count) {
      count += 1;
      total += payload.length;
      yield { chunk: payload };
    } else if (header.kind === "snapshotEnd" && payload.length === 16) {
      const view = new DataView(payload.buffer, payload.byteOffset, 16);
      const whole =
        view.getBigUint64(0, true) === BigInt(total) &&
        view.getBigUint64(8, true) === BigInt(count) &&
        offset === size;
      return whole ? undefined : yield { damage: "its end does not fit it" };
    } else return yield { damage: `at ${offset - extent}: it is out of order` };
  }
}
