import { type ClearingEvent } from "../../clearing/index.ts";
import { type CommandLog } from "../journal/index.ts";
import { type Applied } from "./clearinghouse.ts";
import { type Machine } from "./machine.ts";
import { type Receipts } from "./receipts.ts";
import { nextEnvelope, type RejectedSnapshot, restore } from "./restore.ts";

/** How a machine came back. */
export interface Recovery {
  readonly machine: Machine;
  /** The snapshot's record it started from; 0 for an empty machine. */
  readonly fromSequence: number;
  readonly replayed: number;
  /** Snapshots that did not verify, with the reason. */
  readonly rejectedSnapshots: readonly RejectedSnapshot[];
}

export interface RecoverOptions {
  /** Start from a snapshot at or before this record; 0 replays everything. Default: the newest. */
  readonly atMost?: number;
  /** Gets the answers to what is replayed, as many of the last ones as it keeps. */
  readonly receipts?: Receipts;
  /** Called with what was replayed, in order: for history that has fallen behind. */
  readonly onApplied?: (batch: readonly Applied[]) => void;
  /** Waited for between batches: how a slow taker of `onApplied` holds the replay back. */
  readonly ready?: () => Promise<void>;
  /** Called now and then with the records replayed so far. */
  readonly onProgress?: (replayed: number) => void;
}

/**
 * Brings a machine back from its log: newest good snapshot, then every record after it.
 *
 * @throws {PlimsollError} `PLM_JOURNAL_CORRUPT` if the log holds what isn't an envelope of the sequence it stands at.
 */
export async function recover(log: CommandLog, options: RecoverOptions = {}): Promise<Recovery> {
  const { onApplied, onProgress, ready, receipts } = options;
  let { machine, rejected } = await restore(log, options.atMost ?? Number.MAX_SAFE_INTEGER);
  // What came before the first record that is there can only come from a snapshot, whichever is good.
  if (machine.sequence + 1 < log.recovery.firstSequence) {
    ({ machine, rejected } = await restore(log, Number.MAX_SAFE_INTEGER));
  }
  const fromSequence = machine.sequence;
  const recalledAfter = receipts === undefined ? Infinity : log.durableSequence - receipts.capacity;
  let replayed = 0;
  for await (const { records } of log.read(fromSequence + 1)) {
    const batch: Applied[] = [];
    for (const record of records) {
      const envelope = nextEnvelope(record, machine);
      const isRecalled = envelope.sequence > recalledAfter;
      if (onApplied || isRecalled) {
        const events: ClearingEvent[] = [];
        machine.apply(envelope, (event) => events.push(event));
        const applied: Applied = { envelope, events };
        if (isRecalled) receipts?.recall(record, applied);
        if (onApplied) batch.push(applied);
      } else machine.apply(envelope, ignore);
    }
    replayed += records.length;
    if (batch.length > 0) onApplied?.(batch);
    onProgress?.(replayed);
    await ready?.();
  }
  return { machine, fromSequence, replayed, rejectedSnapshots: rejected };
}

/**
 * Where a recovery begins that is to know the answers to the last `count` commands at least: before them, as far as snapshots reach back
 * or the journal is short and whole; never so far that the start takes long.
 *
 * @returns a record for {@link RecoverOptions.atMost}.
 */
export async function startBefore(log: CommandLog, count: number): Promise<number> {
  const wanted = Math.max(0, log.durableSequence - count);
  const snapshots = await log.snapshots.list();
  const oldest = snapshots.at(-1)?.sequence ?? 0;
  const isWhole = log.recovery.firstSequence === 1; // unless early segments were archived
  return oldest <= wanted || (isWhole && oldest <= quicklyReplayed) ? wanted : oldest;
}

/** Records whose replay takes about a second. */
const quicklyReplayed = 250_000;

const ignore = (): void => {};
