import { join } from "node:path";
import { PlimsollError } from "../../quantity/error.ts";
import type { FilesToRead, FileSystem } from "./file-system.ts";
import { corruptJournal } from "./journal-errors.ts";
import { segmentName, sequenceOfSegment } from "./segment.ts";

/**
 * Says which segments were moved out of a journal's folder, on request, and where to. Without it a folder whose first segment is not
 * that of record 1 is refused: what went missing by accident never passes for what was archived.
 */
export interface ArchiveNote {
  /** The journal's identity, hex. */
  readonly journalId: string;
  /** Records before this one may be missing. */
  readonly firstSequence: number;
  /** Oldest first. */
  readonly segments: readonly ArchivedSegment[];
}

export interface ArchivedSegment {
  readonly file: string;
  readonly lastSequence: number;
  readonly bytes: number;
  /** Of the whole file, hex. */
  readonly sha256: string;
  /** The folder that it was moved to. */
  readonly archivedTo: string;
}

export const archiveNoteName = "archived.json";
export const noteTemporary = "archived.json.tmp";
const schema = "plimsoll/archived@1";
const largestNote = 1 << 26;

/** The note of a folder; undefined if it holds none. @throws {PlimsollError} `PLM_JOURNAL_CORRUPT` if it isn't one. */
export async function readArchiveNote(
  files: FilesToRead,
  directory: string,
  names: readonly string[],
): Promise<ArchiveNote | undefined> {
  if (!names.includes(archiveNoteName)) return undefined;
  const path = join(directory, archiveNoteName);
  const file = await files.open(path, "read");
  let text: string;
  try {
    const bytes = new Uint8Array(Math.min(await file.size(), largestNote));
    await file.read(bytes, 0);
    text = new TextDecoder().decode(bytes);
  } finally {
    await file.close();
  }
  const note = noteIn(text);
  if (!note) throw corruptJournal(path, 0, "it is no note of archived segments", 0);
  return note;
}

function noteIn(text: string): ArchiveNote | undefined {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(found)) return undefined;
  const { schema: is, journalId, firstSequence, segments } = found;
  if (is !== schema || typeof journalId !== "string" || !Array.isArray(segments)) return undefined;
  if (typeof firstSequence !== "number" || !Number.isSafeInteger(firstSequence)) return undefined;
  const isSegment = (each: unknown): each is ArchivedSegment => {
    if (!isRecord(each)) return false;
    const { file, lastSequence, bytes, sha256, archivedTo } = each;
    const named = typeof file === "string" && sequenceOfSegment(file) !== undefined;
    const counted = Number.isSafeInteger(lastSequence) && Number.isSafeInteger(bytes);
    return named && counted && typeof sha256 === "string" && typeof archivedTo === "string";
  };
  return segments.every(isSegment) ? { journalId, firstSequence, segments } : undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** Puts a note in the place of the one before, durable when fulfilled. */
export async function writeArchiveNote(
  files: FileSystem,
  directory: string,
  note: ArchiveNote,
): Promise<void> {
  const file = await files.open(join(directory, noteTemporary), "create");
  await file.write(new TextEncoder().encode(`${JSON.stringify({ schema, ...note }, null, 2)}\n`), 0);
  await file.sync();
  await file.close();
  await files.rename(file.path, join(directory, archiveNoteName));
  await files.syncDirectory(directory);
}

/** Why records from `from` on can't be read: they were archived, and must be put back or pointed at. */
export function archivedRecords(
  directory: string,
  from: number,
  firstHeld: number,
  note: ArchiveNote | undefined,
): PlimsollError {
  const missing = (note?.segments ?? []).filter(({ file, lastSequence }) => {
    return lastSequence >= from && (sequenceOfSegment(file) ?? 0) < firstHeld;
  });
  const [first, last] = [missing[0], missing.at(-1)];
  const which =
    !first || !last ? segmentName(from) : first === last ? first.file : `${first.file} to ${last.file}`;
  const places = [...new Set(missing.map(({ archivedTo }) => archivedTo))].join(", ");
  return new PlimsollError("PLM_FILE", {
    field: `records ${from} to ${firstHeld - 1} of ${directory}`,
    value: places === "" ? "missing" : `archived to ${places}`,
    limit: "in the journal's folder",
    remedy: `Copy ${which} (${missing.length > 1 ? `${missing.length} files` : "one file"}) back into ${directory}, or let the command read them where they are: --archive FOLDER.`,
  });
}
