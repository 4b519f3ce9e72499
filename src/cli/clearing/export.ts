import { createWriteStream, type WriteStream } from "node:fs";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { PlimsollError } from "../../quantity/index.ts";
import { type Applied, recover } from "../../service/clearinghouse/index.ts";
import { HistoryWriter, openHistory } from "../../service/history/index.ts";
import { type CommandLog } from "../../service/journal/index.ts";
import { type CommandOutput } from "../command-output.ts";
import { formatInteger } from "../output/format.ts";
import { startProgress } from "../output/progress.ts";
import { openJournal } from "./open-journal.ts";
import { envelopeJson } from "./record-json.ts";

export interface ExportOptions {
  /** JSON lines: one command with its events on each. */
  readonly out?: string;
  /** A SQLite file or a PostgreSQL connection string: history is made anew there. */
  readonly history?: string;
}

/** Rows that may wait for the database before the replay waits too. */
const mostPendingRows = 200_000;

async function exportLines(log: CommandLog, file: string): Promise<number> {
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
  const progress = startProgress("exporting", log.durableSequence);
  let count = 0;
  await recover(log, {
    atMost: 0,
    onApplied: (batch) => {
      for (const { envelope, events } of batch) {
        out.write(`${JSON.stringify({ envelope: envelopeJson(envelope), events })}\n`);
        count++;
      }
      progress.show(count, "commands");
    },
    ready: async () => {
      if (out.writableNeedDrain) await once(out, "drain");
    },
  });
  progress.end();
  out.end();
  await finished(out);
  return count;
}

async function rebuildHistory(log: CommandLog, address: string): Promise<{ rows: number; where: string }> {
  const store = await openHistory(address);
  try {
    await store.clear();
    const writer = new HistoryWriter(store, 0);
    const progress = startProgress("rebuilding history", log.durableSequence);
    let rows = 0;
    const onApplied = (batch: readonly Applied[]): void => {
      const before = writer.pendingRows;
      writer.write(batch);
      rows += writer.pendingRows - before;
      progress.show(batch.at(-1)?.envelope.sequence ?? 0, "commands");
    };
    await recover(log, {
      atMost: 0,
      onApplied,
      ready: async () => {
        if (writer.pendingRows > mostPendingRows) await writer.drain();
      },
    });
    await writer.drain();
    progress.end();
    return { rows, where: store.description };
  } finally {
    await store.close();
  }
}

/** `plimsoll export`: a journal as JSON lines, or as history in SQL. */
export async function exportCommand(directory: string, options: ExportOptions): Promise<CommandOutput> {
  if (options.out === undefined && options.history === undefined) {
    throw new PlimsollError("PLM_USAGE", {
      field: "--out",
      value: undefined,
      limit: "--out FILE for JSON lines, --history ADDRESS for SQL, or both",
      remedy: "Say where to export to.",
    });
  }
  const log = await openJournal(directory);
  try {
    const text: string[] = [];
    const json: Record<string, unknown> = {};
    if (options.out !== undefined) {
      const commands = await exportLines(log, options.out);
      text.push(`${formatInteger(commands)} commands with their events written to ${options.out}`);
      json["commands"] = commands;
    }
    if (options.history !== undefined) {
      const { rows, where } = await rebuildHistory(log, options.history);
      text.push(`history made anew in ${where}: ${formatInteger(rows)} rows`);
      json["rows"] = rows;
    }
    return { text: text.join("\n"), json };
  } finally {
    await log.close();
  }
}
