import { PlimsollError } from "../../quantity/error.ts";

/** Damage at `offset` of the file `path`; records up to `lastIntact` were read whole. */
export function corruptJournal(
  path: string,
  offset: number,
  reason: string,
  lastIntact: number,
): PlimsollError {
  return new PlimsollError("PLM_JOURNAL_CORRUPT", {
    field: `${path} at ${offset}`,
    value: reason,
    limit: "what was written there",
    remedy:
      `Restore the file from a copy. Records through ${lastIntact} are intact` +
      (lastIntact > 0 ? `; to give up what follows them, open with acceptLossAfter ${lastIntact}.` : "."),
  });
}

export function corruptFile(path: string, reason: string): PlimsollError {
  return new PlimsollError("PLM_JOURNAL_CORRUPT", {
    field: path,
    value: reason,
    limit: "what was written there",
    remedy: "Use an older snapshot, or replay from the first record.",
  });
}

export function noJournal(directory: string): PlimsollError {
  return new PlimsollError("PLM_FILE", {
    field: directory,
    value: undefined,
    limit: "a folder that holds a journal",
    remedy: "Check the path. To begin a new journal there, open with create.",
  });
}
