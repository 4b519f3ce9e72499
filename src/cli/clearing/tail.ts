import { type ClearingEvent, decodeEnvelope, type Envelope } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { recover } from "../../service/clearinghouse/index.ts";
import { type CommandOutput } from "../command-output.ts";
import { openJournal } from "./open-journal.ts";
import { envelopeJson, envelopeLine, eventLine } from "./record-json.ts";

export interface TailOptions {
  /** How many records; 20. */
  readonly lines?: string;
  /** Also what each caused. */
  readonly events?: boolean;
}

const mostLines = 100_000;
const mostEventLines = 20;

interface Shown {
  readonly envelope: Envelope;
  readonly events?: readonly ClearingEvent[];
}

/** `plimsoll tail`: the last commands of a journal, and what they caused. */
export async function tailCommand(directory: string, options: TailOptions = {}): Promise<CommandOutput> {
  const lines = Number(options.lines ?? "20");
  if (!Number.isInteger(lines) || lines < 1 || lines > mostLines) {
    throw new PlimsollError("PLM_USAGE", {
      field: "--lines",
      value: options.lines,
      limit: `an integer from 1 to ${mostLines}`,
      remedy: "Choose another number.",
    });
  }
  const log = await openJournal(directory);
  try {
    const from = Math.max(log.recovery.firstSequence, log.durableSequence - lines + 1);
    const shown: Shown[] = [];
    if (options.events) {
      await recover(log, {
        atMost: from - 1,
        onApplied: (batch) => shown.push(...batch.filter(({ envelope }) => envelope.sequence >= from)),
      });
    } else {
      for await (const { records } of log.read(from)) {
        for (const record of records) shown.push({ envelope: decodeEnvelope(record) });
      }
    }
    return {
      text: shown
        .flatMap(({ envelope, events }) => [envelopeLine(envelope), ...eventLines(events ?? [])])
        .join("\n"),
      json: shown.map(({ envelope, events }) => ({
        envelope: envelopeJson(envelope),
        ...(events ? { events } : {}),
      })),
    };
  } finally {
    await log.close();
  }
}

/** A price may move hundreds of marks: people are shown the first few, machines all. */
function eventLines(events: readonly ClearingEvent[]): string[] {
  const lines = events.slice(0, mostEventLines).map(eventLine);
  const more = events.length - lines.length;
  return more > 0 ? [...lines, `    … and ${more} more`] : lines;
}
