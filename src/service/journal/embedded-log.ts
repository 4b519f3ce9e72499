import { join } from "node:path";
import { PlimsollError, requireNumber } from "../../quantity/error.ts";
import { archivedRecords, type ArchiveNote } from "./archive-note.ts";
import { extentOf, headerBytes, sealBlock, streamWithin } from "./block.ts";
import type {
  CommandLog,
  EmbeddedLogOptions,
  JournalStats,
  RecordBatch,
  RecoveryReport,
  SnapshotStore,
} from "./command-log.ts";
import type { DurableMark, MarkFile } from "./durable-mark.ts";
import type { Lock, OpenFile, Surroundings } from "./file-system.ts";
import { type Position } from "./group-reader.ts";
import { countBounds, durationBounds, Histogram } from "./histogram.ts";
import { noJournal } from "./journal-errors.ts";
import { nodeSurroundings } from "./node-file-system.ts";
import { PendingGroup } from "./pending-group.ts";
import { lengthBytes } from "./records.ts";
import { readSegments, type SegmentFile } from "./read-segments.ts";
import { recover, type Recovered, spareName } from "./recovery.ts";
import { endBlock, groupsOffset, makeBlank, nameSegment, type SegmentOpening } from "./segment.ts";
import { largestGroup, settingsOf, type Settings } from "./settings.ts";
import { FileSnapshotStore } from "./snapshot-store.ts";

/** How long after a commit the durable mark follows at the latest. */
const markDelayMs = 100;
const recordsPerAppend = 1 << 20;

/**
 * Opens the journal in a folder, or with `create` begins one. Fulfilled when all that the journal holds is known to be whole and
 * durable.
 *
 * @throws {PlimsollError} `PLM_JOURNAL_LOCKED` if another process has it open, `PLM_JOURNAL_CORRUPT` if it isn't what was written
 * (a group cut short by a crash is: it is cut off and reported), `PLM_FILE` if there is none, `PLM_DISK`, `PLM_DOMAIN`.
 */
export async function openEmbeddedLog(
  options: EmbeddedLogOptions,
  surroundings: Surroundings = nodeSurroundings,
): Promise<CommandLog> {
  const settings = settingsOf(options);
  const { directory, segmentBytes, blockBytes } = settings;
  const { create = false, verifyFrom = 1, acceptLossAfter } = options;
  if (create) await surroundings.files.makeDirectory(directory);
  else if ((await surroundings.files.list(directory)).length === 0) throw noJournal(directory);
  const lock = await surroundings.files.lock(join(directory, "lock"));
  try {
    const recovered = await recover(surroundings, {
      directory,
      segmentBytes,
      blockBytes,
      create,
      verifyFrom,
      acceptLossAfter,
    });
    return new EmbeddedLog(surroundings, settings, recovered, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

class EmbeddedLog implements CommandLog {
  readonly journalId: Uint8Array;
  readonly term: number;
  readonly recovery: RecoveryReport;
  readonly snapshots: SnapshotStore;
  readonly #snapshots: FileSnapshotStore;
  readonly #surroundings: Surroundings;
  readonly #settings: Settings;
  readonly #lock: Lock;
  readonly #mark: MarkFile;
  readonly #segments: SegmentFile[];
  readonly #archived: ArchiveNote | undefined;

  /** The segment being written to, and the position after its last durable group. */
  #file: OpenFile;
  #opening: SegmentOpening;
  #position: Position;
  #nextSequence: number;

  /** Groups that wait, oldest first. Only the last one still takes records. */
  #queue: PendingGroup[] = [];
  /** The group that is being written. */
  #writing: PendingGroup | undefined;
  #running: Promise<void> | undefined;
  #queuedBytes = 0;
  #queuedRecords = 0;
  #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  readonly #streamMost: number;
  #freeStreams: Uint8Array[] = [];
  #out: Uint8Array = new Uint8Array(0);

  #spare: Promise<OpenFile> | undefined;
  #markedSequence: number;
  #cancelMark: (() => void) | undefined;
  #marking: Promise<void> | undefined;
  #failure: PlimsollError | undefined;
  #closing: Promise<void> | undefined;

  #records = 0;
  #recordBytes = 0;
  #writtenBytes = 0;
  readonly #commitMicros = new Histogram(durationBounds);
  readonly #groupRecords = new Histogram(countBounds);

  constructor(surroundings: Surroundings, settings: Settings, recovered: Recovered, lock: Lock) {
    const { journalId, term, mark, segments, archived, active, report } = recovered;
    this.journalId = journalId;
    this.term = term;
    this.recovery = report;
    this.#surroundings = surroundings;
    this.#settings = settings;
    this.#lock = lock;
    this.#mark = mark;
    this.#segments = segments;
    this.#archived = archived;
    this.#file = active.file;
    this.#opening = active.opening;
    this.#position = { ...active.position, term };
    this.#nextSequence = active.position.nextSequence;
    this.#markedSequence = this.durableSequence;
    // A group must fit into the segment at hand as well, which may be of another size.
    this.#streamMost = streamWithin(Math.min(settings.groupBytes, largestGroup(active.opening)));
    this.#snapshots = new FileSnapshotStore(
      surroundings.files,
      settings.directory,
      journalId,
      settings.retainSnapshots,
      () => this.durableSequence,
    );
    this.snapshots = this.#snapshots;
  }

  get nextSequence(): number {
    return this.#nextSequence;
  }

  get durableSequence(): number {
    return this.#position.nextSequence - 1;
  }

  append(records: readonly Uint8Array[], expectedSequence: number): Promise<void> {
    let bytes = 0;
    for (const record of records) bytes += lengthBytes + record.length;
    const refusal = this.#whyRefused(records, expectedSequence, bytes);
    if (refusal) return Promise.reject(refusal);
    let group = this.#queue.at(-1);
    for (const record of records) {
      if (!group || group.streamBytes + lengthBytes + record.length > this.#streamMost) {
        group = new PendingGroup(this.#nextSequence, this.#freeStreams.pop());
        this.#queue.push(group);
      }
      group.add(record, this.#streamMost);
      this.#nextSequence += 1;
    }
    this.#queuedBytes += bytes;
    this.#queuedRecords += records.length;
    if (!this.#running && this.#queue.length > 0) {
      this.#running = new Promise((resolve) => {
        this.#surroundings.soon(() => void this.#run().then(resolve));
      });
    }
    // Without records, what was appended before is waited for.
    return (group ?? this.#writing)?.durable ?? Promise.resolve();
  }

  ready(): Promise<void> {
    const refusal = this.#whyClosed();
    if (refusal) return Promise.reject(refusal);
    if (this.#hasRoom()) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #hasRoom(): boolean {
    return this.#queuedBytes <= this.#settings.queueBytes / 2;
  }

  #whyClosed(): PlimsollError | undefined {
    if (this.#failure) return this.#failure;
    if (!this.#closing) return undefined;
    return new PlimsollError("PLM_USAGE", {
      field: "log",
      value: "closed",
      limit: "open",
      remedy: "Open the journal again.",
    });
  }

  #whyRefused(
    records: readonly Uint8Array[],
    expectedSequence: number,
    bytes: number,
  ): PlimsollError | undefined {
    const closed = this.#whyClosed();
    if (closed) return closed;
    if (expectedSequence !== this.#nextSequence) {
      return new PlimsollError("PLM_JOURNAL_FENCED", {
        field: "expectedSequence",
        value: expectedSequence,
        limit: `the next sequence, ${this.#nextSequence}`,
        remedy: "Another writer appended in the meantime. Recover from the log before writing again.",
      });
    }
    const longest = this.#streamMost - headerBytes - lengthBytes;
    const unfit = records.findIndex(({ length }) => length === 0 || length > longest);
    if (unfit >= 0 || records.length > recordsPerAppend) {
      return new PlimsollError("PLM_LIMIT", {
        field: unfit >= 0 ? `records[${unfit}].length` : "records.length",
        value: unfit >= 0 ? records[unfit]?.length : records.length,
        limit: unfit >= 0 ? `1 to ${longest} bytes` : `at most ${recordsPerAppend}`,
        remedy: "Split the record or the call.",
      });
    }
    const { queueBytes } = this.#settings;
    // An empty queue takes any one call, or a large one could never be made.
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > queueBytes) {
      return new PlimsollError("PLM_JOURNAL_BUSY", {
        field: "queuedBytes",
        value: this.#queuedBytes + bytes,
        limit: `at most ${queueBytes}`,
        remedy: "Wait for the log's ready(), then append again.",
      });
    }
    return undefined;
  }

  /** Writes groups until none waits. What is appended meanwhile becomes the next group. Never rejected. */
  async #run(): Promise<void> {
    try {
      for (let group = this.#queue.shift(); group && !this.#failure; group = this.#queue.shift()) {
        this.#writing = group;
        await this.#commit(group);
        this.#writing = undefined;
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#running = undefined;
  }

  async #commit(group: PendingGroup): Promise<void> {
    const { streamBytes, recordCount, firstSequence } = group;
    const digest = group.digest();
    if (
      this.#position.offset + extentOf(streamBytes, this.#opening.blockBytes) >
      this.#opening.segmentBytes
    ) {
      await this.#roll();
    }
    const extent = extentOf(streamBytes, this.#opening.blockBytes);
    if (extent > this.#out.length) this.#out = new Uint8Array(extent * 2);
    const bytes = this.#out.subarray(0, extent);
    const { offset, chain: previous } = this.#position;
    const fields = { kind: "records", recordCount, firstSequence, term: this.term, previous } as const;
    const chain = sealBlock(fields, group.stream, streamBytes, digest, bytes);
    const start = this.#surroundings.nowMicros();
    await this.#file.write(bytes, offset);
    await this.#file.sync();
    this.#commitMicros.add(this.#surroundings.nowMicros() - start);
    if (this.#failure) throw this.#failure; // put out of force in the meantime
    this.#position = {
      offset: offset + extent,
      nextSequence: firstSequence + recordCount,
      chain,
      term: this.term,
    };
    const payloadBytes = streamBytes - headerBytes;
    this.#groupRecords.add(recordCount);
    this.#records += recordCount;
    this.#recordBytes += payloadBytes - recordCount * lengthBytes;
    this.#writtenBytes += extent;
    this.#queuedRecords -= recordCount;
    this.#queuedBytes -= payloadBytes;
    if (this.#freeStreams.length < 4) this.#freeStreams.push(group.stream);
    group.resolve();
    if (this.#hasRoom()) {
      for (const { resolve } of this.#waiting.splice(0)) resolve();
    }
    this.#cancelMark ??= this.#surroundings.later(() => void this.#markNow(), markDelayMs);
    if (!this.#spare && this.#position.offset > this.#opening.segmentBytes / 2) this.#makeSpare();
  }

  /** Begins the next segment. It is in place before this one's end mark says that there is one. */
  async #roll(): Promise<void> {
    const { directory, segmentBytes, blockBytes } = this.#settings;
    const { files } = this.#surroundings;
    if (!this.#spare) this.#makeSpare();
    const blank = await this.#spare!;
    this.#spare = undefined;
    const { nextSequence, offset, chain: previous } = this.#position;
    const next = {
      journalId: this.journalId,
      segmentBytes,
      blockBytes,
      index: this.#opening.index + 1,
      firstSequence: nextSequence,
      term: this.term,
      previous,
    };
    const { file, chain } = await nameSegment(files, directory, blank, next);
    const end = { lastSequence: nextSequence - 1, endOffset: offset, chain: previous };
    await this.#file.write(endBlock(end, this.term, this.#opening.blockBytes), this.#opening.blockBytes);
    await this.#file.sync();
    await this.#file.close();
    this.#file = file;
    this.#opening = { ...next, chain };
    this.#position = { offset: groupsOffset(blockBytes), nextSequence, chain, term: this.term };
    this.#segments.push({ path: file.path, firstSequence: nextSequence });
  }

  #makeSpare(): void {
    const { directory, segmentBytes } = this.#settings;
    this.#spare = makeBlank(this.#surroundings.files, join(directory, spareName), segmentBytes);
    // A full disk is met when the spare is needed; until then appends go on.
    this.#spare.catch(() => undefined);
  }

  /** Writes down what is durable, a little after the fact, and looks whether a later writer took over. */
  async #markNow(): Promise<void> {
    this.#cancelMark = undefined;
    const { nextSequence, chain, offset } = this.#position;
    const mark: DurableMark = {
      journalId: this.journalId,
      term: this.term,
      durableSequence: nextSequence - 1,
      chain,
      segment: this.#opening.firstSequence,
      endOffset: offset,
      cutting: false,
    };
    const before = this.#marking;
    const work = async (): Promise<void> => {
      await before;
      if (this.#failure || mark.durableSequence <= this.#markedSequence) return;
      try {
        const lastTerm = await this.#mark.lastTerm();
        if (lastTerm > this.term) throw this.#fencedBy(lastTerm);
        await this.#mark.write(mark);
        this.#markedSequence = mark.durableSequence;
      } catch (error) {
        this.#fail(error);
      }
    };
    this.#marking = work();
    await this.#marking;
  }

  #fencedBy(term: number): PlimsollError {
    return new PlimsollError("PLM_JOURNAL_FENCED", {
      field: "term",
      value: this.term,
      limit: `the last writer's, ${term}`,
      remedy: "A later writer has the journal. Stop this one.",
    });
  }

  /** From here on nothing is written and every call is refused. Whether what waits is durable is not known. */
  #fail(error: unknown): void {
    if (!this.#failure) {
      this.#failure =
        error instanceof PlimsollError && error.code !== "PLM_FILE"
          ? error
          : new PlimsollError("PLM_DISK", {
              field: this.#settings.directory,
              value: error instanceof Error ? error.message : error,
              limit: "a disk that does as told",
              remedy: "Find out why, then restart: recovery keeps every acknowledged record.",
            });
    }
    const failure = this.#failure;
    this.#writing?.reject(failure);
    for (const group of this.#queue.splice(0)) group.reject(failure);
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
    this.#cancelMark?.();
    this.#cancelMark = undefined;
  }

  read(fromSequence: number): AsyncIterable<RecordBatch> {
    requireNumber("fromSequence", fromSequence, 1, this.durableSequence + 1);
    const firstHeld = this.#segments[0]?.firstSequence ?? 1;
    if (fromSequence < firstHeld) {
      throw archivedRecords(this.#settings.directory, fromSequence, firstHeld, this.#archived);
    }
    return readSegments(this.#surroundings.files, [...this.#segments], fromSequence, this.durableSequence);
  }

  stats(): JournalStats {
    return {
      records: this.#records,
      recordBytes: this.#recordBytes,
      writtenBytes: this.#writtenBytes,
      groups: this.#groupRecords.figures().count,
      commitMicros: this.#commitMicros.figures(),
      groupRecords: this.#groupRecords.figures(),
      queuedRecords: this.#queuedRecords,
      queuedBytes: this.#queuedBytes,
      segments: this.#segments.length,
      failure: this.#failure?.message,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#running;
    await this.#snapshots.settle();
    await this.#spare?.then(
      (file) => file.close(),
      () => undefined,
    );
    this.#cancelMark?.();
    await this.#markNow();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#whyClosed());
    // A disk that fails now has nothing left to lose: what was acknowledged is durable.
    await this.#file.close().catch(() => undefined);
    await this.#mark.close().catch(() => undefined);
    await this.#lock.release();
  }
}
