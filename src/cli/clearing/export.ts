import { createWriteStream, type WriteStream } from "node:fs";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { type ClearingEvent } from "../../clearing/index.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { type Applied, Machine } from "../../service/clearinghouse/index.ts";
import { HistoryWriter, openHistory } from "../../service/history/index.ts";
import { type JournalReader } from "../../service/journal/index.ts";
import { type CommandOutput } from "../command-output.ts";
import { formatInteger } from "../output/format.ts";
import { startProgress } from "../output/progress.ts";
import { envelopeAt } from "./envelope-at.ts";
import { endJson, endNotes, openToRead, type ReadOptions } from "./open-journal.ts";
import { envelopeJson } from "./record-json.ts";

export interface ExportOptions extends ReadOptions {
  /** JSON lines: one command with its events on each. */
  readonly out?: string;
  /** A SQLite file or a PostgreSQL connection string: history is made anew there. */
  readonly history?: string;
}

/** Rows that may wait for the database before the replay waits too. */
const mostPendingRows = 200_000;

/** Every record of a journal with what it caused. */
async function* replayed(journal: JournalReader): AsyncGenerator<readonly Applied[]> {
  const machine = Machine.empty();
  for await (const { firstSequence, records } of journal.read(1)) {
    yield records.map((record, i) => {
      const envelope = envelopeAt(firstSequence + i, record);
      const events: ClearingEvent[] = [];
      machine.apply(envelope, (event) => events.push(event));
      return { envelope, events };
    });
  }
}

async function exportLines(journal: JournalReader, file: string): Promise<number> {
  const out: WriteStream = createWriteStream(file, { flags: "wx" });
  const opened = once(out, "open").catch((error: unknown) => {
    throw new PlimsollError("PLM_FILE", {
      field: "--out",
      value: file,
      limit: "a file that can be made and isn't there yet",
      remedy: `Name another file (${error instanceof Error ? error.message : String(error)}).`,
    });
  });
  await opened;
  const progress = startProgress("exporting", journal.durableSequence);
  let count = 0;
  for await (const batch of replayed(journal)) {
    for (const { envelope, events } of batch) {
      out.write(`${JSON.stringify({ envelope: envelopeJson(envelope), events })}\n`);
      count++;
    }
    progress.show(count, "commands");
    if (out.writableNeedDrain) await once(out, "drain");
  }
  progress.end();
  out.end();
  await finished(out);
  return count;
}

async function rebuildHistory(
  journal: JournalReader,
  address: string,
): Promise<{ rows: number; where: string }> {
  const store = await openHistory(address);
  try {
    await store.clear();
    const writer = new HistoryWriter(store, 0);
    const progress = startProgress("rebuilding history", journal.durableSequence);
    let rows = 0;
    for await (const batch of replayed(journal)) {
      const before = writer.pendingRows;
      writer.write(batch);
      rows += writer.pendingRows - before;
      progress.show(batch.at(-1)?.envelope.sequence ?? 0, "commands");
      if (writer.pendingRows > mostPendingRows) await writer.drain();
    }
    await writer.drain();
    progress.end();
    return { rows, where: store.description };
  } finally {
    await store.close();
  }
}

/** `plimsoll export`: a journal as JSON lines, or as history in SQL. Changes nothing in the journal's folder. */
export async function exportCommand(directory: string, options: ExportOptions): Promise<CommandOutput> {
  if (options.out === undefined && options.history === undefined) {
    throw new PlimsollError("PLM_USAGE", {
      field: "--out",
      value: undefined,
      limit: "--out FILE for JSON lines, --history ADDRESS for SQL, or both",
      remedy: "Say where to export to.",
    });
  }
  const journal = await openToRead(directory, options);
  const text: string[] = [];
  const json: Record<string, unknown> = {};
  if (options.out !== undefined) {
    const commands = await exportLines(journal, options.out);
    text.push(`${formatInteger(commands)} commands with their events written to ${options.out}`);
    json["commands"] = commands;
  }
  if (options.history !== undefined) {
    const { rows, where } = await rebuildHistory(journal, options.history);
    text.push(`history made anew in ${where}: ${formatInteger(rows)} rows`);
    json["rows"] = rows;
  }
  return { text: [...text, ...endNotes(journal)].join("\n"), json: { ...json, ...endJson(journal) } };
}
