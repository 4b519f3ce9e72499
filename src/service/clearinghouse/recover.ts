import { type ClearingEvent, decodeEnvelope } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type CommandLog } from "../journal/index.ts";
import { type Applied } from "./clearinghouse.ts";
import { Machine } from "./machine.ts";

/** How a machine came back. */
export interface Recovery {
  readonly machine: Machine;
  /** The snapshot's record it started from; 0 for an empty machine. */
  readonly fromSequence: number;
  readonly replayed: number;
  /** Snapshots that did not verify, with the reason. */
  readonly rejectedSnapshots: readonly { readonly file: string; readonly reason: string }[];
}

export interface RecoverOptions {
  /** Start from a snapshot at or before this record; 0 replays everything. Default: the newest. */
  readonly atMost?: number;
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
  const rejected: { file: string; reason: string }[] = [];
  let machine = Machine.empty();
  let atMost = options.atMost ?? Number.MAX_SAFE_INTEGER;
  while (atMost > 0) {
    const latest = await log.snapshots.latest(atMost);
    rejected.push(...latest.rejected);
    if (latest.snapshot === undefined) break;
    try {
      machine = await Machine.restored(latest.snapshot.chunks());
      break;
    } catch (error) {
      // whole on disk, but not a state that this release can restore: try the one before
      rejected.push({
        file: latest.snapshot.file,
        reason: error instanceof Error ? error.message : String(error),
      });
      atMost = latest.snapshot.sequence - 1;
    }
  }
  const fromSequence = machine.sequence;
  const { onApplied, onProgress, ready } = options;
  let replayed = 0;
  for await (const { records } of log.read(fromSequence + 1)) {
    const batch: Applied[] = [];
    for (const record of records) {
      const envelope = decodeEnvelope(record);
      if (envelope.sequence !== machine.sequence + 1) {
        throw new PlimsollError("PLM_JOURNAL_CORRUPT", {
          field: "sequence",
          value: envelope.sequence,
          limit: `${machine.sequence + 1}, its place in the log`,
          remedy: "Restore the journal from a copy.",
        });
      }
      if (onApplied) {
        const events: ClearingEvent[] = [];
        machine.apply(envelope, (event) => events.push(event));
        batch.push({ envelope, events });
      } else machine.apply(envelope, ignore);
    }
    replayed += records.length;
    if (batch.length > 0) onApplied?.(batch);
    onProgress?.(replayed);
    await ready?.();
  }
  return { machine, fromSequence, replayed, rejectedSnapshots: rejected };
}

const ignore = (): void => {};
