import { join } from "node:path";
import { sameBytes } from "./block.ts";
import type { TornTail } from "./command-log.ts";
import { markName, type DurableMark } from "./durable-mark.ts";
import type { FilesToRead } from "./file-system.ts";
import { GroupReader, type NoGroup, type Position } from "./group-reader.ts";
import { groupsOffset, isMisfit, readEnd, readOpening, segmentName, type SegmentOpening } from "./segment.ts";

/** A segment that was read, with the position after its last group. */
export interface WalkedSegment {
  readonly path: string;
  readonly opening: SegmentOpening;
  readonly position: Position;
  /** Its last group, where that was read. */
  readonly lastGroup:
    | { readonly offset: number; readonly bytes: number; readonly firstSequence: number }
    | undefined;
  /** Its end block has yet to be written, or again. */
  readonly endMissing: boolean;
}

/** Where the journal stops being what was written. */
export interface Damage {
  readonly path: string;
  readonly offset: number;
  readonly reason: string;
}

export interface Walk {
  readonly walked: readonly WalkedSegment[];
  readonly torn: TornTail | undefined;
  readonly damage: Damage | undefined;
}

/** Reads every segment in order, up to the first damage. */
export async function walk(
  files: FilesToRead,
  paths: readonly string[],
  options: {
    readonly directory: string;
    readonly verifyFrom: number;
    /** Records before this one were archived and may be missing; 1 where none may. */
    readonly archivedBefore: number;
    readonly onProgress?: (segmentsRead: number, segments: number) => void;
  },
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
    options.onProgress?.(i, paths.length);
    const file = await files.open(path, "read");
    try {
      const opening = await readOpening(file);
      if (isMisfit(opening)) return damaged(path, opening.offset, opening.reason);
      const misplaced = whyMisplaced(path, opening, before, mark, options.archivedBefore);
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
        const { offset, bytes, firstSequence } = group;
        lastGroup = { offset, bytes, firstSequence };
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
  archivedBefore: number,
): string | undefined {
  if (!path.endsWith(segmentName(opening.firstSequence)))
    return `the segment of record ${opening.firstSequence}`;
  const journalId = before?.opening.journalId ?? mark?.journalId;
  if (journalId && !sameBytes(journalId, opening.journalId)) return "a segment of another journal";
  if (!before) {
    const mayBeFirst = opening.index === 0 || opening.firstSequence <= archivedBefore;
    return mayBeFirst ? undefined : `segment ${opening.index}, and those before it are missing`;
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
    records: stop.records,
    reason: `a group was not written whole: ${stop.reason}`,
  };
}
