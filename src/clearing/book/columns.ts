type Column = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float64Array;

/** A longer copy of a column, zero (or `fill`) beyond what it held. */
export function grown<T extends Column>(column: T, capacity: number, fill: number = 0): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a column's constructor makes columns of its own kind
  const larger = new (column.constructor as new (length: number) => T)(capacity);
  larger.set(column);
  if (fill !== 0) larger.fill(fill, column.length);
  return larger;
}
