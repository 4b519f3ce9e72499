type Column = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float64Array;

/** A longer copy of a column, zero beyond what it held. */
export function grown<T extends Column>(column: T, capacity: number): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a column's constructor makes columns of its own kind
  const larger = new (column.constructor as new (length: number) => T)(capacity);
  larger.set(column);
  return larger;
}
