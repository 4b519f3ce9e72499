import { createHash, type Hash } from "node:crypto";
import { digestOf, headerBytes } from "./block.ts";
import { lengthBytes, putRecord } from "./records.ts";

const firstCapacity = 1 << 16;
/** Hashing goes along with appending in pieces of this size, while the disk is busy with the group before. */
const hashPiece = 1 << 16;

/** Records that will become durable together. */
export class PendingGroup {
  readonly firstSequence: number;
  /** Fulfilled when the group is durable. */
  readonly durable: Promise<void>;
  resolve!: () => void;
  reject!: (error: unknown) => void;
  recordCount = 0;
  /** Header and payload so far; the header is filled in when the block is sealed. */
  stream: Uint8Array;
  streamBytes: number = headerBytes;
  #hash: Hash | undefined;
  #hashedTo = headerBytes;

  constructor(firstSequence: number, stream: Uint8Array = new Uint8Array(firstCapacity)) {
    this.firstSequence = firstSequence;
    this.stream = stream;
    this.durable = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // An append may span groups and wait for the last one only; a failure reaches it there.
    this.durable.catch(() => undefined);
  }

  add(record: Uint8Array, mostBytes: number): void {
    const end = this.streamBytes + lengthBytes + record.length;
    if (end > this.stream.length) {
      const larger = new Uint8Array(Math.min(mostBytes, Math.max(end, this.stream.length * 2)));
      larger.set(this.stream.subarray(0, this.streamBytes));
      this.stream = larger;
    }
    this.streamBytes = putRecord(this.stream, this.streamBytes, record);
    this.recordCount += 1;
    if (end - this.#hashedTo >= hashPiece) {
      this.#hash ??= createHash("sha256");
      this.#hash.update(this.stream.subarray(this.#hashedTo, end));
      this.#hashedTo = end;
    }
  }

  /** SHA-256 of the payload. Nothing can be added afterwards. */
  digest(): Uint8Array {
    const rest = this.stream.subarray(this.#hashedTo, this.streamBytes);
    return this.#hash ? this.#hash.update(rest).digest() : digestOf(rest);
  }
}
