import { type VammSpec } from "../protocol/index.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { type VammState, type VammTerms } from "../vamm/index.ts";

/** The virtual AMM of one perpetual, with the accounts that its collateral, position and budget are in. */
export interface PoolState {
  readonly instrument: number;
  readonly spec: VammSpec;
  /** Bounds of its price, and what else its curve goes by. */
  readonly terms: VammTerms;
  readonly curve: VammState;
  /** Holds collateral and position; owes the shares. */
  readonly account: number;
  readonly budgetAccount: number;
  readonly shareAsset: number;
}

/** All pools: a section whose leaf is an instrument, empty for those without a pool. */
export class PoolStates implements StateSection {
  readonly name = "pools";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly #pools: (PoolState | undefined)[] = [];

  find(instrument: number): PoolState | undefined {
    return this.#pools[instrument];
  }

  put(pool: PoolState): void {
    while (this.#pools.length <= pool.instrument) this.#pools.push(undefined);
    this.#pools[pool.instrument] = pool;
    this.dirty.mark(pool.instrument);
  }

  get leafCount(): number {
    return this.#pools.length;
  }

  encodeLeaf(index: number, out: ByteWriter): void {
    const pool = this.#pools[index];
    if (!pool) return;
    const { spec, terms, curve } = pool;
    out.integer(spec.depthLotsPerPercent);
    out.integer(spec.maxDeviationPpm);
    out.integer(spec.feePpm);
    out.integer(spec.minPricePpm);
    out.integer(spec.maxPricePpm);
    out.integer(spec.initialShareUnits);
    out.integer(terms.lotNanos);
    out.integer(terms.minPriceMicros);
    out.integer(terms.maxPriceMicros);
    out.bigint(curve.baseNanos);
    out.bigint(curve.quoteNanos);
    out.integer(curve.positionLots);
    out.u32(pool.account);
    out.u32(pool.budgetAccount);
    out.u16(pool.shareAsset);
  }

  decodeLeaf(index: number, from: ByteReader): void {
    const spec = {
      depthLotsPerPercent: from.integer(),
      maxDeviationPpm: from.integer(),
      feePpm: from.integer(),
      minPricePpm: from.integer(),
      maxPricePpm: from.integer(),
      initialShareUnits: from.integer(),
    };
    const terms = {
      lotNanos: from.integer(),
      minPriceMicros: from.integer(),
      maxPriceMicros: from.integer(),
      maxDeviationPpm: spec.maxDeviationPpm,
      worsenLimitPpm: spec.maxDeviationPpm,
      feePpm: spec.feePpm,
    };
    const curve = {
      baseNanos: from.bigint(),
      quoteNanos: from.bigint(),
      positionLots: from.integer(),
    };
    const account = from.u32();
    const budgetAccount = from.u32();
    this.put({ instrument: index, spec, terms, curve, account, budgetAccount, shareAsset: from.u16() });
  }

  finishRestore(leafCount: number): void {
    while (this.#pools.length < leafCount) this.#pools.push(undefined);
  }
}
