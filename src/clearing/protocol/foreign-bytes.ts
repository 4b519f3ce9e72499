import { PlimsollError } from "../../quantity/error.ts";

const largestUnsigned32 = 0x1_0000_0000;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads little-endian bytes that may come from anyone. Whatever is wrong with them is a `PLM_ENCODING` that says at which byte.
 * (State leaves are our own bytes and have a reader of their own, `../state/bytes.ts`.)
 */
export class ForeignBytes {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) this.fail("bytes", `${this.#end - at} left`, `${count} more`);
    this.#at = at + count;
    return at;
  }

  /** Throws `PLM_ENCODING` for what was just read. */
  fail(field: string, value: unknown, limit: string): never {
    throw new PlimsollError("PLM_ENCODING", {
      field: `${field} before byte ${this.#at}`,
      value,
      limit,
      remedy: "Compare the bytes with the layout in docs/protocol.md.",
    });
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  u48(): number {
    const at = this.#take(6);
    return this.#view.getUint16(at + 4, true) * largestUnsigned32 + this.#view.getUint32(at, true);
  }

  /** A 64-bit two's complement integer; outside ±(2^53 − 1) the caller's bounds refuse it. */
  i64(): number {
    const at = this.#take(8);
    return this.#view.getInt32(at + 4, true) * largestUnsigned32 + this.#view.getUint32(at, true);
  }

  float(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** A view of the bytes. */
  view(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** Where `count` bytes begin, which are passed over. */
  skip(count: number): number {
    return this.#take(count);
  }

  /** The byte at a place within the bytes. */
  at(place: number): number {
    return this.#bytes[place] ?? 0;
  }

  text(byteLength: number, field: string): string {
    const at = this.#take(byteLength);
    try {
      return utf8.decode(this.#bytes.subarray(at, at + byteLength));
    } catch {
      return this.fail(field, `${byteLength} bytes`, "well-formed UTF-8");
    }
  }

  /** Throws `PLM_ENCODING` unless all bytes were read: every value has exactly one encoding. */
  finish(): void {
    if (this.#at !== this.#end) this.fail("bytes", `${this.#end - this.#at} left over`, "none left over");
  }
}
