/** Rows that a table starts with. */
export const firstCapacity = 16;

/** Columns of safe integers, one value per row. A column is replaced when the table grows: read it through its table each time. */
export type Columns<Name extends string> = { [N in Name]: Float64Array };

export function makeColumns<Name extends string>(names: readonly Name[]): Columns<Name> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every name gets its column below
  const columns = {} as Columns<Name>;
  for (const name of names) columns[name] = new Float64Array(firstCapacity);
  return columns;
}

/** Room for at least `rows` rows, by doubling. */
export function growColumns<Name extends string>(
  columns: Columns<Name>,
  names: readonly Name[],
  rows: number,
): void {
  for (const name of names) {
    const column = columns[name];
    if (column.length >= rows) return;
    const grown = new Float64Array(Math.max(rows, column.length * 2));
    grown.set(column);
    columns[name] = grown;
  }
}
