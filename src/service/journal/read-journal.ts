import { join } from "node:path";
import { sameBytes } from "./block.ts";
import type { RecordBatch } from "./command-log.ts";
import type { FileSystem } from "./file-system.ts";
import { GroupReader } from "./group-reader.ts";
import { corruptJournal, noJournal } from "./journal-errors.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import {
  groupsOffset,
  isMisfit,
  readEnd,
  readOpening,
  segmentName,
  sequenceOfSegment,
  type SegmentOpening,
} from "./segment.ts";

/**
 * Records of a journal that nobody needs to have open, such as a copy: nothing is written, locked or repaired. Ends after the
 * last whole group; what an unfinished write left behind it is no record.
 *
 * @param fromSequence - the first record wanted, ≥ 1.
 * @throws {PlimsollError} `PLM_JOURNAL_CORRUPT` at the first byte that isn't what was written, `PLM_FILE` if there is no journal.
 */
export async function* readJournal(
  directory: string,
  fromSequence: number = 1,
  files: FileSystem = nodeFileSystem,
): AsyncGenerator<RecordBatch, void> {
  const segments = (await files.list(directory)).flatMap((name) => sequenceOfSegment(name) ?? []);
  if (segments.length === 0) throw noJournal(directory);
  yield* readSegments(files, directory, segments, fromSequence, undefined);
}

/** Records from `fromSequence` to `lastSequence`, or to where they end; `segments` are the first sequences, rising. */
export async function* readSegments(
  files: FileSystem,
  directory: string,
  segments: readonly number[],
  fromSequence: number,
  lastSequence: number | undefined,
): AsyncGenerator<RecordBatch, void> {
  const firsts = [...segments];
  const last = lastSequence ?? Infinity;
  let index = Math.max(
    0,
    firsts.findLastIndex((first) => first <= fromSequence),
  );
  let wanted = fromSequence;
  let before: { readonly opening: SegmentOpening; readonly chain: Uint8Array } | undefined;
  for (; wanted <= last && index < firsts.length; index++) {
    const path = join(directory, segmentName(firsts[index]!));
    const file = await files.open(path, "read");
    try {
      const opening = await readOpening(file);
      if (isMisfit(opening)) throw corruptJournal(path, opening.offset, opening.reason, wanted - 1);
      const { firstSequence: nextSequence, chain, term, blockBytes, journalId, previous } = opening;
      if (nextSequence !== firsts[index]) throw corruptJournal(path, 0, "another segment", wanted - 1);
      if (before && !(sameBytes(journalId, before.opening.journalId) && sameBytes(previous, before.chain))) {
        throw corruptJournal(path, 0, "it does not follow on from the segment before", wanted - 1);
      }
      const reader = new GroupReader(file, opening, {
        offset: groupsOffset(blockBytes),
        nextSequence,
        chain,
        term,
      });
      const end = Math.min(last + 1, firsts[index + 1] ?? Infinity);
      while (reader.position.nextSequence < end) {
        const group = await reader.next();
        if (group.state === "group") {
          const skipped = wanted - group.firstSequence;
          if (skipped >= group.records.length) continue;
          yield { firstSequence: wanted, records: group.records.slice(skipped) };
          wanted = reader.position.nextSequence;
        } else if (end === Infinity && group.state !== "damaged") {
          const found = await readEnd(file, blockBytes);
          if (!found) return;
          // The segment was ended: by now, or else always, another must follow.
          const { nextSequence: following } = reader.position;
          if (!(await files.list(directory)).includes(segmentName(following))) {
            throw corruptJournal(join(directory, segmentName(following)), 0, "missing", wanted - 1);
          }
          firsts.push(following);
          break;
        } else throw corruptJournal(path, group.offset, group.reason, wanted - 1);
      }
      before = { opening, chain: reader.position.chain };
    } finally {
      await file.close();
    }
  }
}
