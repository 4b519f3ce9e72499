import { PlimsollError } from "../../quantity/error.ts";
import { didYouMean } from "../closest.ts";

/** One row of a table, by column name. Cells are read when asked for. */
export interface CsvRow {
  /** Line in the file, from 1; the header is line 1. */
  readonly line: number;
  /** The cell's text, trimmed; empty when the column is absent. */
  text(column: string): string;
  /** A finite number. @throws {PlimsollError} `PLM_CSV_SYNTAX` when the cell is empty or not a number. */
  number(column: string): number;
  /** A finite number, or undefined for an empty cell or an absent column. */
  optionalNumber(column: string): number | undefined;
  /** Throws `PLM_CSV_SYNTAX` that names this row's cell. */
  fail(column: string, limit: string): never;
}

export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: Iterable<CsvRow>;
}

export interface CsvOptions {
  /** What errors call the file. */
  readonly name: string;
  /** Columns that the header must have. Order is free, others may stand beside them. */
  readonly required: readonly string[];
  /** Most data rows read. Default {@link maxCsvRows}. */
  readonly maxRows?: number;
}

/** Most data rows of one table unless the caller raises it. */
export const maxCsvRows = 20_000_000;
/** Longest line, in characters. */
export const maxLineLength = 65_536;

/** The lines of a text, one at a time: `\n` or `\r\n`, byte-order mark left out. */
export function* linesOf(text: string): Generator<string, void, undefined> {
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (start < text.length) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    yield text.slice(start, text.charCodeAt(end - 1) === 0x0d ? end - 1 : end);
    start = end + 1;
  }
}

/** Splits a line at its commas. Cells may stand in double quotes, with `""` for a quote inside. */
function splitCells(line: string, where: (column: number) => string): string[] {
  if (!line.includes('"')) return line.split(",");
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    let cell = "";
    if (line.charAt(at) === '"') {
      const open = at;
      at += 1;
      for (;;) {
        const quote = line.indexOf('"', at);
        if (quote < 0) {
          throw new PlimsollError("PLM_CSV_SYNTAX", {
            field: where(open + 1),
            value: line.slice(open),
            limit: "closed by a double quote on the same line",
            remedy: "Close the quoted cell.",
          });
        }
        cell += line.slice(at, quote);
        at = quote + 1;
        if (line.charAt(at) !== '"') break;
        cell += '"';
        at += 1;
      }
      if (at < line.length && line.charAt(at) !== ",") {
        throw new PlimsollError("PLM_CSV_SYNTAX", {
          field: where(at + 1),
          value: line.charAt(at),
          limit: "a comma after a quoted cell",
          remedy: 'Write a quote inside a quoted cell as "".',
        });
      }
    } else {
      const comma = line.indexOf(",", at);
      const end = comma < 0 ? line.length : comma;
      cell = line.slice(at, end);
      at = end;
    }
    cells.push(cell);
    if (at >= line.length) return cells;
    at += 1;
    if (at === line.length) {
      cells.push("");
      return cells;
    }
  }
}

const plainNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Reads a table with a header line, row by row: nothing is held but the current line.
 *
 * @param lines - of the file, without line ends, or its whole text.
 * @throws {PlimsollError} `PLM_CSV_SYNTAX` for a header without a required column or with one twice, and, while rows are
 * taken, for a row with another count of cells than the header; `PLM_LIMIT` for too many rows or too long a line.
 */
export function readCsv(lines: Iterable<string> | string, options: CsvOptions): CsvTable {
  const { name, required, maxRows = maxCsvRows } = options;
  const iterator = (typeof lines === "string" ? linesOf(lines) : lines)[Symbol.iterator]();
  const first = iterator.next();
  const header = first.done === true ? "" : first.value.replace(/^\uFEFF/, "");
  checkLength(header, name, 1);
  const columns = splitCells(header, (column) => `${name}:1:${column}`).map((cell) => cell.trim());
  const indexOf = new Map<string, number>();
  for (const [index, column] of columns.entries()) {
    if (indexOf.has(column)) {
      throw new PlimsollError("PLM_CSV_SYNTAX", {
        field: `${name}:1:${column}`,
        value: column,
        limit: "a column name that the header does not have yet",
        remedy: "Rename or remove one of the two columns.",
      });
    }
    indexOf.set(column, index);
  }
  for (const column of required) {
    if (indexOf.has(column)) continue;
    const spare = columns.filter((other) => !required.includes(other));
    throw new PlimsollError("PLM_CSV_SYNTAX", {
      field: `${name}:1`,
      value: header,
      limit: `a header with the columns ${required.join(", ")}; ${column} is missing`,
      remedy: didYouMean(column, spare, "Add the column, or read the file as another format."),
    });
  }

  function* rows(): Generator<CsvRow, void, undefined> {
    let line = 1;
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      line += 1;
      const text = next.value;
      if (text === "") continue;
      checkLength(text, name, line);
      if (line - 1 > maxRows) {
        throw new PlimsollError("PLM_LIMIT", {
          field: `${name}:${line}`,
          value: line - 1,
          limit: `at most ${maxRows} data rows`,
          remedy: "Split the file, or raise the limit.",
        });
      }
      const here = line;
      const cells = splitCells(text, (column) => `${name}:${here}:${column}`);
      if (cells.length !== columns.length) {
        throw new PlimsollError("PLM_CSV_SYNTAX", {
          field: `${name}:${line}`,
          value: text,
          limit: `${columns.length} cells, as the header has; it has ${cells.length}`,
          remedy: "Correct the row: a truncated download ends like this.",
        });
      }
      yield rowOf(cells, line);
    }
  }

  function rowOf(cells: readonly string[], line: number): CsvRow {
    const text = (column: string): string => cells[indexOf.get(column) ?? -1]?.trim() ?? "";
    const fail = (column: string, limit: string): never => {
      throw new PlimsollError("PLM_CSV_SYNTAX", {
        field: `${name}:${line}:${column}`,
        value: text(column),
        limit,
        remedy: "Correct the cell.",
      });
    };
    const optionalNumber = (column: string): number | undefined => {
      const cell = text(column);
      if (cell === "") return undefined;
      const value = plainNumber.test(cell) ? Number(cell) : NaN;
      return Number.isFinite(value) ? value : fail(column, "a finite number");
    };
    const number = (column: string): number => optionalNumber(column) ?? fail(column, "a finite number");
    return { line, text, fail, optionalNumber, number };
  }

  return { columns, rows: { [Symbol.iterator]: rows } };
}

function checkLength(text: string, name: string, line: number): void {
  if (text.length <= maxLineLength) return;
  throw new PlimsollError("PLM_LIMIT", {
    field: `${name}:${line}`,
    value: text.length,
    limit: `at most ${maxLineLength} characters long`,
    remedy: "Check that the file is a CSV table.",
  });
}
