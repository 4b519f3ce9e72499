import { existsSync } from "node:fs";
import { join } from "node:path";
import { PlimsollError } from "../../quantity/index.ts";
import { type JournalReader, openJournalReader } from "../../service/journal/index.ts";
import { formatInteger } from "../output/format.ts";
import { startProgress } from "../output/progress.ts";

/** The folder of a journal, from its own path or from that of the data folder around it. @throws {PlimsollError} `PLM_FILE` */
export function journalFolder(directory: string): string {
  if (!existsSync(directory)) {
    throw new PlimsollError("PLM_FILE", {
      field: "journal",
      value: directory,
      limit: "a folder that `plimsoll serve --data` made",
      remedy: "Check the path.",
    });
  }
  const inside = join(directory, "journal");
  return existsSync(join(inside, "durable")) ? inside : directory;
}

export interface ReadOptions {
  /** Folders that early segments were archived to. */
  readonly archive?: readonly string[];
}

/** Opens a journal to look at it: nothing there is changed, and it may be that of a running service. @throws {PlimsollError} */
export async function openToRead(
  directory: string,
  { archive, verifyFrom = 1 }: ReadOptions & { readonly verifyFrom?: number } = {},
): Promise<JournalReader> {
  const progress = startProgress("reading the journal's files");
  try {
    return await openJournalReader({
      directory: journalFolder(directory),
      verifyFrom,
      archives: archive ?? [],
      onProgress: (read, all) => progress.show(read, `of ${all} segments`),
    });
  } finally {
    progress.end();
  }
}

/** What a person should know of a journal's end, a line each. */
export function endNotes({ torn, unprovenFrom, isGrowing, durableSequence }: JournalReader): string[] {
  const notes: string[] = [];
  if (isGrowing) {
    notes.push(
      `a service writes to it: read up to record ${formatInteger(durableSequence)}, which was durable`,
    );
  }
  if (unprovenFrom !== undefined) {
    notes.push(
      `records from ${formatInteger(unprovenFrom)} on are whole, but nothing says that they were acknowledged: the next start keeps them`,
    );
  }
  if (torn) {
    const records = torn.records === undefined ? "" : `, ${formatInteger(torn.records)} records`;
    notes.push(
      `torn tail after record ${formatInteger(durableSequence)}: ${torn.file} at ${torn.offset}, ${formatInteger(torn.bytes)} bytes${records}, which nobody was promised (${torn.reason}); the next start cuts it off`,
    );
  }
  return notes;
}

/** The same as data. */
export const endJson = ({ torn, unprovenFrom, isGrowing, durableSequence }: JournalReader): object => ({
  lastSequence: durableSequence,
  isGrowing,
  ...(unprovenFrom === undefined ? {} : { unprovenFrom }),
  ...(torn === undefined ? {} : { torn }),
});
