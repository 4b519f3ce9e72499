import { existsSync } from "node:fs";
import { PlimsollError } from "../../quantity/index.ts";
import { type CommandLog, openEmbeddedLog } from "../../service/journal/index.ts";

/** Opens a journal that is there, for reading or to go on with. @throws {PlimsollError} `PLM_FILE` when there is none. */
export async function openJournal(directory: string, acceptLossAfter?: number): Promise<CommandLog> {
  if (!existsSync(directory)) {
    throw new PlimsollError("PLM_FILE", {
      field: "journal",
      value: directory,
      limit: "a folder that `plimsoll serve --data` made",
      remedy: "Check the path.",
    });
  }
  return openEmbeddedLog({ directory, ...(acceptLossAfter === undefined ? {} : { acceptLossAfter }) });
}
