import { existsSync } from "node:fs";
import { PlimsollError } from "../../quantity/index.ts";
import { type CommandLog, openEmbeddedLog } from "../../service/journal/index.ts";

/** @throws {PlimsollError} `PLM_FILE` unless the folder is there. */
export function requireJournal(directory: string): void {
  if (existsSync(directory)) return;
  throw new PlimsollError("PLM_FILE", {
    field: "journal",
    value: directory,
    limit: "a folder that `plimsoll serve --data` made",
    remedy: "Check the path.",
  });
}

/** Opens a journal that is there, for reading or to go on with. @throws {PlimsollError} `PLM_FILE` when there is none. */
export async function openJournal(directory: string, acceptLossAfter?: number): Promise<CommandLog> {
  requireJournal(directory);
  return openEmbeddedLog({ directory, ...(acceptLossAfter === undefined ? {} : { acceptLossAfter }) });
}
