/** Records in a block's payload: each a length (u32, little-endian) and its bytes. */
export const lengthBytes = 4;

/** Writes one record at `at` and gives the offset after it. */
export function putRecord(stream: Uint8Array, at: number, record: Uint8Array): number {
  const length = record.length;
  stream[at] = length;
  stream[at + 1] = length >>> 8;
  stream[at + 2] = length >>> 16;
  stream[at + 3] = length >>> 24;
  stream.set(record, at + lengthBytes);
  return at + lengthBytes + length;
}

/** The records of a payload, as views; undefined if there aren't exactly `count` that fill it. */
export function splitRecords(payload: Uint8Array, count: number): Uint8Array[] | undefined {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const records: Uint8Array[] = [];
  let at = 0;
  while (records.length < count) {
    if (at + lengthBytes > payload.length) return undefined;
    const end = at + lengthBytes + view.getUint32(at, true);
    if (end > payload.length) return undefined;
    records.push(payload.subarray(at + lengthBytes, end));
    at = end;
  }
  return at === payload.length ? records : undefined;
}
