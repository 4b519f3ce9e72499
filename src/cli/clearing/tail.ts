import { type ClearingEvent, decodeEnvelope, type Envelope } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { Machine } from "../../service/clearinghouse/index.ts";
import { type CommandOutput } from "../command-output.ts";
import { startProgress } from "../output/progress.ts";
import { openToRead, type ReadOptions } from "./open-journal.ts";
import { envelopeJson, envelopeLine, eventLine } from "./record-json.ts";

export interface TailOptions extends ReadOptions {
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

/** The last records, decoded. No more of the journal is read than they take. */
async function lastEnvelopes(directory: string, lines: number, options: ReadOptions): Promise<Shown[]> {
  const journal = await openToRead(directory, { ...options, verifyFrom: Infinity });
  const kept: Shown[] = [];
  const from = Math.max(journal.firstSequence, journal.durableSequence - lines + 1);
  for await (const { records } of journal.read(from)) {
    for (const record of records) kept.push({ envelope: decodeEnvelope(record) });
  }
  return kept;
}

/** The last records with what they caused: every command is run again for that. */
async function lastWithEvents(directory: string, lines: number, options: ReadOptions): Promise<Shown[]> {
  const journal = await openToRead(directory, { ...options, verifyFrom: Infinity });
  const machine = Machine.empty();
  const progress = startProgress("replaying", journal.durableSequence);
  let kept: Shown[] = [];
  for await (const { records } of journal.read(1)) {
    for (const record of records) {
      const envelope = decodeEnvelope(record);
      const events: ClearingEvent[] = [];
      machine.apply(envelope, (event) => events.push(event));
      kept.push({ envelope, events });
      if (kept.length > 2 * lines) kept = kept.slice(-lines);
    }
    progress.show(machine.sequence, "commands");
  }
  progress.end();
  return kept.slice(-lines);
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
  const shown = await (options.events ? lastWithEvents : lastEnvelopes)(directory, lines, options);
  return {
    text: shown
      .flatMap(({ envelope, events }) => [envelopeLine(envelope), ...eventLines(events ?? [])])
      .join("\n"),
    json: shown.map(({ envelope, events }) => ({
      envelope: envelopeJson(envelope),
      ...(events ? { events } : {}),
    })),
  };
}

/** A price may move hundreds of marks: people are shown the first few, machines all. */
function eventLines(events: readonly ClearingEvent[]): string[] {
  const lines = events.slice(0, mostEventLines).map(eventLine);
  const more = events.length - lines.length;
  return more > 0 ? [...lines, `    … and ${more} more`] : lines;
}
