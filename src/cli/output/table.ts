import { oneLine } from "./plain-text.ts";

/** A column of a text table. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Lines up rows under titles; a row of `null` draws a rule. Trailing blanks are removed. */
export function textTable(columns: readonly Column[], given: readonly (readonly string[] | null)[]): string {
  const rows = given.map((row) => row?.map(oneLine) ?? null);
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...rows.map((row) => row?.[index]?.length ?? 0)),
  );
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, index) => {
        const cell = cells[index] ?? "";
        return columns[index]!.align === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [line(columns.map(({ title }) => title)), rule, ...rows.map((row) => (row ? line(row) : rule))].join(
    "\n",
  );
}
