/** Rows that a table starts with. */
export const firstCapacity = 16;

/** Columns of safe integers, one value per row. A column is replaced when the table grows: read it through its table each time. */
export type Columns<Name extends string> = { [N in Name]: Float64Array };

export function makeColumns<Name extends string>(names: readonly Name[]): Columns<Name> {
  // In one go: an object that grows name by name becomes a hash table, and every read of a column a search.
  const columns = Object.fromEntries(names.map((name) => [name, new Float64Array(firstCapacity)]));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every name has its column
  return columns as Columns<Name>;
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
