import { linesOf } from "../../../market/readers/csv.ts";
import { PlimsollError } from "../../../quantity/index.ts";
import { type FeedNote } from "../feed.ts";
import { type TextFile } from "./read-file.ts";

/** Takes note of a row that could not be used. */
export type Note = (note: FeedNote) => void;

/**
 * Rows of a table, but for those that are bad: each is noted with its line, and reading goes on after it.
 *
 * @param read - reads rows from lines, the header first, one line at a time.
 * @throws {PlimsollError} `PLM_CSV_SYNTAX` for a header that lacks a column.
 */
export function* tolerantRows<T>(
  { name, text }: TextFile,
  read: (lines: Iterable<string>) => Iterable<T>,
  note: Note,
): Generator<{ readonly row: T; readonly line: number }, void, undefined> {
  const lines = linesOf(text);
  const first = lines.next();
  const header = first.done === true ? "" : first.value;
  let line = 1;
  function* rest(): Generator<string, void, undefined> {
    yield header;
    for (let next = lines.next(); next.done !== true; next = lines.next()) {
      line++;
      yield next.value;
    }
  }
  for (;;) {
    const rows = read(rest())[Symbol.iterator]();
    try {
      for (let next = rows.next(); next.done !== true; next = rows.next()) yield { row: next.value, line };
      return;
    } catch (error) {
      if (!(error instanceof PlimsollError) || error.code !== "PLM_CSV_SYNTAX" || line === 1) throw error;
      // A reader that begins anew counts lines anew: only the place after the file's name and line is its to tell.
      const column = error.field.split(":").slice(2).join(":");
      note({
        where: `${name}:${line}${column === "" ? "" : `:${column}`}`,
        what: `must be ${error.limit}; row left out`,
      });
    }
  }
}
