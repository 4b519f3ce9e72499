import { PlimsollError } from "../../quantity/error.ts";

const largestUnsigned32 = 0x1_0000_0000;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** How a number lies in the bytes. */
export const numberForms = { u8: 0, u16: 1, u32: 2, i32: 3, u48: 4, i64: 5 } as const;

/** A run of numbers one after another, each within bounds. */
export interface FlatLayout {
  readonly byteLength: number;
  /** Of each number, one of {@link numberForms}. */
  readonly forms: Uint8Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

/** Numbers read by a layout, by their places: those of 32 bits and fewer in `small`, the others in `large`, so that none is boxed. */
export interface FlatNumbers {
  readonly small: Int32Array;
  readonly large: Float64Array;
}

/**
 * Reads little-endian bytes that may come from anyone. Whatever is wrong with them is a `PLM_ENCODING` that says at which byte.
 * (State leaves are our own bytes and have a reader of their own, `../state/bytes.ts`.)
 */
export class ForeignBytes {
  #buffer: ArrayBufferLike;
  /** Of the whole buffer: making one is dear, and the records of a journal lie in one buffer. */
  #view: DataView;
  #begin: number;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#buffer = bytes.buffer;
    this.#view = new DataView(bytes.buffer);
    this.#begin = bytes.byteOffset;
    this.#at = this.#begin;
    this.#end = this.#begin + bytes.length;
  }

  /** Goes on with other bytes, from their beginning. */
  begin(bytes: Uint8Array): void {
    const { buffer } = bytes;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#view = new DataView(buffer);
    }
    this.#begin = bytes.byteOffset;
    this.#at = this.#begin;
    this.#end = this.#begin + bytes.length;
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
      field: `${field} before byte ${this.#at - this.#begin}`,
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
    return new Uint8Array(this.#buffer, at, count);
  }

  /** Where `count` bytes begin, which are passed over. */
  skip(count: number): number {
    return this.#take(count);
  }

  /** The byte at a place that {@link skip} passed over. */
  byteAt(place: number): number {
    return this.#view.getUint8(place);
  }

  /** The 32-bit integer at a place that {@link skip} passed over. */
  wordAt(place: number): number {
    return this.#view.getInt32(place, true);
  }

  /** Reads numbers by their layout. Nothing is read, and false returned, if one is out of its bounds or they don't all stand there. */
  numbers({ byteLength, forms, min, max }: FlatLayout, { small, large }: FlatNumbers): boolean {
    let at = this.#at;
    if (byteLength > this.#end - at) return false;
    const view = this.#view;
    for (let i = 0; i < forms.length; i++) {
      let value;
      switch (forms[i]!) {
        case numberForms.u8:
          value = view.getUint8(at);
          at += 1;
          break;
        case numberForms.u16:
          value = view.getUint16(at, true);
          at += 2;
          break;
        case numberForms.u32:
          value = view.getUint32(at, true);
          at += 4;
          break;
        case numberForms.i32:
          value = view.getInt32(at, true);
          at += 4;
          break;
        case numberForms.u48:
          value = view.getUint16(at + 4, true) * largestUnsigned32 + view.getUint32(at, true);
          at += 6;
          break;
        default:
          value = view.getInt32(at + 4, true) * largestUnsigned32 + view.getUint32(at, true);
          at += 8;
      }
      if (!(value >= min[i]! && value <= max[i]!)) return false;
      if (forms[i]! <= numberForms.i32) small[i] = value;
      else large[i] = value;
    }
    this.#at = at;
    return true;
  }

  text(byteLength: number, field: string): string {
    const at = this.#take(byteLength);
    try {
      return utf8.decode(new Uint8Array(this.#buffer, at, byteLength));
    } catch {
      return this.fail(field, `${byteLength} bytes`, "well-formed UTF-8");
    }
  }

  /** Throws `PLM_ENCODING` unless all bytes were read: every value has exactly one encoding. */
  finish(): void {
    if (this.#at !== this.#end) this.fail("bytes", `${this.#end - this.#at} left over`, "none left over");
  }
}
