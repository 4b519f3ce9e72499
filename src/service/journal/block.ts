import { hash } from "node:crypto";
import { crc32 } from "node:zlib";

/**
 * Everything that the journal writes is a block: a header, a payload, and padding up to a multiple of the journal's block size, so that
 * no write ever touches a disk page that holds something durable.
 *
 * A block is laid out in sectors of 512 bytes. 511 carry its stream (header, then payload, then zeros); the last is a seal that
 * is never 0 and says whether the sector is a block's first. Files are full of zeros before they are written. So a sector
 * that never reached the disk, or only in part, is known by its seal, and a block of which a sector is missing is told from one
 * of which a bit is wrong: the former is what a crash leaves of a write that was never acknowledged, the latter never is.
 *
 * Header, little-endian: 0 magic u32 · 4 version u16 · 6 kind u8 · 7 zero · 8 stream length u32, header included ·
 * 12 records u32 · 16 first sequence u64 · 24 term u64 · 32 chain of the block before · 64 chain · 96 CRC-32 of the above.
 * chain = SHA-256(chain of the block before ‖ header bytes 0…32 ‖ SHA-256(payload)).
 */
export const sectorBytes = 512;
const sectorStream = sectorBytes - 1;
export const headerBytes = 100;
export const chainBytes = 32;
export const formatVersion = 1;
const magic = 0x314a4c50; // "PLJ1"
const firstSeal = 0xa6;
const nextSeal = 0x59;

/** What a block is: a segment's opening, records, a segment's end, the mark of what is durable, or part of a snapshot. */
export type BlockKind = "open" | "records" | "end" | "mark" | "snapshot" | "chunk" | "snapshotEnd";
/** Their numbers on disk are their places here, from 1. */
const kinds: readonly BlockKind[] = ["open", "records", "end", "mark", "snapshot", "chunk", "snapshotEnd"];

export interface BlockFields {
  readonly kind: BlockKind;
  /** Records in the payload, or a chunk's number; 0 in other kinds. */
  readonly recordCount: number;
  readonly firstSequence: number;
  readonly term: number;
  /** Chain of the block before, 32 bytes. */
  readonly previous: Uint8Array;
}

export interface BlockHeader extends BlockFields {
  /** Header and payload, without seals and padding. */
  readonly streamBytes: number;
  readonly chain: Uint8Array;
}

export const noChain: Uint8Array = new Uint8Array(chainBytes);

/** Bytes that a stream takes on the disk. */
export function extentOf(streamBytes: number, blockBytes: number): number {
  const sealed = Math.ceil(streamBytes / sectorStream) * sectorBytes;
  return Math.ceil(sealed / blockBytes) * blockBytes;
}

/** The longest stream that fits into `bytes`. */
export function streamWithin(bytes: number): number {
  return Math.floor(bytes / sectorBytes) * sectorStream;
}

/** SHA-256 of a payload. */
export function digestOf(payload: Uint8Array): Uint8Array {
  return hash("sha256", payload, "buffer");
}

const chained = new Uint8Array(chainBytes * 3);

function chainOf(previous: Uint8Array, header: Uint8Array, digest: Uint8Array): Uint8Array {
  chained.set(previous, 0);
  chained.set(header.subarray(0, 32), chainBytes);
  chained.set(digest, chainBytes * 2);
  return digestOf(chained);
}

/**
 * Writes the header into the first bytes of `stream`, whose payload stands from `headerBytes` to `streamBytes`, and the
 * sealed sectors into `out`, which is exactly as long as the block's extent. Gives the block's chain.
 */
export function sealBlock(
  fields: BlockFields,
  stream: Uint8Array,
  streamBytes: number,
  digest: Uint8Array,
  out: Uint8Array,
): Uint8Array {
  const view = new DataView(stream.buffer, stream.byteOffset, headerBytes);
  view.setUint32(0, magic, true);
  view.setUint16(4, formatVersion, true);
  view.setUint8(6, kinds.indexOf(fields.kind) + 1);
  view.setUint8(7, 0);
  view.setUint32(8, streamBytes, true);
  view.setUint32(12, fields.recordCount, true);
  view.setBigUint64(16, BigInt(fields.firstSequence), true);
  view.setBigUint64(24, BigInt(fields.term), true);
  stream.set(fields.previous, 32);
  const chain = chainOf(fields.previous, stream, digest);
  stream.set(chain, 64);
  view.setUint32(96, crc32(stream.subarray(0, 96)), true);
  for (let sector = 0, from = 0; sector < out.length; sector += sectorBytes, from += sectorStream) {
    const to = Math.min(from + sectorStream, streamBytes);
    if (from < to) out.set(stream.subarray(from, to), sector);
    out.fill(0, sector + Math.max(0, to - from), sector + sectorStream);
    out[sector + sectorStream] = sector === 0 ? firstSeal : nextSeal;
  }
  return chain;
}

/** A small block from its payload. */
export function makeBlock(
  fields: BlockFields,
  payload: Uint8Array,
  blockBytes: number,
): { readonly bytes: Uint8Array; readonly chain: Uint8Array } {
  const stream = new Uint8Array(headerBytes + payload.length);
  stream.set(payload, headerBytes);
  const bytes = new Uint8Array(extentOf(stream.length, blockBytes));
  const chain = sealBlock(fields, stream, stream.length, digestOf(payload), bytes);
  return { bytes, chain };
}

/** What a sector's seal says of it. */
export function sectorState(bytes: Uint8Array, at: number): "unwritten" | "first" | "next" | "foreign" {
  const seal = bytes[at + sectorStream];
  if (seal === 0) return "unwritten";
  return seal === firstSeal ? "first" : seal === nextSeal ? "next" : "foreign";
}

/** The header at the start of a block's first sector, if its checksum holds and this release reads it. */
export function readHeader(bytes: Uint8Array, at: number): BlockHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, headerBytes);
  if (view.getUint32(0, true) !== magic || view.getUint16(4, true) !== formatVersion) return undefined;
  if (view.getUint32(96, true) !== crc32(bytes.subarray(at, at + 96))) return undefined;
  const kind = kinds[view.getUint8(6) - 1];
  const firstSequence = Number(view.getBigUint64(16, true));
  const term = Number(view.getBigUint64(24, true));
  const streamBytes = view.getUint32(8, true);
  if (kind === undefined || streamBytes < headerBytes) return undefined;
  if (!Number.isSafeInteger(firstSequence) || !Number.isSafeInteger(term)) return undefined;
  return {
    kind,
    recordCount: view.getUint32(12, true),
    firstSequence,
    term,
    streamBytes,
    previous: bytes.slice(at + 32, at + 64),
    chain: bytes.slice(at + 64, at + 96),
  };
}

/** A block as it was found. `unwritten` and `torn` are what a crash may leave of a write that was never acknowledged. */
export type FoundBlock =
  | { readonly state: "whole"; readonly header: BlockHeader; readonly payload: Uint8Array }
  | { readonly state: "unwritten"; readonly reason: string }
  | { readonly state: "torn"; readonly header: BlockHeader; readonly reason: string }
  | { readonly state: "damaged"; readonly reason: string };

/** What the first sector says; {@link readBlock} needs as many bytes as the header asks for. */
export function readFirstSector(bytes: Uint8Array, at: number): BlockHeader | FoundBlock {
  const state = sectorState(bytes, at);
  if (state === "unwritten") return { state, reason: "its first sector was never written whole" };
  if (state !== "first") return { state: "damaged", reason: "the seal of its first sector is wrong" };
  return readHeader(bytes, at) ?? { state: "damaged", reason: "its header's checksum is wrong" };
}

/** The block whose header was read at `at`; `bytes` holds its whole extent. */
export function readBlock(
  bytes: Uint8Array,
  at: number,
  header: BlockHeader,
  blockBytes: number,
): FoundBlock {
  const extent = extentOf(header.streamBytes, blockBytes);
  let unwritten: number | undefined;
  for (let sector = sectorBytes; sector < extent; sector += sectorBytes) {
    const state = sectorState(bytes, at + sector);
    if (state === "unwritten") unwritten ??= sector;
    else if (state !== "next")
      return { state: "damaged", reason: `the seal of its sector at ${sector} is wrong` };
  }
  if (unwritten !== undefined) {
    return { state: "torn", header, reason: `its sector at ${unwritten} was never written whole` };
  }
  const stream = new Uint8Array(header.streamBytes);
  for (let from = 0, sector = at; from < stream.length; from += sectorStream, sector += sectorBytes) {
    stream.set(bytes.subarray(sector, sector + Math.min(sectorStream, stream.length - from)), from);
  }
  const payload = stream.subarray(headerBytes);
  const chain = chainOf(header.previous, stream, digestOf(payload));
  if (!sameBytes(chain, header.chain)) return { state: "damaged", reason: "its checksum is wrong" };
  if (!padded(bytes, at, header.streamBytes, extent))
    return { state: "damaged", reason: "its padding is wrong" };
  return { state: "whole", header, payload };
}

/** Whether zeros follow the stream, as they were written: so that every bit of a block is checked. */
function padded(bytes: Uint8Array, at: number, streamBytes: number, extent: number): boolean {
  for (
    let i = Math.floor(streamBytes / sectorStream) * sectorBytes + (streamBytes % sectorStream);
    i < extent;
    i++
  ) {
    if (bytes[at + i] !== 0 && i % sectorBytes !== sectorStream) return false;
  }
  return true;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
