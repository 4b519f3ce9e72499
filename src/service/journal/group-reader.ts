import { extentOf, readBlock, readFirstSector, sameBytes, sectorBytes, sectorState } from "./block.ts";
import type { OpenFile } from "./file-system.ts";
import { splitRecords } from "./records.ts";
import type { Geometry } from "./segment.ts";

/** Where a reader stands: what the next group must follow on from. */
export interface Position {
  readonly offset: number;
  readonly nextSequence: number;
  readonly chain: Uint8Array;
  readonly term: number;
}

export interface Group {
  readonly state: "group";
  readonly offset: number;
  /** Bytes on disk. */
  readonly bytes: number;
  readonly firstSequence: number;
  readonly records: readonly Uint8Array[];
}

/** Why no group could be read. `unwritten` and `torn` may be what a crash left; `damaged` is never. */
export interface NoGroup {
  readonly state: "full" | "unwritten" | "torn" | "damaged";
  readonly offset: number;
  /** Bytes that the group would take, where its header says so. */
  readonly bytes: number | undefined;
  /** Records that it would hold, where its header says so. */
  readonly records: number | undefined;
  readonly reason: string;
}

/** Reads a segment's groups one after another, each checked against the one before. */
export class GroupReader {
  readonly #file: OpenFile;
  readonly #geometry: Geometry;
  #position: Position;
  #window: Uint8Array;
  #windowAt = 0;
  #windowBytes = 0;

  constructor(file: OpenFile, geometry: Geometry, start: Position) {
    this.#file = file;
    this.#geometry = geometry;
    this.#position = start;
    this.#window = new Uint8Array(Math.min(1 << 20, geometry.segmentBytes));
  }

  /** What the next group must follow on from. */
  get position(): Position {
    return this.#position;
  }

  async next(): Promise<Group | NoGroup> {
    const { segmentBytes, blockBytes } = this.#geometry;
    const { offset, nextSequence, chain, term } = this.#position;
    const none = (state: NoGroup["state"], reason: string, bytes?: number, count?: number): NoGroup => ({
      state,
      offset,
      bytes,
      records: count,
      reason,
    });
    if (offset + blockBytes > segmentBytes) return none("full", "the segment is full");
    let at = await this.#load(offset, sectorBytes);
    const header = readFirstSector(this.#window, at);
    if ("state" in header) {
      return none(
        header.state === "unwritten" ? "unwritten" : "damaged",
        "reason" in header ? header.reason : "",
      );
    }
    const bytes = extentOf(header.streamBytes, blockBytes);
    if (header.kind !== "records" || offset + bytes > segmentBytes) {
      return none("damaged", "it is no group of records");
    }
    if (header.firstSequence !== nextSequence || header.term < term || !sameBytes(header.previous, chain)) {
      return none("damaged", "it does not follow on from the group before");
    }
    at = await this.#load(offset, bytes);
    const found = readBlock(this.#window, at, header, blockBytes);
    if (found.state !== "whole") return none(found.state, found.reason, bytes, header.recordCount);
    const records = header.recordCount > 0 ? splitRecords(found.payload, header.recordCount) : undefined;
    if (!records) return none("damaged", "its records do not fill it", bytes);
    this.#position = {
      offset: offset + bytes,
      nextSequence: nextSequence + records.length,
      chain: header.chain,
      term: header.term,
    };
    return { state: "group", offset, bytes, firstSequence: header.firstSequence, records };
  }

  /**
   * What stands from `from` to the segment's end: whether a block begins there, which proves that everything before it was
   * durable, and up to where anything stands at all.
   */
  async rest(from: number): Promise<{ readonly laterBlock: number | undefined; readonly writtenTo: number }> {
    const { segmentBytes } = this.#geometry;
    let laterBlock: number | undefined;
    let writtenTo = from;
    const zeros = new Uint8Array(Math.min(this.#window.length, segmentBytes));
    for (let piece = from; piece < segmentBytes; piece += zeros.length) {
      const length = Math.min(zeros.length, segmentBytes - piece);
      const at = await this.#load(piece, length);
      const bytes = this.#window.subarray(at, at + length);
      if (sameBytes(bytes, zeros.subarray(0, length))) continue;
      for (let sector = 0; sector < length; sector += sectorBytes) {
        if (sectorState(bytes, sector) === "first") laterBlock ??= piece + sector;
        if (!sameBytes(bytes.subarray(sector, sector + sectorBytes), zeros.subarray(0, sectorBytes))) {
          writtenTo = piece + sector + sectorBytes;
        }
      }
    }
    return { laterBlock, writtenTo };
  }

  /** Makes `length` bytes from `offset` stand in the window and says where. */
  async #load(offset: number, length: number): Promise<number> {
    const within = offset - this.#windowAt;
    if (within >= 0 && within + length <= this.#windowBytes) return within;
    if (length > this.#window.length) this.#window = new Uint8Array(length);
    this.#windowAt = offset;
    const wanted = Math.min(this.#window.length, this.#geometry.segmentBytes - offset);
    this.#windowBytes = await this.#file.read(this.#window.subarray(0, wanted), offset);
    // What is missing at the end of a file that was cut short counts as never written.
    if (this.#windowBytes < wanted) this.#window.fill(0, this.#windowBytes, wanted);
    this.#windowBytes = wanted;
    return 0;
  }
}
