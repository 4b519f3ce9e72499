import { join } from "node:path";
import { noChain, sameBytes } from "./block.ts";
import type { LostPart, RecoveryReport, TornTail } from "./command-log.ts";
import { firstMark, MarkFile, markName, type DurableMark } from "./durable-mark.ts";
import type { OpenFile, Surroundings } from "./file-system.ts";
import { GroupReader, type NoGroup, type Position } from "./group-reader.ts";
import { corruptJournal, noJournal } from "./journal-errors.ts";
import {
  endBlock,
  groupsOffset,
  isMisfit,
  makeBlank,
  nameSegment,
  readEnd,
  readOpening,
  segmentName,
  sequenceOfSegment,
  type Geometry,
  type SegmentOpening,
} from "./segment.ts";
import { sequenceOfSnapshot } from "./snapshot-file.ts";

/** What recovery needs to know of how the journal is opened. */
export interface RecoveryOptions extends Geometry {
  readonly directory: string;
  readonly create: boolean;
  readonly verifyFrom: number;
  readonly acceptLossAfter: number | undefined;
}

/** A journal that is whole, durable and ready to be written to. */
export interface Recovered {
  readonly journalId: Uint8Array;
  readonly term: number;
  readonly mark: MarkFile;
  /** First sequences of all segments, oldest first. */
  readonly segments: number[];
  readonly active: ActiveSegment;
  readonly report: RecoveryReport;
}

export interface ActiveSegment {
  readonly file: OpenFile;
  readonly opening: SegmentOpening;
  readonly position: Position;
}

/** A segment that was read, with the position after its last group. */
interface WalkedSegment {
  readonly path: string;
  readonly opening: SegmentOpening;
  readonly position: Position;
  /** Its last group, where that was read. */
  readonly lastGroup: { readonly offset: number; readonly bytes: number } | undefined;
  /** Its end block has yet to be written, or again. */
  readonly endMissing: boolean;
}

/** Where the journal stops being what was written. */
interface Damage {
  readonly path: string;
  readonly offset: number;
  readonly reason: string;
}

interface Walk {
  readonly walked: readonly WalkedSegment[];
  readonly torn: TornTail | undefined;
  readonly damage: Damage | undefined;
}

const temporarySuffix = ".tmp";

/**
 * Opens the journal's files: finishes what a crash left undone, cuts off a group that was never acknowledged, and refuses
 * everything else that is not what was written. docs/journal.md gives the rule.
 */
export async function recover(surroundings: Surroundings, options: RecoveryOptions): Promise<Recovered> {
  const { files } = surroundings;
  const { directory } = options;
  const notes: string[] = [];
  let names = await files.list(directory);
  for (const name of names.filter((each) => each.endsWith(temporarySuffix))) {
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
    mark = found.mark;
    if (mark && found.spoiled)
      notes.push(`one of the two marks in ${markName} was unreadable; the other one holds`);
  }
  const lost: LostPart[] = [];
  if (mark?.cutting) {
    await finishCut(surroundings, directory, mark, lost);
    notes.push(`what followed record ${mark.durableSequence} was cut off, as begun before`);
    names = await files.list(directory);
  }

  const paths = names
    .filter((name) => sequenceOfSegment(name) !== undefined)
    .map((name) => join(directory, name));
  const newestSnapshot = Math.max(0, ...names.map((name) => sequenceOfSnapshot(name) ?? 0));
  const { walked, torn, damage } = await walk(surroundings, paths, options, mark, newestSnapshot);
  const last = walked.at(-1);
  const lastSequence = last ? last.position.nextSequence - 1 : 0;
  if (damage) {
    const { acceptLossAfter } = options;
    if (!last || acceptLossAfter === undefined || acceptLossAfter > lastSequence) {
      await markFile?.close();
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
    await markFile?.close();
    if (markFile) await files.remove(join(directory, markName));
    markFile = await MarkFile.create(files, directory, newMark);
    if (!created) notes.push(`${markName} was made anew`);
  }
  if (damage) {
    lost.push(await keepCopy(surroundings, directory, last, damage));
  }
  if (damage || torn) {
    await markFile.write({ ...newMark, cutting: true });
    await cut(surroundings, directory, newMark, lost, damage?.reason);
  }
  await markFile.writeTwice(newMark);

  const segments = walked.map(({ opening }) => opening.firstSequence);
  return {
    journalId,
    term,
    mark: markFile,
    segments,
    active: { file, opening: last.opening, position: last.position },
    report: {
      created,
      firstSequence: segments[0] ?? 1,
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
  if (names.some((name) => sequenceOfSegment(name) !== undefined)) return false;
  const orphan = names.find((name) => name === markName || sequenceOfSnapshot(name) !== undefined);
  if (orphan !== undefined) {
    throw corruptJournal(join(directory, segmentName(1)), 0, `missing, though ${orphan} is there`, 0);
  }
  if (!options.create) throw noJournal(directory);
  const journalId = surroundings.random(16);
  const blank = await makeBlank(files, join(directory, `first${temporarySuffix}`), segmentBytes);
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

/** Reads every segment in order, up to the first damage. */
async function walk(
  surroundings: Surroundings,
  paths: readonly string[],
  options: RecoveryOptions,
  mark: DurableMark | undefined,
  newestSnapshot: number,
): Promise<Walk> {
  const walked: WalkedSegment[] = [];
  let torn: TornTail | undefined;
  const damaged = (path: string, offset: number, reason: string): Walk => ({
    walked,
    torn: undefined,
    damage: { path, offset, reason },
  });
  for (const [i, path] of paths.entries()) {
    const before = walked.at(-1);
    const file = await surroundings.files.open(path, "read");
    try {
      const opening = await readOpening(file);
      if (isMisfit(opening)) return damaged(path, opening.offset, opening.reason);
      const misplaced = whyMisplaced(path, opening, before, mark);
      if (misplaced !== undefined) return damaged(path, 0, misplaced);
      const isLast = i === paths.length - 1;
      const found = await readEnd(file, opening.blockBytes);
      if (isLast && found && isMisfit(found)) {
        walked.push(startOf(path, opening));
        return damaged(path, found.offset, found.reason);
      }
      const end = found && !isMisfit(found) ? found : undefined;
      const size = await file.size();
      const wholeSize = size === opening.segmentBytes;
      if (end && end.lastSequence < options.verifyFrom && wholeSize && !isLast) {
        const { lastSequence, endOffset, chain } = end;
        const position = { offset: endOffset, nextSequence: lastSequence + 1, chain, term: opening.term };
        walked.push({ path, opening, position, lastGroup: undefined, endMissing: false });
        continue;
      }
      const reader = new GroupReader(file, opening, startPosition(opening));
      let lastGroup: WalkedSegment["lastGroup"];
      let stop: NoGroup | undefined;
      let contradiction: string | undefined;
      for (;;) {
        contradiction ??= whyNotAsMarked(reader.position, opening, mark);
        if (contradiction !== undefined || (end && reader.position.offset >= end.endOffset)) break;
        const group = await reader.next();
        if (group.state !== "group") {
          stop = group;
          break;
        }
        lastGroup = { offset: group.offset, bytes: group.bytes };
      }
      const { position } = reader;
      walked.push({ path, opening, position, lastGroup, endMissing: end === undefined });
      if (contradiction !== undefined) return damaged(path, position.offset, contradiction);
      if (!wholeSize) {
        return damaged(path, position.offset, `it has ${size} bytes, not ${opening.segmentBytes}`);
      }
      if (end) {
        if (stop || position.offset !== end.endOffset || position.nextSequence !== end.lastSequence + 1) {
          return damaged(
            path,
            position.offset,
            stop ? stop.reason : "it does not end where its end mark says",
          );
        }
        if (!sameBytes(position.chain, end.chain))
          return damaged(path, position.offset, "its end mark names other records");
        if (isLast) return damaged(join(options.directory, segmentName(position.nextSequence)), 0, "missing");
        continue;
      }
      // A segment without an end mark is the last, or the next one proves where it ends.
      const tail = await tailOf(reader, stop, path);
      if (typeof tail === "string") return damaged(path, position.offset, tail);
      if (!isLast && tail) return damaged(path, position.offset, "a part of it is missing");
      torn = tail;
    } finally {
      await file.close();
    }
  }
  const last = walked.at(-1);
  if (!last) return { walked, torn, damage: undefined };
  const { offset, nextSequence } = last.position;
  if (!mark && !(paths.length === 1 && nextSequence === 1 && !torn)) {
    return damaged(join(options.directory, markName), 0, "missing or unreadable");
  }
  const witnessed = Math.max(mark?.durableSequence ?? 0, newestSnapshot);
  if (witnessed >= nextSequence) {
    return damaged(last.path, offset, `nothing, though record ${witnessed} was acknowledged`);
  }
  return { walked, torn, damage: undefined };
}

/** The mark names the end of a group; the records up to there must be those that it was made for. */
function whyNotAsMarked(
  { nextSequence, offset, chain }: Position,
  { firstSequence }: SegmentOpening,
  mark: DurableMark | undefined,
): string | undefined {
  if (!mark || mark.segment !== firstSequence || nextSequence !== mark.durableSequence + 1) return undefined;
  if (offset === mark.endOffset && sameBytes(chain, mark.chain)) return undefined;
  return `records other than those that ${markName} was made for`;
}

function startPosition(opening: SegmentOpening): Position {
  const { firstSequence: nextSequence, chain, term, blockBytes } = opening;
  return { offset: groupsOffset(blockBytes), nextSequence, chain, term };
}

function startOf(path: string, opening: SegmentOpening): WalkedSegment {
  return { path, opening, position: startPosition(opening), lastGroup: undefined, endMissing: true };
}

function whyMisplaced(
  path: string,
  opening: SegmentOpening,
  before: WalkedSegment | undefined,
  mark: DurableMark | undefined,
): string | undefined {
  if (!path.endsWith(segmentName(opening.firstSequence)))
    return `the segment of record ${opening.firstSequence}`;
  const journalId = before?.opening.journalId ?? mark?.journalId;
  if (journalId && !sameBytes(journalId, opening.journalId)) return "a segment of another journal";
  if (!before) {
    return opening.index === 0 ? undefined : `segment ${opening.index}, and those before it are missing`;
  }
  const { nextSequence, chain, term } = before.position;
  if (opening.firstSequence !== nextSequence) return `not the segment of record ${nextSequence}`;
  if (!sameBytes(opening.previous, chain)) return "it does not follow on from the segment before";
  if (opening.index !== before.opening.index + 1 || opening.term < term) return "it is out of order";
  return undefined;
}

/**
 * What stands after the last group of a segment without an end mark: nothing, an unfinished write, or, as a string, damage.
 * One group is written at a time, and only when all before it is durable. So an unfinished write has sectors that never
 * reached the disk, and nothing after it.
 */
async function tailOf(
  reader: GroupReader,
  stop: NoGroup | undefined,
  path: string,
): Promise<TornTail | string | undefined> {
  if (!stop || stop.state === "full") return undefined;
  if (stop.state === "damaged") return stop.reason;
  const end = stop.offset + (stop.bytes ?? 0);
  const { laterBlock, writtenTo } = await reader.rest(end);
  if (laterBlock !== undefined) return `${stop.reason}, but a later one stands at ${laterBlock}`;
  if (stop.state === "torn" && writtenTo > end) return `${stop.reason}, but something follows it`;
  if (stop.state === "unwritten" && writtenTo === stop.offset) return undefined;
  return {
    file: path,
    offset: stop.offset,
    bytes: writtenTo - stop.offset,
    reason: `a group was not written whole: ${stop.reason}`,
  };
}

async function writeEnd(surroundings: Surroundings, segment: WalkedSegment): Promise<void> {
  const { position, opening } = segment;
  const file = await surroundings.files.open(segment.path, "update");
  const end = { lastSequence: position.nextSequence - 1, endOffset: position.offset, chain: position.chain };
  await file.write(endBlock(end, position.term, opening.blockBytes), opening.blockBytes);
  await file.sync();
  await file.close();
}

/** A free name for what is given up. */
async function lostName(surroundings: Surroundings, directory: string, name: string): Promise<string> {
  const names = new Set(await surroundings.files.list(directory));
  for (let i = 1; ; i++) {
    const candidate = `${name}.${i}.lost`;
    if (!names.has(candidate)) return join(directory, candidate);
  }
}

const nameIn = (directory: string, path: string): string => path.slice(directory.length + 1);

/** Copies the segment that is about to be cut. */
async function keepCopy(
  surroundings: Surroundings,
  directory: string,
  { path }: WalkedSegment,
  damage: Damage,
): Promise<LostPart> {
  const { files } = surroundings;
  const keptAs = await lostName(surroundings, directory, nameIn(directory, path));
  const from = await files.open(path, "read");
  const to = await files.open(keptAs, "create");
  const piece = new Uint8Array(1 << 20);
  for (let at = 0; ;) {
    const read = await from.read(piece, at);
    if (read === 0) break;
    await to.write(piece.subarray(0, read), at);
    at += read;
  }
  await to.sync();
  await to.close();
  await from.close();
  await files.syncDirectory(directory);
  return { file: damage.path, offset: damage.offset, reason: damage.reason, keptAs };
}

/** Finishes a cut that a crash interrupted. */
async function finishCut(
  surroundings: Surroundings,
  directory: string,
  mark: DurableMark,
  lost: LostPart[],
): Promise<void> {
  await cut(surroundings, directory, mark, lost, "given up before");
}

/**
 * Gives up everything after the place that `mark` names: later segments and snapshots under another name, the rest of that segment
 * by zeros. Done again from the start if a crash interrupts it, since the mark says so until it is done.
 */
async function cut(
  surroundings: Surroundings,
  directory: string,
  mark: DurableMark,
  lost: LostPart[],
  reason: string = "never acknowledged",
): Promise<void> {
  const { files } = surroundings;
  for (const name of await files.list(directory)) {
    const segment = sequenceOfSegment(name);
    const snapshot = sequenceOfSnapshot(name);
    const later =
      (segment !== undefined && segment > mark.segment) ||
      (snapshot !== undefined && snapshot > mark.durableSequence);
    if (!later) continue;
    const keptAs = await lostName(surroundings, directory, name);
    await files.rename(join(directory, name), keptAs);
    lost.push({ file: join(directory, name), offset: 0, reason, keptAs });
  }
  await files.syncDirectory(directory);
  const file = await files.open(join(directory, segmentName(mark.segment)), "update");
  const opening = await readOpening(file);
  if (isMisfit(opening))
    throw corruptJournal(file.path, opening.offset, opening.reason, mark.durableSequence);
  await file.write(new Uint8Array(opening.blockBytes), opening.blockBytes);
  // Also where zeros are read: if an earlier flush failed, they may stand in the system's memory only.
  const zeros = new Uint8Array(Math.min(1 << 20, opening.segmentBytes));
  for (let at = mark.endOffset; at < opening.segmentBytes; at += zeros.length) {
    await file.write(zeros.subarray(0, Math.min(zeros.length, opening.segmentBytes - at)), at);
  }
  await file.sync();
  await file.close();
}
