import { invariant } from "../../quantity/error.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";

/** A future or option that has expired and is not settled to its end yet. */
export interface Closing {
  readonly instrument: number;
  /** Those of lower rank are settled first. */
  readonly rank: number;
  /** The average of the index. */
  readonly settlementMicros: number;
  /** What all its positions close at: fixed once, whenever their turn comes. */
  readonly closeMicros: number;
  /** Positions settled so far. */
  settledCount: number;
  /** No account below this one has a position any more. */
  nextAccount: number;
}

/** Settlements under way, in the order in which the instruments expired. Leaf = instrument, empty unless it is one of them. */
export class Closings implements StateSection {
  readonly name = "closings";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  leafCount: number = 0;
  readonly #byInstrument: Map<number, Closing> = new Map();
  #lastRank = 0;

  get size(): number {
    return this.#byInstrument.size;
  }

  has(instrument: number): boolean {
    return this.#byInstrument.has(instrument);
  }

  /** In order of rank. One may be ended while it is looked at. */
  all(): Iterable<Closing> {
    return this.#byInstrument.values();
  }

  begin(instrument: number, settlementMicros: number, closeMicros: number): void {
    invariant(!this.#byInstrument.has(instrument), "an instrument expires once");
    const rank = this.size === 0 ? 1 : this.#lastRank + 1;
    this.#lastRank = rank;
    const rest = { settledCount: 0, nextAccount: 0 };
    this.#byInstrument.set(instrument, { instrument, rank, settlementMicros, closeMicros, ...rest });
    this.leafCount = Math.max(this.leafCount, instrument + 1);
    this.dirty.mark(instrument);
  }

  /** Positions below `nextAccount` are settled. */
  advance(closing: Closing, settledCount: number, nextAccount: number): void {
    closing.settledCount = settledCount;
    closing.nextAccount = nextAccount;
    this.dirty.mark(closing.instrument);
  }

  end({ instrument }: Closing): void {
    this.#byInstrument.delete(instrument);
    this.dirty.mark(instrument);
  }

  encodeLeaf(instrument: number, out: ByteWriter): void {
    const closing = this.#byInstrument.get(instrument);
    if (!closing) return;
    out.integer(closing.rank);
    out.integer(closing.settlementMicros);
    out.integer(closing.closeMicros);
    out.integer(closing.settledCount);
    out.u32(closing.nextAccount);
  }

  decodeLeaf(instrument: number, from: ByteReader): void {
    this.#byInstrument.set(instrument, {
      instrument,
      rank: from.integer(),
      settlementMicros: from.integer(),
      closeMicros: from.integer(),
      settledCount: from.integer(),
      nextAccount: from.u32(),
    });
  }

  finishRestore(leafCount: number): void {
    this.leafCount = leafCount;
    const sorted = [...this.#byInstrument.values()].sort((a, b) => a.rank - b.rank);
    this.#byInstrument.clear();
    for (const closing of sorted) this.#byInstrument.set(closing.instrument, closing);
    this.#lastRank = sorted.at(-1)?.rank ?? 0;
  }
}
