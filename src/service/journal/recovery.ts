import { join } from "node:path";
import { noteTemporary, type ArchiveNote } from "./archive-note.ts";
import { noChain } from "./block.ts";
import type { LostPart, RecoveryReport } from "./command-log.ts";
import { firstMark, MarkFile, markName, markTemporary, type DurableMark } from "./durable-mark.ts";
import type { OpenFile, Surroundings } from "./file-system.ts";
import { cut, keepCopy } from "./give-up.ts";
import type { Position } from "./group-reader.ts";
import { holdsSegments, inspect } from "./inspect.ts";
import { corruptJournal, noJournal } from "./journal-errors.ts";
import type { SegmentFile } from "./read-segments.ts";
import {
  endBlock,
  groupsOffset,
  makeBlank,
  nameSegment,
  type Geometry,
  type SegmentOpening,
} from "./segment.ts";
import { isTemporarySnapshot } from "./snapshot-file.ts";
import { type WalkedSegment } from "./walk.ts";

/** What recovery needs to know of how the journal is opened. */
export interface RecoveryOptions extends Geometry {
  readonly directory: string;
  readonly create: boolean;
  readonly verifyFrom: number | "newest snapshot";
  readonly acceptLossAfter: number | undefined;
}

/** A journal that is whole, durable and ready to be written to. */
export interface Recovered {
  readonly journalId: Uint8Array;
  readonly term: number;
  readonly mark: MarkFile;
  /** Oldest first. */
  readonly segments: SegmentFile[];
  readonly active: ActiveSegment;
  /** What was moved away, where early segments are missing. */
  readonly archived: ArchiveNote | undefined;
  readonly report: RecoveryReport;
}

export interface ActiveSegment {
  readonly file: OpenFile;
  readonly opening: SegmentOpening;
  readonly position: Position;
}

const firstName = "first.tmp";
/** A segment made ahead, which gets its name when it is needed. */
export const spareName = "spare.tmp";
const temporaries: readonly string[] = [firstName, spareName, markTemporary, noteTemporary];

/** What the journal itself leaves half made; whatever else somebody keeps in the folder is theirs. */
const isHalfMade = (name: string): boolean => temporaries.includes(name) || isTemporarySnapshot(name);

/**
 * Opens the journal's files: finishes what a crash left undone, cuts off a group that was never acknowledged, and refuses
 * everything else that is not what was written. docs/journal.md gives the rule.
 */
export async function recover(surroundings: Surroundings, options: RecoveryOptions): Promise<Recovered> {
  const opened: { close(): Promise<void> }[] = [];
  try {
    return await recoverWith(surroundings, options, opened);
  } catch (error) {
    for (const file of opened) await file.close().catch(() => undefined);
    throw error;
  }
}

async function recoverWith(
  surroundings: Surroundings,
  options: RecoveryOptions,
  opened: { close(): Promise<void> }[],
): Promise<Recovered> {
  const { files } = surroundings;
  const { directory } = options;
  const notes: string[] = [];
  let names = await files.list(directory);
  for (const name of names.filter(isHalfMade)) {
    await files.remove(join(directory, name));
    notes.push(`${name}, half made, was removed`);
  }
  const created = await createIfEmpty(surroundings, options, names);
  if (created) names = await files.list(directory);

  let markFile: MarkFile | undefined;
  let mark: DurableMark | undefined;
  if (names.includes(markName)) {
    const found = await MarkFile.open(files, directory);
    markFile = found.file;
    opened.push(markFile);
    mark = found.mark;
    if (mark && found.spoiled)
      notes.push(`one of the two marks in ${markName} was unreadable; the other one holds`);
  }
  const lost: LostPart[] = [];
  if (mark?.cutting) {
    await cut(surroundings, directory, mark, lost, "given up before");
    notes.push(`what followed record ${mark.durableSequence} was cut off, as begun before`);
    names = await files.list(directory);
  }

  const { walked, torn, damage, lastSequence, archived } = await inspect(
    files,
    directory,
    names,
    mark,
    options.verifyFrom,
  );
  const last = walked.at(-1);
  if (damage) {
    const { acceptLossAfter } = options;
    if (!last || acceptLossAfter === undefined || acceptLossAfter > lastSequence) {
      throw corruptJournal(damage.path, damage.offset, damage.reason, lastSequence);
    }
  }
  if (!last) throw noJournal(directory);

  // Whatever was read may stand in the system's memory only. Make it durable before anything relies on it, by writing it again:
  // if an earlier flush failed, the system may believe that it is.
  await files.syncDirectory(directory); // first the names: an end mark may speak only of a segment that is there
  for (const [i, segment] of walked.entries()) {
    const next = walked[i + 1];
    const nextIsFresh = i === walked.length - 2 && next?.lastGroup === undefined;
    if (!next || !(segment.endMissing || nextIsFresh)) continue;
    await writeEnd(surroundings, segment);
    if (segment.endMissing) notes.push(`the end mark of ${segment.path} was written again`);
  }
  const file = await files.open(last.path, "update");
  opened.push(file);
  if (last.lastGroup) {
    const bytes = new Uint8Array(last.lastGroup.bytes);
    await file.read(bytes, last.lastGroup.offset);
    await file.write(bytes, last.lastGroup.offset);
  }
  await file.sync();

  const term = Math.max(last.position.term, mark?.term ?? 0) + 1;
  const { journalId } = last.opening;
  const newMark: DurableMark = {
    journalId,
    term,
    durableSequence: lastSequence,
    chain: last.position.chain,
    segment: last.opening.firstSequence,
    endOffset: last.position.offset,
    cutting: false,
  };
  if (!markFile || !mark) {
    if (markFile) await files.remove(join(directory, markName));
    markFile = await MarkFile.create(files, directory, newMark);
    opened.push(markFile);
    if (!created) notes.push(`${markName} was made anew`);
  }
  if (damage) {
    lost.push(await keepCopy(surroundings, directory, last.path, damage));
  }
  if (damage || torn) {
    await markFile.write({ ...newMark, cutting: true });
    await cut(surroundings, directory, newMark, lost, damage?.reason);
  }
  await markFile.writeTwice(newMark);

  const segments = walked.map(({ path, opening }) => ({ path, firstSequence: opening.firstSequence }));
  return {
    journalId,
    term,
    mark: markFile,
    segments,
    archived,
    active: { file, opening: last.opening, position: last.position },
    report: {
      created,
      firstSequence: segments[0]?.firstSequence ?? 1,
      lastSequence,
      segments: segments.length,
      torn,
      lost,
      notes,
    },
  };
}

/** Begins a new journal in a folder without one. */
async function createIfEmpty(
  surroundings: Surroundings,
  options: RecoveryOptions,
  names: readonly string[],
): Promise<boolean> {
  const { files } = surroundings;
  const { directory, segmentBytes, blockBytes } = options;
  if (holdsSegments(directory, names, options.create)) return false;
  const journalId = surroundings.random(16);
  const blank = await makeBlank(files, join(directory, firstName), segmentBytes);
  const opening = {
    journalId,
    segmentBytes,
    blockBytes,
    index: 0,
    firstSequence: 1,
    term: 1,
    previous: noChain,
  };
  const { file, chain } = await nameSegment(files, directory, blank, opening);
  await file.close();
  const mark = await MarkFile.create(files, directory, firstMark(journalId, groupsOffset(blockBytes), chain));
  await mark.close();
  return true;
}

async function writeEnd(surroundings: Surroundings, segment: WalkedSegment): Promise<void> {
  const { position, opening } = segment;
  const file = await surroundings.files.open(segment.path, "update");
  const end = { lastSequence: position.nextSequence - 1, endOffset: position.offset, chain: position.chain };
  await file.write(endBlock(end, position.term, opening.blockBytes), opening.blockBytes);
  await file.sync();
  await file.close();
}
