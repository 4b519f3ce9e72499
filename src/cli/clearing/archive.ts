import { resolve } from "node:path";
import { decodeEnvelope } from "../../clearing/index.ts";
import { archiveSegments, type JournalReader } from "../../service/journal/index.ts";
import { type CommandOutput } from "../command-output.ts";
import { parseInstant } from "../input/load.ts";
import { formatInteger } from "../output/format.ts";
import { startProgress } from "../output/progress.ts";
import { journalFolder, openToRead } from "./open-journal.ts";

export interface ArchiveCommandOptions {
  /** Folder that segments are moved to. */
  readonly to: string;
  /** A record, or a UTC day or instant. */
  readonly before?: string;
}

/** The record that `--before` means: itself, or the first one of a time. */
async function recordOf(directory: string, before: string): Promise<number> {
  if (/^[1-9]\d{0,15}$/.test(before)) return Number(before);
  const timeMs = parseInstant(
    before,
    "--before",
    "a record's number, or a UTC day or instant: 2026-02-05, 2026-02-05T14:30Z",
  );
  return firstAt(await openToRead(directory, { verifyFrom: Infinity }), timeMs);
}

/** The first record of a time or later; records' times never go back. */
async function firstAt(journal: JournalReader, timeMs: number): Promise<number> {
  let low = journal.firstSequence;
  let high = journal.durableSequence + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    for await (const { records } of journal.read(middle)) {
      if (records[0] && decodeEnvelope(records[0]).timeMs < timeMs) low = middle + 1;
      else high = middle;
      break;
    }
  }
  return low;
}

/** `plimsoll archive`: moves early segments out of a journal's folder; nothing else ever removes one. */
export async function archiveCommand(
  directory: string,
  options: ArchiveCommandOptions,
): Promise<CommandOutput> {
  const folder = journalFolder(directory);
  const to = resolve(options.to);
  const before = options.before === undefined ? Infinity : await recordOf(directory, options.before);
  const progress = startProgress("archiving");
  const { segments, firstSequence, lastSequence, snapshot } = await archiveSegments({
    directory: folder,
    to,
    before,
    onProgress: (done, all) => progress.show(done, `of ${all} segments`),
  });
  progress.end();
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const held = `the journal holds records ${formatInteger(firstSequence)} to ${formatInteger(lastSequence)}`;
  const text =
    segments.length === 0
      ? [`nothing to archive: ${held}; ${whyNothing(snapshot)}`]
      : [
          ...segments.map(({ file, sha256 }) => `${sha256}  ${file}`),
          `${formatInteger(segments.length)} segments, ${formatInteger(bytes)} bytes, copied to ${to}, compared, and removed from ${folder}`,
          `${held}; a start needs no more, its oldest snapshot stands after record ${formatInteger(snapshot ?? 0)}`,
          `verify all of it: plimsoll verify ${directory} --archive ${to}`,
        ];
  return {
    text: text.join("\n"),
    json: { segments, firstSequence, lastSequence, snapshot: snapshot ?? null, to },
  };
}

const whyNothing = (snapshot: number | undefined): string =>
  snapshot === undefined
    ? "there is no snapshot that verifies, and without one a start needs every record"
    : `its oldest snapshot stands after record ${formatInteger(snapshot)}, and only segments that end before that, and before --before, may go`;
