import { join } from "node:path";
import { sameBytes } from "./block.ts";
import type { RecordBatch } from "./command-log.ts";
import type { FilesToRead } from "./file-system.ts";
import { GroupReader } from "./group-reader.ts";
import { corruptJournal } from "./journal-errors.ts";
import { groupsOffset, isMisfit, readOpening, sequenceOfSegment, type SegmentOpening } from "./segment.ts";

/** A segment file and the first record that its name promises. */
export interface SegmentFile {
  readonly path: string;
  readonly firstSequence: number;
}

/** The segments among `names`, in order. */
export function segmentFiles(directory: string, names: readonly string[]): SegmentFile[] {
  return names.flatMap((name) => {
    const firstSequence = sequenceOfSegment(name);
    return firstSequence === undefined ? [] : [{ path: join(directory, name), firstSequence }];
  });
}

/** Records from `fromSequence` to `lastSequence`, each verified as it is read; `segments` are neighbours and hold them. */
export async function* readSegments(
  files: FilesToRead,
  segments: readonly SegmentFile[],
  fromSequence: number,
  lastSequence: number,
): AsyncGenerator<RecordBatch, void> {
  let index = Math.max(
    0,
    segments.findLastIndex(({ firstSequence }) => firstSequence <= fromSequence),
  );
  let wanted = fromSequence;
  let before: { readonly opening: SegmentOpening; readonly chain: Uint8Array } | undefined;
  for (; wanted <= lastSequence && index < segments.length; index++) {
    const { path, firstSequence } = segments[index]!;
    const file = await files.open(path, "read");
    try {
      const opening = await readOpening(file);
      if (isMisfit(opening)) throw corruptJournal(path, opening.offset, opening.reason, wanted - 1);
      const { firstSequence: nextSequence, chain, term, blockBytes, journalId, previous } = opening;
      if (nextSequence !== firstSequence) throw corruptJournal(path, 0, "another segment", wanted - 1);
      if (before && !(sameBytes(journalId, before.opening.journalId) && sameBytes(previous, before.chain))) {
        throw corruptJournal(path, 0, "it does not follow on from the segment before", wanted - 1);
      }
      const reader = new GroupReader(file, opening, {
        offset: groupsOffset(blockBytes),
        nextSequence,
        chain,
        term,
      });
      const end = Math.min(lastSequence + 1, segments[index + 1]?.firstSequence ?? Infinity);
      while (reader.position.nextSequence < end) {
        const group = await reader.next();
        if (group.state !== "group") throw corruptJournal(path, group.offset, group.reason, wanted - 1);
        const from = wanted - group.firstSequence;
        if (from >= group.records.length) continue;
        // An open journal may have grown past what was asked for.
        const records = group.records.slice(from, lastSequence + 1 - group.firstSequence);
        yield { firstSequence: wanted, records };
        wanted += records.length;
      }
      before = { opening, chain: reader.position.chain };
    } finally {
      await file.close();
    }
  }
}
