import { join } from "node:path";
import { archiveNoteName, readArchiveNote, type ArchiveNote } from "./archive-note.ts";
import { markName, type DurableMark } from "./durable-mark.ts";
import type { FilesToRead } from "./file-system.ts";
import { corruptJournal, noJournal } from "./journal-errors.ts";
import { segmentFiles, type SegmentFile } from "./read-segments.ts";
import { segmentName, sequenceOfSegment } from "./segment.ts";
import { sequenceOfSnapshot } from "./snapshot-file.ts";
import { walk, type Walk } from "./walk.ts";

/** A journal's folder, read and judged: the one rule by which both recovery and readers tell a torn tail from damage. */
export interface Inspection extends Walk {
  /** The last record that was read whole; 0 when there is none. */
  readonly lastSequence: number;
  /** Durable up to here, as the mark and the snapshots say. */
  readonly witnessed: number;
  /** What says that early segments were moved away; read only where they are. */
  readonly archived: ArchiveNote | undefined;
  /** All that were to be read, oldest first. */
  readonly segments: readonly SegmentFile[];
}

/** Judges the files `names` of a folder under the mark that it holds. Changes nothing. */
export async function inspect(
  files: FilesToRead,
  directory: string,
  names: readonly string[],
  mark: DurableMark | undefined,
  verifyFrom: number | "newest snapshot",
  more: {
    /** Segments that stand elsewhere, for records before the first that the folder holds. */
    readonly earlier?: readonly SegmentFile[];
    readonly onProgress?: (segmentsRead: number, segments: number) => void;
  } = {},
): Promise<Inspection> {
  const here = segmentFiles(directory, names);
  const firstHere = here[0]?.firstSequence ?? 1;
  const earlier = (more.earlier ?? []).filter(({ firstSequence }) => firstSequence < firstHere);
  const segments = [...earlier, ...here];
  const archived = firstHere > 1 ? await readArchiveNote(files, directory, names) : undefined;
  const newestSnapshot = Math.max(0, ...names.map((name) => sequenceOfSnapshot(name) ?? 0));
  const from = verifyFrom === "newest snapshot" ? newestSnapshot : verifyFrom;
  const found = await walk(
    files,
    segments.map(({ path }) => path),
    {
      directory,
      verifyFrom: from,
      archivedBefore: archived?.firstSequence ?? 1,
      ...(more.onProgress ? { onProgress: more.onProgress } : {}),
    },
    mark,
    newestSnapshot,
  );
  const first = found.walked[0];
  if (first && archived && archived.journalId !== Buffer.from(first.opening.journalId).toString("hex")) {
    throw corruptJournal(join(directory, archiveNoteName), 0, "it is the note of another journal", 0);
  }
  const last = found.walked.at(-1);
  const lastSequence = last ? last.position.nextSequence - 1 : 0;
  const witnessed = Math.max(mark?.durableSequence ?? 0, newestSnapshot);
  return { ...found, lastSequence, witnessed, archived, segments };
}

/**
 * Whether a folder holds segments.
 *
 * @throws {PlimsollError} `PLM_JOURNAL_CORRUPT` if it holds none, but other files of a journal; `PLM_FILE` if it holds nothing of one and
 * `mayBeEmpty` isn't set.
 */
export function holdsSegments(directory: string, names: readonly string[], mayBeEmpty: boolean): boolean {
  if (names.some((name) => sequenceOfSegment(name) !== undefined)) return true;
  const orphan = names.find((name) => name === markName || sequenceOfSnapshot(name) !== undefined);
  if (orphan !== undefined) {
    throw corruptJournal(join(directory, segmentName(1)), 0, `missing, though ${orphan} is there`, 0);
  }
  if (!mayBeEmpty) throw noJournal(directory);
  return false;
}
