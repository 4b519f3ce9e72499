/**
 * A durable, append-only log of opaque records: the one thing that the clearing service must never lose. Records are numbered
 * from 1 without gaps. The log knows nothing of what they mean.
 *
 * The embedded log ({@link "./embedded-log.ts"}) keeps them in files; a replicated one may keep them on a quorum. Both are
 * fenced: a writer says which sequence it believes comes next, and holds a term that a later writer's term puts out of force.
 */
export interface CommandLog {
  /** 16 bytes drawn at creation. Segments and snapshots of another journal are refused by it. */
  readonly journalId: Uint8Array;
  /** The writer's term, ≥ 1, above that of every writer before it. */
  readonly term: number;
  /** What was found when the log was opened. */
  readonly recovery: RecoveryReport;
  /** The sequence that the next appended record gets. */
  readonly nextSequence: number;
  /** All records up to and including this one are durable; 0 when none is. */
  readonly durableSequence: number;
  readonly snapshots: SnapshotStore;

  /**
   * Appends records, the first of which gets sequence `expectedSequence`. The bytes are copied before the call returns, and the
   * sequences are taken at once: a caller may append again without waiting. Fulfilled when all of the records are durable;
   * appends become durable in the order of the calls, in groups that share one disk flush.
   *
   * All errors come as rejections. A call that is refused takes no sequence and changes nothing:
   * `PLM_JOURNAL_FENCED` if `expectedSequence` isn't `nextSequence` or a later term took over; `PLM_JOURNAL_BUSY` when the queue
   * is full (see {@link ready}); `PLM_LIMIT` for a record that is empty or too long, or more of them than one call may hold;
   * `PLM_USAGE` after `close`.
   * `PLM_DISK` means the disk failed: whether the records are durable is unknown, and this log refuses everything from then on.
   * The process must restart and recover.
   */
  append(records: readonly Uint8Array[], expectedSequence: number): Promise<void>;

  /** Fulfilled when the queue of {@link append} is half empty; rejected as `append` is once the log failed or was closed. */
  ready(): Promise<void>;

  /**
   * Durable records from `fromSequence` up to what is durable at the time of the call, verified as they are read.
   * Throws `PLM_JOURNAL_CORRUPT` at the first byte that isn't what was written, `PLM_FILE` with what to
   * put back if records from there on were archived, `PLM_DOMAIN` if `fromSequence` is more than one past the last durable one.
   */
  read(fromSequence: number): AsyncIterable<RecordBatch>;

  stats(): JournalStats;

  /** Waits for what was appended, then gives the log up. Idempotent. */
  close(): Promise<void>;
}

/** Neighbouring records, as read. The arrays are views into one buffer that nothing else writes to. */
export interface RecordBatch {
  readonly firstSequence: number;
  readonly records: readonly Uint8Array[];
}

/** What is read of a journal: the whole of it by those who only look, a part of it by those who write. */
export interface RecordReader {
  read(fromSequence: number): AsyncIterable<RecordBatch>;
  readonly snapshots: SnapshotReader;
}

export interface SnapshotStore extends SnapshotReader {
  /**
   * Saves the state after the record `sequence` under that number, durable when the promise is fulfilled. `sequence` must be
   * durable in the log (`PLM_DOMAIN`). Afterwards all but the newest `retainSnapshots` are removed.
   */
  save(snapshot: SnapshotInput): Promise<SnapshotInfo>;
}

export interface SnapshotReader {
  /**
   * The newest snapshot that verifies whole, none newer than `atMost`, and the names of newer ones that did not: the caller
   * replays from the one it gets, or from the first record.
   */
  latest(atMost?: number): Promise<LatestSnapshot>;
  /** Every snapshot file's number, newest first, unverified. */
  list(): Promise<readonly SnapshotInfo[]>;
}

export interface SnapshotInput {
  readonly sequence: number;
  /** The state's root, 1 to 64 bytes, given back with the snapshot. */
  readonly stateRoot: Uint8Array;
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

export interface SnapshotInfo {
  readonly sequence: number;
  readonly file: string;
  /** Size of the file in bytes. */
  readonly bytes: number;
}

export interface Snapshot extends SnapshotInfo {
  readonly stateRoot: Uint8Array;
  /** The bytes that were saved, in order, though not in the same pieces; each is checked again before it is given. */
  chunks(): AsyncIterable<Uint8Array>;
}

export interface LatestSnapshot {
  readonly snapshot: Snapshot | undefined;
  /** Snapshots that were passed over, newest first. */
  readonly rejected: readonly { readonly file: string; readonly reason: string }[];
}

/** What opening found and did. */
export interface RecoveryReport {
  readonly created: boolean;
  /** First record held, and the last; the last is one below the first when there is none. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly segments: number;
  /** An unfinished group at the end, never acknowledged, that was cut off. */
  readonly torn: TornTail | undefined;
  /** What was given up on request (`acceptLossAfter`): each part's file, offset and the copy that was kept of it. */
  readonly lost: readonly LostPart[];
  /** Half-made files that were removed, and unfinished steps that were finished. */
  readonly notes: readonly string[];
}

export interface TornTail {
  readonly file: string;
  readonly offset: number;
  /** Bytes that were cut off, as far as they were written. */
  readonly bytes: number;
  /** Records that the group's header names; undefined where not even the header was written whole. */
  readonly records: number | undefined;
  readonly reason: string;
}

export interface LostPart {
  readonly file: string;
  readonly offset: number;
  readonly reason: string;
  readonly keptAs: string;
}

/** Figures for metrics. All are totals since the log was opened, unless they say otherwise. */
export interface JournalStats {
  readonly records: number;
  /** Payload bytes of durable records. */
  readonly recordBytes: number;
  /** Bytes written to segments, padding and headers included. */
  readonly writtenBytes: number;
  readonly groups: number;
  /** Time from starting a group's write to its being durable. */
  readonly commitMicros: HistogramFigures;
  readonly groupRecords: HistogramFigures;
  /** Now: bytes and records that were appended and aren't durable yet. */
  readonly queuedRecords: number;
  readonly queuedBytes: number;
  readonly segments: number;
  /** Set once the log has failed: the message of the error. */
  readonly failure: string | undefined;
}

/** Counts by bucket; bucket i holds values ≤ `bounds[i]`, the last everything above. */
export interface HistogramFigures {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
  readonly max: number;
}

/** How the embedded log is opened: `openEmbeddedLog(options): Promise<CommandLog>`. */
export interface EmbeddedLogOptions {
  /** The journal's folder. */
  readonly directory: string;
  /** Make a new journal if the folder holds none; without it that is `PLM_FILE`. */
  readonly create?: boolean;
  /** Size of new segment files, bytes, a multiple of 1 MiB unless smaller; 64 MiB. */
  readonly segmentBytes?: number;
  /** Groups start on multiples of this, bytes, a power of 2 from 512 to 65536; 4096, the page that disks write whole. */
  readonly blockBytes?: number;
  /** Largest group, bytes; 4 MiB, less when segments are small. Bounds records too. */
  readonly groupBytes?: number;
  /** Bytes that may wait to become durable before `append` is refused; 64 MiB. */
  readonly queueBytes?: number;
  /** Snapshots to keep, ≥ 1; 3. */
  readonly retainSnapshots?: number;
  /**
   * Segments that lie wholly before this record are not read when opening, only their links; 1, which checks every byte. What
   * `read` gives is always verified.
   */
  readonly verifyFrom?: number | "newest snapshot";
  /**
   * Open a damaged journal all the same: every record up to this sequence must be intact, and what is damaged after it is given
   * up, with a copy kept. For a person to set, after reading the error that asks for it.
   */
  readonly acceptLossAfter?: number;
}
