import { archivedRecords } from "./archive-note.ts";
import { requireNumber } from "../../quantity/error.ts";
import type { RecordBatch, RecordReader, SnapshotReader, TornTail } from "./command-log.ts";
import { markName, readMark } from "./durable-mark.ts";
import type { FilesToRead } from "./file-system.ts";
import { asIfCut } from "./as-if-cut.ts";
import { holdsSegments, inspect, type Inspection } from "./inspect.ts";
import { corruptJournal, noJournal } from "./journal-errors.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { readSegments, segmentFiles, type SegmentFile } from "./read-segments.ts";
import { FileSnapshots } from "./snapshot-store.ts";

/** A journal that is only looked at: its files stay as they are to the byte, and whoever writes to it isn't held up. */
export interface JournalReader extends RecordReader {
  readonly journalId: Uint8Array;
  readonly firstSequence: number;
  /** The last record that is given; 0 when there is none. */
  readonly durableSequence: number;
  readonly segments: number;
  /** What the next start would cut off; nobody was promised it. */
  readonly torn: TornTail | undefined;
  /**
   * From this record on nothing says whether they were acknowledged: they are whole, and the next start keeps them. Only after a
   * crash, or beside a disk that takes long to flush.
   */
  readonly unprovenFrom: number | undefined;
  /** It grew while it was looked at. What came after the look isn't given. */
  readonly isGrowing: boolean;
  readonly snapshots: SnapshotReader;
}

export interface JournalReaderOptions {
  readonly directory: string;
  /**
   * Segments that lie wholly before this record are not read when opening, only their links; 1, which checks every byte, and
   * Infinity the last segment alone. What `read` gives is always verified.
   */
  readonly verifyFrom?: number;
  /** Folders that early segments were archived to, to read them there. */
  readonly archives?: readonly string[];
  /** Called as segments are read when opening. */
  readonly onProgress?: (segmentsRead: number, segments: number) => void;
}

/** What a reader takes from its surroundings. */
export interface ReaderSurroundings {
  readonly files: FilesToRead;
  pause(ms: number): Promise<void>;
}

const nodeReaderSurroundings: ReaderSurroundings = {
  files: nodeFileSystem,
  pause: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
};

/** An end that could be a write under way must stand still for this long: three times what a writer's mark may lag. */
const stillMs = 300;
const looksUntilStill = 3;
const mostLooks = 20;

interface Look extends Inspection {
  readonly files: FilesToRead;
}

/**
 * Opens a journal to read it, by the rules of recovery but without its deeds: nothing is written, locked, cut or removed. The folder may
 * be on a disk that cannot be written to, and may be that of a running service, whose journal is read up to where it was durable.
 *
 * @throws {PlimsollError} `PLM_JOURNAL_CORRUPT` if it isn't what was written (a torn tail is, and is reported), `PLM_FILE` if there is
 * none, `PLM_DISK`.
 */
export async function openJournalReader(
  options: JournalReaderOptions,
  surroundings: ReaderSurroundings = nodeReaderSurroundings,
): Promise<JournalReader> {
  const { found, isGrowing } = await settled(surroundings, options);
  const { directory } = options;
  const { damage, lastSequence, files, segments, walked } = found;
  const first = walked[0];
  if (damage) throw corruptJournal(damage.path, damage.offset, damage.reason, lastSequence);
  if (!first) throw corruptJournal(directory, 0, "no segment", 0);
  const { journalId, firstSequence } = first.opening;
  return {
    journalId,
    firstSequence,
    durableSequence: lastSequence,
    segments: walked.length,
    torn: isGrowing ? undefined : found.torn,
    unprovenFrom: isGrowing ? undefined : unprovenFrom(found),
    isGrowing,
    snapshots: new FileSnapshots(files, directory, journalId, lastSequence),
    read: (fromSequence: number): AsyncIterable<RecordBatch> => {
      requireNumber("fromSequence", fromSequence, 1, lastSequence + 1);
      if (fromSequence < firstSequence) {
        throw archivedRecords(directory, fromSequence, firstSequence, found.archived);
      }
      return readSegments(files, segments, fromSequence, lastSequence);
    },
  };
}

/** Looks until what stands at the end is known to be no write under way. */
async function settled(
  surroundings: ReaderSurroundings,
  options: JournalReaderOptions,
): Promise<{ readonly found: Look; readonly isGrowing: boolean }> {
  const { files } = surroundings;
  const { directory, verifyFrom = 1, onProgress } = options;
  const earlier = await archivedSegments(files, options.archives ?? []);
  let found = await look(files, directory, verifyFrom, { earlier, ...(onProgress ? { onProgress } : {}) });
  let still = 0;
  for (let looks = 1; looks < mostLooks && still < looksUntilStill; looks++) {
    const isSure = !found.damage && !found.torn && unprovenFrom(found) === undefined;
    if (isSure) break;
    await surroundings.pause(stillMs / looksUntilStill);
    const from = found.walked.at(-1)?.opening.firstSequence ?? 1;
    const now = await look(files, directory, from, { earlier });
    const hasGrown = now.lastSequence > found.lastSequence;
    // Groups are written one at a time, each only when all before it is durable: what was followed by another is.
    if (hasGrown && !found.damage) return { found, isGrowing: true };
    still = !hasGrown && sameEnd(found, now) ? still + 1 : 0;
    found = now;
  }
  return { found, isGrowing: false };
}

async function look(
  given: FilesToRead,
  directory: string,
  verifyFrom: number,
  more: Parameters<typeof inspect>[5],
): Promise<Look> {
  let files = given;
  let names = await files.list(directory);
  holdsSegments(directory, names, false);
  const mark = names.includes(markName) ? await readMark(files, directory) : undefined;
  if (mark?.cutting) {
    files = await asIfCut(files, directory, mark);
    names = await files.list(directory);
  }
  const found = await inspect(files, directory, names, mark, verifyFrom, more);
  return { ...found, files };
}

async function archivedSegments(files: FilesToRead, folders: readonly string[]): Promise<SegmentFile[]> {
  const found = new Map<number, SegmentFile>();
  for (const folder of folders) {
    const segments = segmentFiles(folder, await files.list(folder));
    if (segments.length === 0) throw noJournal(folder);
    for (const segment of segments) found.set(segment.firstSequence, segment);
  }
  return [...found.values()].sort((a, b) => a.firstSequence - b.firstSequence);
}

/** The first record of the last group, if neither the mark, a snapshot nor a later write says that it is durable. */
function unprovenFrom({ walked, torn, lastSequence, witnessed }: Look): number | undefined {
  if (torn || witnessed >= lastSequence) return undefined;
  return walked.at(-1)?.lastGroup?.firstSequence;
}

function sameEnd(a: Look, b: Look): boolean {
  const same = (x: Place | undefined, y: Place | undefined): boolean =>
    x?.offset === y?.offset && x?.bytes === y?.bytes && x?.reason === y?.reason && x?.path === y?.path;
  return a.lastSequence === b.lastSequence && same(a.torn, b.torn) && same(a.damage, b.damage);
}

interface Place {
  readonly path?: string;
  readonly offset: number;
  readonly bytes?: number;
  readonly reason: string;
}

/**
 * Records of a journal that nobody needs to have open, such as a copy, from `fromSequence` on: {@link openJournalReader} and its `read`.
 */
export async function* readJournal(
  directory: string,
  fromSequence: number = 1,
): AsyncGenerator<RecordBatch, void> {
  const reader = await openJournalReader({ directory, verifyFrom: fromSequence });
  yield* reader.read(fromSequence);
}
