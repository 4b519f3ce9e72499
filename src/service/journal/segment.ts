import { join } from "node:path";
import { headerBytes, makeBlock, readBlock, readFirstSector, sectorBytes, type FoundBlock } from "./block.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";

/**
 * A segment file is as long as it will ever be from the start, full of zeros, so that appending neither changes its size nor
 * asks the file system for room. Its first block opens it and names the journal, its second stays zero until the segment is
 * full and then ends it; groups of records follow. The opening block's chain goes on from the last group before, so that
 * segments cannot be swapped, left out or taken from another journal.
 */
export interface Geometry {
  readonly segmentBytes: number;
  readonly blockBytes: number;
}

/** What the opening block says. */
export interface SegmentOpening extends Geometry {
  readonly journalId: Uint8Array;
  /** Position among the journal's segments, from 0. */
  readonly index: number;
  readonly firstSequence: number;
  readonly term: number;
  /** Chain of the last group before. */
  readonly previous: Uint8Array;
  /** Chain of the opening block, from which the segment's groups go on. */
  readonly chain: Uint8Array;
}

/** What the end block says of the segment that it ends. */
export interface SegmentEnd {
  readonly lastSequence: number;
  readonly endOffset: number;
  /** Chain of the last group. */
  readonly chain: Uint8Array;
}

const suffix = ".segment";
const digits = 16;

/** `0000000000000001.segment` for the segment whose first record is 1; names sort as sequences do. */
export function segmentName(firstSequence: number): string {
  return `${String(firstSequence).padStart(digits, "0")}${suffix}`;
}

/** The first sequence that a segment's name says, or undefined if it is no segment's name. */
export function sequenceOfSegment(name: string): number | undefined {
  if (!name.endsWith(suffix) || name.length !== digits + suffix.length) return undefined;
  const sequence = Number(name.slice(0, digits));
  return Number.isSafeInteger(sequence) && sequence >= 1 ? sequence : undefined;
}

/** Where a segment's groups begin. */
export function groupsOffset(blockBytes: number): number {
  return 2 * blockBytes;
}

const openingBytes = 16 + 8 + 4 + 4;

/** The block that opens a segment. */
export function openingBlock(opening: Omit<SegmentOpening, "chain">): {
  bytes: Uint8Array;
  chain: Uint8Array;
} {
  const payload = new Uint8Array(openingBytes);
  const view = new DataView(payload.buffer);
  payload.set(opening.journalId, 0);
  view.setBigUint64(16, BigInt(opening.segmentBytes), true);
  view.setUint32(24, opening.blockBytes, true);
  view.setUint32(28, opening.index, true);
  const { firstSequence, term, previous } = opening;
  return makeBlock(
    { kind: "open", recordCount: 0, firstSequence, term, previous },
    payload,
    opening.blockBytes,
  );
}

/** The block that ends a segment. */
export function endBlock(end: SegmentEnd, term: number, blockBytes: number): Uint8Array {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setBigUint64(0, BigInt(end.endOffset), true);
  const fields = {
    kind: "end",
    recordCount: 0,
    firstSequence: end.lastSequence,
    term,
    previous: end.chain,
  } as const;
  return makeBlock(fields, payload, blockBytes).bytes;
}

/** Why a file is not the segment that it should be. */
export interface Misfit {
  readonly offset: number;
  readonly reason: string;
}

/** The opening of a segment, or why it has none. */
export async function readOpening(file: OpenFile): Promise<SegmentOpening | Misfit> {
  const sector = new Uint8Array(sectorBytes);
  if ((await file.read(sector, 0)) < sectorBytes) return { offset: 0, reason: "it is cut short" };
  const first = readFirstSector(sector, 0);
  if ("state" in first) return { offset: 0, reason: `its opening block: ${reasonOf(first)}` };
  if (first.kind !== "open" || first.streamBytes !== headerBytes + openingBytes) {
    return { offset: 0, reason: "it does not begin with an opening block" };
  }
  const view = new DataView(sector.buffer, headerBytes);
  const segmentBytes = Number(view.getBigUint64(16, true));
  const blockBytes = view.getUint32(24, true);
  if (!(blockBytes >= sectorBytes && blockBytes <= 65536 && blockBytes % sectorBytes === 0)) {
    return { offset: 0, reason: "its opening block is damaged" };
  }
  const block = new Uint8Array(blockBytes);
  await file.read(block, 0);
  const found = readBlock(block, 0, first, blockBytes);
  if (found.state !== "whole") return { offset: 0, reason: `its opening block: ${reasonOf(found)}` };
  const { firstSequence, term, previous, chain } = first;
  const journalId = found.payload.slice(0, 16);
  return {
    journalId,
    segmentBytes,
    blockBytes,
    index: view.getUint32(28, true),
    firstSequence,
    term,
    previous,
    chain,
  };
}

/** The end of a segment; undefined if it was never written, or not whole, and so is still being written to. */
export async function readEnd(file: OpenFile, blockBytes: number): Promise<SegmentEnd | Misfit | undefined> {
  const bytes = new Uint8Array(blockBytes);
  await file.read(bytes, blockBytes);
  const found = foundIn(bytes, blockBytes);
  if (found.state === "unwritten" || found.state === "torn") return undefined;
  if (found.state === "damaged") return { offset: blockBytes, reason: `its end block: ${found.reason}` };
  const { header, payload } = found;
  if (header.kind !== "end" || payload.length !== 8) {
    return { offset: blockBytes, reason: "its end block is of another kind" };
  }
  const endOffset = Number(new DataView(payload.buffer, payload.byteOffset).getBigUint64(0, true));
  return { lastSequence: header.firstSequence, endOffset, chain: header.previous };
}

/** The block that `bytes` is, exactly one block long. */
export function foundIn(bytes: Uint8Array, blockBytes: number): FoundBlock {
  const first = readFirstSector(bytes, 0);
  if ("state" in first) return first;
  if (first.streamBytes > bytes.length) return { state: "damaged", reason: "its length is wrong" };
  return readBlock(bytes, 0, first, blockBytes);
}

function reasonOf(found: FoundBlock): string {
  return found.state === "whole" ? "whole" : found.reason;
}

export function isMisfit(found: object): found is Misfit {
  return "reason" in found;
}

/** Makes a file of zeros under a name that recovery removes, durable when fulfilled. */
export async function makeBlank(files: FileSystem, path: string, bytes: number): Promise<OpenFile> {
  const file = await files.open(path, "create");
  const zeros = new Uint8Array(Math.min(bytes, 1 << 20));
  for (let at = 0; at < bytes; at += zeros.length) {
    await file.write(zeros.subarray(0, Math.min(zeros.length, bytes - at)), at);
    // In pieces, so that a commit in the meantime never waits for the whole file.
    await file.sync();
  }
  return file;
}

/** Turns a blank file into a segment, in place when fulfilled: the name is given only to a segment that is whole. */
export async function nameSegment(
  files: FileSystem,
  directory: string,
  blank: OpenFile,
  opening: Omit<SegmentOpening, "chain">,
): Promise<{ readonly file: OpenFile; readonly chain: Uint8Array }> {
  const { bytes, chain } = openingBlock(opening);
  await blank.write(bytes, 0);
  await blank.sync();
  await blank.close();
  const path = join(directory, segmentName(opening.firstSequence));
  await files.rename(blank.path, path);
  await files.syncDirectory(directory);
  return { file: await files.open(path, "update"), chain };
}
