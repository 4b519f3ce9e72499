import { decodeEnvelope, type Envelope } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type CommandLog } from "../journal/index.ts";
import { Machine } from "./machine.ts";

/** A snapshot that was passed over. */
export interface RejectedSnapshot {
  readonly file: string;
  readonly reason: string;
}

/** The machine of the newest good snapshot up to record `atMost`; an empty one if there is none. */
export async function restore(
  log: CommandLog,
  atMost: number,
): Promise<{ readonly machine: Machine; readonly rejected: readonly RejectedSnapshot[] }> {
  const rejected: RejectedSnapshot[] = [];
  for (let most = atMost; most > 0;) {
    const latest = await log.snapshots.latest(most);
    rejected.push(...latest.rejected);
    if (latest.snapshot === undefined) break;
    try {
      return { machine: await Machine.restored(latest.snapshot.chunks()), rejected };
    } catch (error) {
      // whole on disk, but not a state that this release can restore: try the one before
      rejected.push({
        file: latest.snapshot.file,
        reason: error instanceof Error ? error.message : String(error),
      });
      most = latest.snapshot.sequence - 1;
    }
  }
  return { machine: Machine.empty(), rejected };
}

/** @throws {PlimsollError} `PLM_JOURNAL_CORRUPT` unless the record is the envelope that comes after the machine's last. */
export function nextEnvelope(record: Uint8Array, machine: Machine): Envelope {
  const envelope = decodeEnvelope(record);
  if (envelope.sequence === machine.sequence + 1) return envelope;
  throw new PlimsollError("PLM_JOURNAL_CORRUPT", {
    field: "sequence",
    value: envelope.sequence,
    limit: `${machine.sequence + 1}, its place in the log`,
    remedy: "Restore the journal from a copy.",
  });
}
