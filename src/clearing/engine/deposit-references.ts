import { ExpiryQueue } from "../book/expiry-queue.ts";
import { FreeSlots } from "../book/free-slots.ts";
import { type Rejection } from "../protocol/index.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import {
  depositWindowMs,
  maxDepositLeadMs,
  maxDepositReferences,
  maxUndatedReferences,
  referencesPerLeaf,
} from "./limits.ts";
import { refuse } from "./transfers.ts";

/** Old references dropped with each new one, at most. */
const droppedPerDeposit = 4;

/** The time that a dated reference begins with: 13 digits of milliseconds and a colon. 0: it has none. */
export function timeOfReference(reference: string): number {
  return /^\d{13}:/.test(reference) ? Number(reference.slice(0, 13)) : 0;
}

/**
 * References of deposits that were credited, so that none is twice. A dated one, `1790000000000:0xabc…`, is remembered for
 * {@link depositWindowMs} from its own time on and refused from then on, whether it was seen before or not; so it can be dropped. One without
 * a time is remembered for good, and there is room for {@link maxUndatedReferences} of those. Leaf = {@link referencesPerLeaf} slots.
 */
export class DepositReferences implements StateSection {
  readonly name = "deposit-references";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  /** By slot; undefined where none is. */
  readonly #slots: (string | undefined)[] = [];
  readonly #free: FreeSlots = new FreeSlots();
  readonly #known: Set<string> = new Set();
  /** Slots of dated ones, oldest first. */
  readonly #dated: ExpiryQueue = new ExpiryQueue();
  #undatedCount = 0;

  get size(): number {
    return this.#known.size;
  }

  /** May a deposit be credited under this reference now? */
  check(reference: string, nowMs: number): Rejection | undefined {
    const timeMs = timeOfReference(reference);
    const oldestMs = nowMs - depositWindowMs;
    if (timeMs !== 0 && timeMs < oldestMs) {
      return refuse("malformed", "reference", reference, `a time of ${oldestMs} or later`);
    }
    if (this.#known.has(reference)) return refuse("alreadyDone", "reference", reference, "a new reference");
    if (timeMs === 0) {
      const full = this.#undatedCount >= maxUndatedReferences;
      return full ? refuse("overCapacity", "reference", this.#undatedCount, "one that is dated") : undefined;
    }
    const latestMs = nowMs + maxDepositLeadMs;
    if (timeMs > latestMs)
      return refuse("malformed", "reference", reference, `a time of ${latestMs} at most`);
    const datedCount = this.size - this.#undatedCount;
    if (datedCount < maxDepositReferences || this.#isOldestPast(nowMs)) return undefined;
    return refuse("overCapacity", "reference", datedCount, maxDepositReferences);
  }

  /** Remembers a reference that {@link check} let pass at the same time. */
  add(reference: string, nowMs: number): void {
    for (let i = 0; i < droppedPerDeposit && this.#isOldestPast(nowMs); i++) this.#drop(this.#dated.first());
    const slot = this.#free.take();
    this.#slots[slot] = reference;
    this.#index(slot);
    this.dirty.mark(Math.floor(slot / referencesPerLeaf));
  }

  #isOldestPast(nowMs: number): boolean {
    const slot = this.#dated.first();
    return slot >= 0 && timeOfReference(this.#slots[slot]!) < nowMs - depositWindowMs;
  }

  #drop(slot: number): void {
    this.#dated.remove(slot);
    this.#known.delete(this.#slots[slot]!);
    this.#slots[slot] = undefined;
    this.#free.give(slot);
    this.dirty.mark(Math.floor(slot / referencesPerLeaf));
  }

  #index(slot: number): void {
    const reference = this.#slots[slot]!;
    const timeMs = timeOfReference(reference);
    this.#known.add(reference);
    if (timeMs === 0) this.#undatedCount++;
    else this.#dated.insert(slot, timeMs, slot);
  }

  get leafCount(): number {
    return Math.ceil(this.#free.count / referencesPerLeaf);
  }

  encodeLeaf(index: number, out: ByteWriter): void {
    const start = index * referencesPerLeaf;
    const end = Math.min(this.#free.count, start + referencesPerLeaf);
    for (let slot = start; slot < end; slot++) {
      const reference = this.#slots[slot];
      out.u8(reference === undefined ? 0 : 1);
      if (reference !== undefined) out.text(reference);
    }
  }

  decodeLeaf(index: number, from: ByteReader): void {
    for (let slot = index * referencesPerLeaf; from.remaining > 0; slot++) {
      while (this.#slots.length <= slot) this.#slots.push(undefined);
      this.#slots[slot] = from.u8() === 1 ? from.text() : undefined;
    }
  }

  finishRestore(): void {
    this.#free.count = this.#slots.length;
    for (let slot = 0; slot < this.#slots.length; slot++) {
      if (this.#slots[slot] === undefined) this.#free.give(slot);
      else this.#index(slot);
    }
  }
}
