export type Column = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float64Array | BigUint64Array;

function empty<T extends Column>(like: T, length: number): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a column's constructor makes columns of its own kind
  return new (like.constructor as new (length: number) => T)(length);
}

/** A longer copy of a column, zero beyond what it held. */
export function grown<T extends Column>(column: T, capacity: number): T {
  return widened(column, column.length, column.length, capacity);
}

/** A copy of a table of rows `width` long with rows `newWidth` long and room for `newLength` values, zero where nothing was. */
export function widened<T extends Column>(column: T, width: number, newWidth: number, newLength: number): T {
  const larger = empty(column, newLength);
  for (let from = 0, to = 0; from < column.length; from += width, to += newWidth) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both are of one kind
    larger.set(column.subarray(from, from + width) as never, to);
  }
  return larger;
}
