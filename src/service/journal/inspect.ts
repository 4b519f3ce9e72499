import { join } from "node:path";
import { markName, type DurableMark } from "./durable-mark.ts";
import type { FilesToRead } from "./file-system.ts";
import { corruptJournal, noJournal } from "./journal-errors.ts";
import { segmentName, sequenceOfSegment } from "./segment.ts";
import { sequenceOfSnapshot } from "./snapshot-file.ts";
import { walk, type Walk } from "./walk.ts";

/** A journal's folder, read and judged: the one rule by which both recovery and readers tell a torn tail from damage. */
export interface Inspection extends Walk {
  /** The last record that was read whole; 0 when there is none. */
  readonly lastSequence: number;
  /** Durable up to here, as the mark and the snapshots say. */
  readonly witnessed: number;
}

/** Judges the files `names` of a folder under the mark that it holds. Changes nothing. */
export async function inspect(
  files: FilesToRead,
  directory: string,
  names: readonly string[],
  mark: DurableMark | undefined,
  verifyFrom: number | "newest snapshot",
  onProgress?: (segmentsRead: number, segments: number) => void,
): Promise<Inspection> {
  const paths = names
    .filter((name) => sequenceOfSegment(name) !== undefined)
    .map((name) => join(directory, name));
  const newestSnapshot = Math.max(0, ...names.map((name) => sequenceOfSnapshot(name) ?? 0));
  const from = verifyFrom === "newest snapshot" ? newestSnapshot : verifyFrom;
  const found = await walk(
    files,
    paths,
    { directory, verifyFrom: from, ...(onProgress ? { onProgress } : {}) },
    mark,
    newestSnapshot,
  );
  const last = found.walked.at(-1);
  const lastSequence = last ? last.position.nextSequence - 1 : 0;
  return { ...found, lastSequence, witnessed: Math.max(mark?.durableSequence ?? 0, newestSnapshot) };
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
