import { invariant } from "../../quantity/error.ts";

const largestUnsigned32 = 0x1_0000_0000;
const utf8Encoder = new TextEncoder();
/** Takes a leading U+FEFF for what it is, a character: otherwise a text would not come back as it was. */
const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A growing buffer of little-endian bytes: what leaves of the state, snapshots and the journal are written with. Integers that may pass
 * 32 bits are safe integers, written as 64-bit two's complement in two halves, so that no bigint is made on the way.
 */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #length = 0;

  constructor(capacity: number = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes written so far: a view that the next write or {@link clear} may change. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A copy of the bytes written so far. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /**
   * Ends a message for SHA-256 (FIPS 180-4 §5.1.1): a one bit, zeros up to a whole block, the length. `messageLength` counts in bytes
   * what was hashed before these bytes too, whole blocks of it.
   */
  endSha256(messageLength: number): void {
    const zeros = (119 - (this.#length & 63)) & 63;
    const at = this.#reserve(1 + zeros + 8);
    this.#bytes[at] = 0x80;
    this.#bytes.fill(0, at + 1, at + 1 + zeros);
    this.#view.setUint32(at + 1 + zeros, Math.floor(messageLength / 0x2000_0000));
    this.#view.setUint32(at + 1 + zeros + 4, (messageLength * 8) >>> 0);
  }

  /** Writes what was written, a multiple of 4 bytes, to `out` as big-endian words of 32 bits. */
  bigEndianWords(out: Uint32Array): void {
    const view = this.#view;
    for (let at = 0; at < this.#length; at += 4) out[at >>> 2] = view.getUint32(at);
  }

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return at;
  }

  /** An unsigned integer below 2^8. */
  u8(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  /** An unsigned integer below 2^16. */
  u16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
  }

  /** An unsigned integer below 2^32. */
  u32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }

  /** An unsigned integer below 2^48, in six bytes: times and sequences. */
  u48(value: number): void {
    const at = this.#reserve(6);
    const high = Math.floor(value / largestUnsigned32);
    this.#view.setUint32(at, value - high * largestUnsigned32, true);
    this.#view.setUint16(at + 4, high, true);
  }

  /** A signed integer of 32 bits. */
  i32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setInt32(at, value, true);
  }

  /** A safe integer of either sign. */
  integer(value: number): void {
    invariant(Number.isSafeInteger(value), "only safe integers are written");
    const at = this.#reserve(8);
    const high = Math.floor(value / largestUnsigned32);
    this.#view.setUint32(at, value - high * largestUnsigned32, true);
    this.#view.setInt32(at + 4, high, true);
  }

  /** A float64, bit for bit; −0 becomes 0. NaN is a broken invariant. */
  float(value: number): void {
    invariant(!Number.isNaN(value), "NaN is never written");
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value + 0, true);
  }

  /** A signed integer of up to 1,000 bytes. */
  bigint(value: bigint): void {
    const negative = value < 0n;
    let rest = negative ? -value : value;
    const bytes: number[] = [];
    while (rest > 0n) {
      bytes.push(Number(rest & 0xffn));
      rest >>= 8n;
    }
    this.u8(negative ? 1 : 0);
    this.u16(bytes.length);
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Bytes as they are, without their length. */
  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** A 32-bit length and the bytes. */
  blob(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.raw(bytes);
  }

  /** A 32-bit length and the text in UTF-8. Lone surrogates are a broken invariant: they would not come back. */
  text(text: string): void {
    invariant(text.isWellFormed(), "only well-formed text is written");
    this.blob(utf8Encoder.encode(text));
  }
}

/** Reads what a {@link ByteWriter} wrote. Reading past the end is a broken invariant: whoever reads foreign bytes checks them first. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  #take(count: number): number {
    const at = this.#at;
    invariant(at + count <= this.#bytes.length, "bytes end before what they hold");
    this.#at = at + count;
    return at;
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

  u48(): number {
    const at = this.#take(6);
    return this.#view.getUint16(at + 4, true) * largestUnsigned32 + this.#view.getUint32(at, true);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  integer(): number {
    const at = this.#take(8);
    const value = this.#view.getInt32(at + 4, true) * largestUnsigned32 + this.#view.getUint32(at, true);
    invariant(Number.isSafeInteger(value), "only safe integers are read");
    return value;
  }

  float(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  bigint(): bigint {
    const negative = this.u8() === 1;
    const count = this.u16();
    const at = this.#take(count);
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[at + i] ?? 0);
    return negative ? -value : value;
  }

  raw(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  blob(): Uint8Array {
    return this.raw(this.u32());
  }

  text(): string {
    return utf8Decoder.decode(this.blob());
  }
}
