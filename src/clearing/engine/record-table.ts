import { invariant } from "../../quantity/error.ts";
import { FreeSlots } from "../book/free-slots.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";

/** How records of one kind are written and read. */
export interface RecordCodec<T> {
  encode(record: T, out: ByteWriter): void;
  decode(from: ByteReader): T;
}

/**
 * A bounded table of records that come and go, such as pending withdrawals: a section of the state with one leaf per slot. Records are
 * immutable: a change replaces one. Leaves are reused, lowest first, so a restored table goes on as the first would.
 */
export class RecordTable<T extends { readonly id: number }> implements StateSection {
  readonly name: string;
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly capacity: number;
  /** For users whose records expire: nothing does before this time. Derived, and back at 0 whenever a record changes. */
  dueMs = 0;
  readonly #codec: RecordCodec<T>;
  readonly #records: (T | undefined)[] = [];
  readonly #slots: FreeSlots = new FreeSlots();
  readonly #slotOf: Map<number, number> = new Map();

  constructor(name: string, capacity: number, codec: RecordCodec<T>) {
    this.name = name;
    this.capacity = capacity;
    this.#codec = codec;
  }

  get size(): number {
    return this.#slotOf.size;
  }

  get isFull(): boolean {
    return this.#slotOf.size >= this.capacity;
  }

  find(id: number): T | undefined {
    const slot = this.#slotOf.get(id);
    return slot === undefined ? undefined : this.#records[slot];
  }

  /** Adds a record whose id is new, or replaces the one with its id. Ask {@link isFull} first. */
  put(record: T): void {
    let slot = this.#slotOf.get(record.id);
    if (slot === undefined) {
      invariant(!this.isFull, `${this.name} are bounded`);
      slot = this.#slots.take();
      while (this.#records.length <= slot) this.#records.push(undefined);
      this.#slotOf.set(record.id, slot);
    }
    this.#records[slot] = record;
    this.dueMs = 0;
    this.dirty.mark(slot);
  }

  remove(id: number): void {
    const slot = this.#slotOf.get(id);
    invariant(slot !== undefined, `${this.name} are removed once`);
    this.#slotOf.delete(id);
    this.#records[slot] = undefined;
    this.#slots.give(slot);
    this.dirty.mark(slot);
  }

  /** All records, in the order of their slots. A copy: they may be removed meanwhile. */
  all(): T[] {
    return this.#records.filter((record) => record !== undefined);
  }

  get leafCount(): number {
    return this.#slots.count;
  }

  encodeLeaf(slot: number, out: ByteWriter): void {
    const record = this.#records[slot];
    if (record) this.#codec.encode(record, out);
  }

  decodeLeaf(slot: number, from: ByteReader): void {
    while (this.#records.length <= slot) this.#records.push(undefined);
    const record = this.#codec.decode(from);
    this.#records[slot] = record;
    this.#slotOf.set(record.id, slot);
  }

  finishRestore(leafCount: number): void {
    this.#slots.count = leafCount;
    while (this.#records.length < leafCount) this.#records.push(undefined);
    for (let slot = 0; slot < leafCount; slot++) if (!this.#records[slot]) this.#slots.give(slot);
  }
}
