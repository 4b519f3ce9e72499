import { join } from "node:path";
import { makeBlock } from "./block.ts";
import type { FilesToRead, FileSystem, OpenFile } from "./file-system.ts";
import { foundIn } from "./segment.ts";

/**
 * A small file that says up to where the journal is known to be durable, so that a tail that disappears later is missed. It is
 * written a little after the fact, off the path of appends, in two places by turns: a crash spoils one of them at most.
 */
export interface DurableMark {
  readonly journalId: Uint8Array;
  /** The last writer's term. */
  readonly term: number;
  /** All records up to this one are durable. */
  readonly durableSequence: number;
  /** Chain of the group that ends with that record. */
  readonly chain: Uint8Array;
  /** First record of the segment that was being written to, and the offset where its durable groups end. */
  readonly segment: number;
  readonly endOffset: number;
  /** Everything after `endOffset` is being given up: nothing there is acknowledged, whatever it looks like. */
  readonly cutting: boolean;
}

export const markName = "durable";
export const markTemporary = "durable.tmp";
const slotBytes = 4096;
const payloadBytes = 16 + 8 + 8 + 8 + 1 + 7;

function slotOf(mark: DurableMark, turn: number): Uint8Array {
  const payload = new Uint8Array(payloadBytes);
  const view = new DataView(payload.buffer);
  payload.set(mark.journalId, 0);
  view.setBigUint64(16, BigInt(turn), true);
  view.setBigUint64(24, BigInt(mark.segment), true);
  view.setBigUint64(32, BigInt(mark.endOffset), true);
  view.setUint8(40, mark.cutting ? 1 : 0);
  const { term, durableSequence: firstSequence, chain: previous } = mark;
  return makeBlock({ kind: "mark", recordCount: 0, firstSequence, term, previous }, payload, slotBytes).bytes;
}

function markIn(slot: Uint8Array): { readonly turn: number; readonly mark: DurableMark } | undefined {
  const found = foundIn(slot, slotBytes);
  if (found.state !== "whole" || found.header.kind !== "mark" || found.payload.length !== payloadBytes) {
    return undefined;
  }
  const { header, payload } = found;
  const view = new DataView(payload.buffer, payload.byteOffset, payloadBytes);
  return {
    turn: Number(view.getBigUint64(16, true)),
    mark: {
      journalId: payload.slice(0, 16),
      term: header.term,
      durableSequence: header.firstSequence,
      chain: header.previous,
      segment: Number(view.getBigUint64(24, true)),
      endOffset: Number(view.getBigUint64(32, true)),
      cutting: view.getUint8(40) === 1,
    },
  };
}

/** What both places of an open file hold, newest first. */
async function marksIn(file: OpenFile): Promise<{ readonly turn: number; readonly mark: DurableMark }[]> {
  const marks: { readonly turn: number; readonly mark: DurableMark }[] = [];
  for (const at of [0, slotBytes]) {
    const slot = new Uint8Array(slotBytes);
    await file.read(slot, at);
    const found = markIn(slot);
    if (found) marks.push(found);
  }
  return marks.sort((a, b) => b.turn - a.turn);
}

/** The mark as it stands, without a change to the file; undefined if neither place holds one. */
export async function readMark(files: FilesToRead, directory: string): Promise<DurableMark | undefined> {
  const file = await files.open(join(directory, markName), "read");
  try {
    return (await marksIn(file))[0]?.mark;
  } finally {
    await file.close();
  }
}

/** The mark of an open journal. */
export class MarkFile {
  readonly #file: OpenFile;
  #turn: number;
  readonly #slot: Uint8Array = new Uint8Array(slotBytes);

  private constructor(file: OpenFile, turn: number) {
    this.#file = file;
    this.#turn = turn;
  }

  /** Makes the file, durable when fulfilled. */
  static async create(files: FileSystem, directory: string, mark: DurableMark): Promise<MarkFile> {
    const path = join(directory, markName);
    const blank = await files.open(join(directory, markTemporary), "create");
    await blank.write(slotOf(mark, 1), slotBytes);
    await blank.write(slotOf(mark, 2), 0);
    await blank.sync();
    await blank.close();
    await files.rename(blank.path, path);
    await files.syncDirectory(directory);
    return new MarkFile(await files.open(path, "update"), 2);
  }

  /** Opens the file; the mark is undefined if neither place holds one. `spoiled` says that one of them doesn't. */
  static async open(
    files: FileSystem,
    directory: string,
  ): Promise<{ readonly file: MarkFile; readonly mark: DurableMark | undefined; readonly spoiled: boolean }> {
    const file = await files.open(join(directory, markName), "update");
    const marks = await marksIn(file);
    const newest = marks[0];
    if (newest) {
      // It may stand in the system's memory only, and the other place is about to be written: never both at once.
      await file.write(slotOf(newest.mark, newest.turn), (newest.turn % 2) * slotBytes);
      await file.sync();
    }
    return {
      file: new MarkFile(file, newest?.turn ?? 0),
      mark: newest?.mark,
      spoiled: marks.length < 2,
    };
  }

  /** Writes the mark in the older place, durable when fulfilled. */
  async write(mark: DurableMark): Promise<void> {
    this.#turn += 1;
    this.#slot.set(slotOf(mark, this.#turn));
    await this.#file.write(this.#slot, (this.#turn % 2) * slotBytes);
    await this.#file.sync();
  }

  /** Writes the mark in both places, so that the one before is gone for good. */
  async writeTwice(mark: DurableMark): Promise<void> {
    await this.write(mark);
    await this.write(mark);
  }

  /** The term of the last writer, as the file says it now. */
  async lastTerm(): Promise<number> {
    const marks = await marksIn(this.#file);
    return Math.max(0, ...marks.map(({ mark }) => mark.term));
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** The mark of a journal without records. */
export function firstMark(journalId: Uint8Array, endOffset: number, chain: Uint8Array): DurableMark {
  return { journalId, term: 0, durableSequence: 0, chain, segment: 1, endOffset, cutting: false };
}
