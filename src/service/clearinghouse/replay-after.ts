import { type ClearingEvent } from "../../clearing/index.ts";
import { type CommandLog } from "../journal/index.ts";
import { type Applied } from "./clearinghouse.ts";
import { nextEnvelope, restore } from "./restore.ts";

/** Commands that are applied before others get a turn: about a millisecond. */
const sliceLength = 256;

/**
 * What was applied after a record, made again from the journal on a machine of its own, beside the one that goes on. Ends where the
 * journal ends when it gets there.
 *
 * @throws {PlimsollError} what reading the journal throws.
 */
export async function* replayAfter(
  log: CommandLog,
  afterSequence: number,
): AsyncGenerator<readonly Applied[], void> {
  const { machine } = await restore(log, afterSequence);
  while (machine.sequence < log.durableSequence) {
    for await (const { records } of log.read(machine.sequence + 1)) {
      for (let at = 0; at < records.length; at += sliceLength) {
        const slice: Applied[] = [];
        for (const record of records.slice(at, at + sliceLength)) {
          const envelope = nextEnvelope(record, machine);
          const events: ClearingEvent[] = [];
          machine.apply(envelope, (event) => events.push(event));
          if (envelope.sequence > afterSequence) slice.push({ envelope, events });
        }
        if (slice.length > 0) yield slice;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }
}
