import { createHash } from "node:crypto";
import { basename, join, relative, resolve, sep } from "node:path";
import { PlimsollError } from "../../quantity/error.ts";
import { archiveNoteName, readArchiveNote, writeArchiveNote, type ArchivedSegment } from "./archive-note.ts";
import type { CommandLog } from "./command-log.ts";
import { openEmbeddedLog } from "./embedded-log.ts";
import type { FileSystem, Surroundings } from "./file-system.ts";
import { nodeSurroundings } from "./node-file-system.ts";
import { segmentFiles } from "./read-segments.ts";

export interface ArchiveOptions {
  /** The journal's folder; no service may have it open. */
  readonly directory: string;
  /** The folder that segments are moved to, on another disk at best. Made unless it is there. */
  readonly to: string;
  /** Only segments that lie wholly before this record; default: all that may go. */
  readonly before?: number;
  /** Where `to` is, if not on the journal's own file system. */
  readonly toFiles?: FileSystem;
  readonly onProgress?: (done: number, segments: number) => void;
}

export interface Archived {
  /** What was moved, oldest first. */
  readonly segments: readonly ArchivedSegment[];
  /** The first record that is still in the folder. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** The oldest snapshot that verifies, without which nothing may go. */
  readonly snapshot: number | undefined;
}

/**
 * Moves segments that every start can do without to another folder: those that lie wholly before the oldest snapshot that verifies. Each
 * is copied, made durable, read back and compared before any is removed, and a note says what went where. The journal is opened
 * for it, so every byte of it is verified first.
 *
 * @throws {PlimsollError} what opening throws; `PLM_USAGE` if `to` lies in the journal; `PLM_FILE` if it holds another file of that name.
 */
export async function archiveSegments(
  options: ArchiveOptions,
  surroundings: Surroundings = nodeSurroundings,
): Promise<Archived> {
  const { directory, to } = options;
  const within = relative(resolve(directory), resolve(to));
  if (within === "" || !(within === ".." || within.startsWith(`..${sep}`) || resolve(within) === within)) {
    throw new PlimsollError("PLM_USAGE", {
      field: "to",
      value: to,
      limit: `a folder outside ${directory}`,
      remedy: "Name another folder, on another disk at best.",
    });
  }
  const log = await openEmbeddedLog({ directory }, surroundings);
  try {
    return await archive(log, options, surroundings.files);
  } finally {
    await log.close();
  }
}

async function archive(log: CommandLog, options: ArchiveOptions, files: FileSystem): Promise<Archived> {
  const { directory, to, before = Infinity, toFiles = files, onProgress } = options;
  const names = await files.list(directory);
  const all = segmentFiles(directory, names);
  const snapshot = await oldestSnapshot(log);
  const going = all.flatMap((segment, i) => {
    const next = all[i + 1];
    const lastSequence = (next?.firstSequence ?? Infinity) - 1;
    return next && lastSequence < before && lastSequence <= (snapshot ?? 0)
      ? [{ ...segment, lastSequence }]
      : [];
  });
  const firstSequence = all[going.length]?.firstSequence ?? 1;
  const result = { firstSequence, lastSequence: log.durableSequence, snapshot };
  if (going.length === 0) return { ...result, segments: [] };

  await toFiles.makeDirectory(to);
  const moved: ArchivedSegment[] = [];
  for (const { path, lastSequence } of going) {
    onProgress?.(moved.length, going.length);
    moved.push({ ...(await copied(files, path, toFiles, to)), lastSequence });
  }
  const earlier = await readArchiveNote(files, directory, names);
  const again = new Set(moved.map(({ file }) => file));
  await writeArchiveNote(files, directory, {
    journalId: Buffer.from(log.journalId).toString("hex"),
    firstSequence,
    segments: [...(earlier?.segments ?? []).filter(({ file }) => !again.has(file)), ...moved],
  });
  // One after another, oldest first: whatever a crash leaves of this, those that stay are neighbours.
  for (const { path } of going) {
    await files.remove(path);
    await files.syncDirectory(directory);
  }
  return { ...result, segments: moved };
}

/** Every snapshot that is kept may be what a start goes on from, so the oldest counts. */
async function oldestSnapshot(log: CommandLog): Promise<number | undefined> {
  for (const { sequence } of (await log.snapshots.list()).toReversed()) {
    const { snapshot } = await log.snapshots.latest(sequence);
    if (snapshot?.sequence === sequence) return sequence;
  }
  return undefined;
}

/** Copies a file, durable when fulfilled, and reads the copy back. */
async function copied(
  files: FileSystem,
  path: string,
  toFiles: FileSystem,
  to: string,
): Promise<Omit<ArchivedSegment, "lastSequence">> {
  const file = basename(path);
  const target = join(to, file);
  const names = await toFiles.list(to);
  if (names.includes(`${file}.tmp`)) await toFiles.remove(`${target}.tmp`);
  const source = await digestOf(files, path);
  if (!names.includes(file)) {
    const copy = await toFiles.open(`${target}.tmp`, "create");
    await eachPiece(files, path, (piece, at) => copy.write(piece, at));
    await copy.sync();
    await copy.close();
    await toFiles.rename(copy.path, target);
    await toFiles.syncDirectory(to);
  }
  const there = await digestOf(toFiles, target);
  if (there.sha256 !== source.sha256) {
    throw new PlimsollError("PLM_FILE", {
      field: target,
      value: there.sha256,
      limit: `the same bytes as ${path}, ${source.sha256}`,
      remedy: `Nothing was removed. Find out what it is, and archive to another folder; ${archiveNoteName} says what went where.`,
    });
  }
  return { file, ...source, archivedTo: to };
}

async function digestOf(
  files: FileSystem,
  path: string,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  await eachPiece(files, path, async (piece) => {
    hash.update(piece);
    bytes += piece.length;
  });
  return { bytes, sha256: hash.digest("hex") };
}

async function eachPiece(
  files: FileSystem,
  path: string,
  work: (piece: Uint8Array, at: number) => Promise<void>,
): Promise<void> {
  const file = await files.open(path, "read");
  try {
    const piece = new Uint8Array(1 << 20);
    for (let at = 0; ;) {
      const read = await file.read(piece, at);
      if (read === 0) return;
      await work(piece.subarray(0, read), at);
      at += read;
    }
  } finally {
    await file.close();
  }
}
