import { invariant } from "../../quantity/error.ts";
import {
  accrue,
  balanceChanged,
  emptyPool,
  interestFloor,
  type LendingPool,
  type LendingTerms,
  poolRates,
} from "../lending/index.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { grown } from "../state/columns.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";

/** Interest is charged at whole multiples of this. */
export const accrualStepMs = 60_000;

/** Told of a pool whose rates changed. Per year, 18 decimals. */
export type RateSink = (asset: number, borrowRate: bigint, supplyRate: bigint) => void;

interface AssetInterest {
  pool: LendingPool;
  terms: LendingTerms;
  /** What is charged from the last step to the next, so that it is known beforehand. */
  borrowRate: bigint;
}

/**
 * What is lent and owed of each borrowable asset, and the indices by which balances take their interest. Between two steps of the
 * grid nothing accrues; at a step the rate applies that was in force since the one before. Leaf = asset.
 */
export class Interest implements StateSection {
  readonly name = "interest";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly #assets: (AssetInterest | undefined)[] = [];
  /** Counts the changes of each asset's indices: a balance settled at the present count has nothing due. 0: not borrowable. Derived. */
  epochs: Uint32Array = new Uint32Array(16);
  /** What balances changed by since the last step, not in the pools yet: they take it at steps only, whoever looks meanwhile. */
  #supplied: Float64Array = new Float64Array(16);
  #borrowed: Float64Array = new Float64Array(16);
  #lastStepMs = 0;

  get leafCount(): number {
    return this.#assets.length;
  }

  /** Call for every asset, in order; `terms` undefined: it cannot be borrowed and earns nothing. */
  addAsset(terms: LendingTerms | undefined): number {
    const asset = this.#assets.length;
    this.#assets.push(
      terms && { pool: emptyPool, terms, borrowRate: poolRates(emptyPool, terms).borrowRate },
    );
    this.#reserve(asset + 1);
    this.epochs[asset] = terms ? 1 : 0;
    this.dirty.mark(asset);
    return asset;
  }

  isBorrowable(asset: number): boolean {
    return this.epochs[asset] !== 0;
  }

  #demand(asset: number): AssetInterest {
    const entry = this.#assets[asset];
    invariant(entry !== undefined, "only borrowable assets bear interest");
    return entry;
  }

  /** The pool as it stands, all balances counted. */
  pool(asset: number): LendingPool {
    const { pool } = this.#demand(asset);
    const supplied = this.#supplied[asset]!;
    const borrowed = this.#borrowed[asset]!;
    if (supplied === 0 && borrowed === 0) return pool;
    // One lender and one borrower stand for all that changed.
    const lent = balanceChanged(pool, Math.max(0, -supplied), Math.max(0, supplied));
    return balanceChanged(lent, Math.min(0, borrowed), Math.min(0, -borrowed));
  }

  /** Rates in force until the next step, per year, 18 decimals. */
  borrowRate(asset: number): bigint {
    return this.#demand(asset).borrowRate;
  }

  terms(asset: number): LendingTerms {
    return this.#demand(asset).terms;
  }

  /** The new rates apply from the next step on. */
  setTerms(asset: number, terms: LendingTerms): void {
    this.#demand(asset).terms = terms;
    this.dirty.mark(asset);
  }

  /** A balance, settled, moved. For the ledger. */
  moved(asset: number, before: number, after: number): void {
    this.#supplied[asset]! += Math.max(0, after) - Math.max(0, before);
    this.#borrowed[asset]! += Math.max(0, -after) - Math.max(0, -before);
    this.dirty.mark(asset);
  }

  /** The index that a balance of this sign goes by. */
  indexFor(asset: number, balanceUnits: number): bigint {
    const { pool } = this.#demand(asset);
    return balanceUnits < 0 ? pool.borrowIndex : pool.supplyIndex;
  }

  /** Interest due on a balance since `index`; negative is charged. */
  dueFloor(asset: number, balanceUnits: number, index: bigint): number {
    const { pool } = this.#demand(asset);
    return interestFloor(balanceUnits, { supplyIndex: index, borrowIndex: index }, pool);
  }

  /** Charges all steps of the grid up to `nowMs`. Call before anything else happens at that time. */
  advance(nowMs: number, sink: RateSink): void {
    const stepMs = nowMs - (nowMs % accrualStepMs);
    if (stepMs <= this.#lastStepMs) return;
    const elapsedMs = this.#lastStepMs === 0 ? 0 : stepMs - this.#lastStepMs;
    this.#lastStepMs = stepMs;
    for (let asset = 0; asset < this.#assets.length; asset++) {
      const entry = this.#assets[asset];
      this.dirty.mark(asset);
      if (!entry) continue;
      const before = this.pool(asset);
      const after = accrue(before, elapsedMs, entry.terms, entry.borrowRate);
      entry.pool = after;
      this.#supplied[asset] = 0;
      this.#borrowed[asset] = 0;
      if (after !== before) this.epochs[asset]!++;
      const { borrowRate, supplyRate } = poolRates(after, entry.terms);
      if (borrowRate === entry.borrowRate) continue;
      entry.borrowRate = borrowRate;
      sink(asset, borrowRate, supplyRate);
    }
  }

  #reserve(count: number): void {
    if (count <= this.epochs.length) return;
    const capacity = Math.max(count, this.epochs.length * 2);
    this.epochs = grown(this.epochs, capacity);
    this.#supplied = grown(this.#supplied, capacity);
    this.#borrowed = grown(this.#borrowed, capacity);
  }

  encodeLeaf(asset: number, out: ByteWriter): void {
    const entry = this.#assets[asset];
    out.integer(this.#lastStepMs);
    out.u8(entry ? 1 : 0);
    if (!entry) return;
    const { pool, terms, borrowRate } = entry;
    out.integer(terms.rateAtZeroPpm);
    out.integer(terms.rateAtOptimumPpm);
    out.integer(terms.rateAtFullPpm);
    out.integer(terms.optimalUsePpm);
    out.integer(terms.reserveSharePpm);
    out.bigint(borrowRate);
    out.integer(pool.suppliedUnits);
    out.integer(pool.suppliedNanos);
    out.integer(pool.borrowedUnits);
    out.integer(pool.borrowedNanos);
    out.bigint(pool.supplyIndex);
    out.bigint(pool.borrowIndex);
    out.bigint(pool.houseNanos);
    out.integer(this.#supplied[asset]!);
    out.integer(this.#borrowed[asset]!);
  }

  decodeLeaf(asset: number, from: ByteReader): void {
    invariant(asset === this.#assets.length, "assets are restored in order");
    this.#lastStepMs = from.integer();
    if (from.u8() === 0) {
      this.addAsset(undefined);
      return;
    }
    this.addAsset({
      rateAtZeroPpm: from.integer(),
      rateAtOptimumPpm: from.integer(),
      rateAtFullPpm: from.integer(),
      optimalUsePpm: from.integer(),
      reserveSharePpm: from.integer(),
    });
    const entry = this.#demand(asset);
    entry.borrowRate = from.bigint();
    entry.pool = {
      suppliedUnits: from.integer(),
      suppliedNanos: from.integer(),
      borrowedUnits: from.integer(),
      borrowedNanos: from.integer(),
      supplyIndex: from.bigint(),
      borrowIndex: from.bigint(),
      houseNanos: from.bigint(),
    };
    this.#supplied[asset] = from.integer();
    this.#borrowed[asset] = from.integer();
  }

  finishRestore(leafCount: number): void {
    invariant(leafCount === this.#assets.length, "every asset has a leaf");
    this.dirty.take();
  }
}
