/** What a cell holds. NaN and null are empty, ∞ is `inf`. */
export type CsvValue = string | number | boolean | null;

/** A table of the report, as a file. */
export interface CsvTable {
  /** Of the file, without `.csv`. */
  readonly name: string;
  /** What a row is. */
  readonly about: string;
  /** With the unit: `capital_share_of_notional`. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly CsvValue[])[];
}

/** RFC 4180: CRLF, quotes only where a field needs them. Numbers are the shortest that read back the same. */
export function csvText({ columns, rows }: CsvTable): string {
  const line = (cells: readonly CsvValue[]): string => `${cells.map(field).join(",")}\r\n`;
  return line(columns) + rows.map(line).join("");
}

function field(value: CsvValue): string {
  if (value === null) return "";
  if (typeof value === "number") {
    if (Number.isNaN(value)) return "";
    return Number.isFinite(value) ? String(value + 0) : value > 0 ? "inf" : "-inf";
  }
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
