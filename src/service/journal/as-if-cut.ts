import { join } from "node:path";
import type { DurableMark } from "./durable-mark.ts";
import type { FilesToRead, OpenFile } from "./file-system.ts";
import { corruptJournal } from "./journal-errors.ts";
import { groupsOffset, isMisfit, readOpening, segmentName, sequenceOfSegment } from "./segment.ts";
import { sequenceOfSnapshot } from "./snapshot-file.ts";

/**
 * The files of a journal as they will be once the cut that `mark` notes is done ({@link "./give-up.ts"}): it was begun, a crash came, and the
 * next start will do it again.
 */
export async function asIfCut(
  files: FilesToRead,
  directory: string,
  mark: DurableMark,
): Promise<FilesToRead> {
  const path = join(directory, segmentName(mark.segment));
  const file = await files.open(path, "read");
  let opening: Awaited<ReturnType<typeof readOpening>>;
  try {
    opening = await readOpening(file);
  } finally {
    await file.close();
  }
  if (isMisfit(opening)) throw corruptJournal(path, opening.offset, opening.reason, mark.durableSequence);
  const { blockBytes } = opening;
  return {
    list: async (of) => {
      const names = await files.list(of);
      return names.filter(
        (name) =>
          (sequenceOfSegment(name) ?? 0) <= mark.segment &&
          (sequenceOfSnapshot(name) ?? 0) <= mark.durableSequence,
      );
    },
    open: async (name, how) => {
      const whole = await files.open(name, how);
      if (name !== path) return whole;
      return withZeros(whole, [
        [blockBytes, groupsOffset(blockBytes)],
        [mark.endOffset, Infinity],
      ]);
    },
  };
}

/** A file in which some stretches read as zeros. */
function withZeros(file: OpenFile, stretches: readonly (readonly [number, number])[]): OpenFile {
  return {
    path: file.path,
    size: () => file.size(),
    read: async (into, position) => {
      const read = await file.read(into, position);
      for (const [from, to] of stretches) {
        const start = Math.max(0, from - position);
        const end = Math.min(read, to - position);
        if (start < end) into.fill(0, start, end);
      }
      return read;
    },
    write: (bytes, position) => file.write(bytes, position),
    sync: () => file.sync(),
    close: () => file.close(),
  };
}
