/** Interest of one asset's pool, in 1e-9 units; indices of 18 decimals. docs/ledger.md and the rules of lending, with plain bigints. */
interface TwinPool {
  supplied: bigint;
  borrowed: bigint;
  supplyIndex: bigint;
  borrowIndex: bigint;
  /** Per year, fixed at the last step. */
  rate: bigint;
  /** Balances moved by so much since the last step, in units. */
  movedSupply: bigint;
  movedBorrow: bigint;
}

export interface TwinLendingTerms {
  readonly rateAtZeroPpm: number;
  readonly rateAtOptimumPpm: number;
  readonly rateAtFullPpm: number;
  readonly optimalUsePpm: number;
  readonly reserveSharePpm: number;
}

const wad = 10n ** 18n;
const nano = 10n ** 9n;
const million = 10n ** 6n;
const yearMs = 31_536_000_000n;
const stepMs = 60_000;

export const floorDiv = (a: bigint, b: bigint): bigint => {
  const q = a / b;
  return a % b < 0n ? q - 1n : q;
};
export const ceilDiv = (a: bigint, b: bigint): bigint => -floorDiv(-a, b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Borrowed share of what was lent, at most 1. */
function useOf({ supplied, borrowed }: TwinPool): bigint {
  if (supplied <= 0n || borrowed <= 0n) return 0n;
  return borrowed >= supplied ? wad : (borrowed * wad) / supplied;
}

/** Borrowing rate of a year at a use: through three points. */
function rateAt(pool: TwinPool, terms: TwinLendingTerms): bigint {
  const use = useOf(pool);
  const ppm = wad / million;
  const optimum = BigInt(terms.optimalUsePpm) * ppm;
  const [zero, middle, full] = [terms.rateAtZeroPpm, terms.rateAtOptimumPpm, terms.rateAtFullPpm].map(
    BigInt,
  ) as [bigint, bigint, bigint];
  const start = (optimum === 0n ? middle : zero) * ppm;
  const lower = optimum === 0n ? 0n : ((middle - zero) * wad) / BigInt(terms.optimalUsePpm);
  const upper = optimum === wad ? 0n : ((full - middle) * wad) / (million - BigInt(terms.optimalUsePpm));
  if (use <= optimum) return start + (use * lower) / wad;
  return start + (optimum * lower) / wad + ((use - optimum) * upper) / wad;
}

/** Balances in a map, every movement a subtraction and an addition. */
export class TwinLedger {
  readonly #balances = new Map<string, bigint>();
  readonly #held = new Map<string, bigint>();
  /** Index at which a balance was last settled. */
  readonly #indices = new Map<string, bigint>();
  readonly pools: (TwinPool | undefined)[] = [];
  readonly terms: (TwinLendingTerms | undefined)[] = [];
  readonly isHouse: (account: number) => boolean;
  readonly paid: (account: number, asset: number, units: bigint) => void;
  rateSet: (asset: number) => void = () => {};
  #lastStep = 0;

  constructor(
    isHouse: (account: number) => boolean,
    paid: (account: number, asset: number, units: bigint) => void,
  ) {
    this.isHouse = isHouse;
    this.paid = paid;
  }

  addAsset(terms: TwinLendingTerms | undefined): void {
    const pool: TwinPool = {
      supplied: 0n,
      borrowed: 0n,
      supplyIndex: wad,
      borrowIndex: wad,
      rate: 0n,
      movedSupply: 0n,
      movedBorrow: 0n,
    };
    if (terms) pool.rate = rateAt(pool, terms);
    this.pools.push(terms && pool);
    this.terms.push(terms);
  }

  booked(account: number, asset: number): bigint {
    return this.#balances.get(`${account}/${asset}`) ?? 0n;
  }

  /** Interest due on a balance: what its index has grown, rounded down. */
  due(account: number, asset: number): bigint {
    const pool = this.pools[asset];
    const balance = this.booked(account, asset);
    if (!pool || balance === 0n || this.isHouse(account)) return 0n;
    const then = this.#indices.get(`${account}/${asset}`)!;
    const now = balance < 0n ? pool.borrowIndex : pool.supplyIndex;
    return floorDiv(balance * (now - then), then);
  }

  balance(account: number, asset: number): bigint {
    return this.booked(account, asset) + this.due(account, asset);
  }

  held(account: number, asset: number): bigint {
    return this.#held.get(`${account}/${asset}`) ?? 0n;
  }

  hold(account: number, asset: number, units: bigint): void {
    this.#held.set(`${account}/${asset}`, this.held(account, asset) + units);
  }

  available(account: number, asset: number): bigint {
    return this.balance(account, asset) - this.held(account, asset);
  }

  #settle(account: number, asset: number): void {
    const due = this.due(account, asset);
    const pool = this.pools[asset];
    if (!pool || this.isHouse(account)) return;
    const key = `${account}/${asset}`;
    this.#indices.set(key, this.booked(account, asset) < 0n ? pool.borrowIndex : pool.supplyIndex);
    if (due === 0n) return;
    this.#balances.set(key, this.booked(account, asset) + due);
    this.#balances.set(`2/${asset}`, this.booked(2, asset) - due);
    this.paid(account, asset, due);
  }

  transfer(from: number, to: number, asset: number, units: bigint): void {
    this.#settle(from, asset);
    this.#settle(to, asset);
    for (const [account, change] of [
      [from, -units],
      [to, units],
    ] as const) {
      const key = `${account}/${asset}`;
      const before = this.booked(account, asset);
      const after = before + change;
      this.#balances.set(key, after);
      const pool = this.pools[asset];
      if (!pool || this.isHouse(account)) continue;
      pool.movedSupply += max(after, 0n) - max(before, 0n);
      pool.movedBorrow += max(-after, 0n) - max(-before, 0n);
      this.#indices.set(key, after < 0n ? pool.borrowIndex : pool.supplyIndex);
    }
  }

  advance(nowMs: number): void {
    const step = nowMs - (nowMs % stepMs);
    if (step <= this.#lastStep) return;
    const elapsed = this.#lastStep === 0 ? 0n : BigInt(step - this.#lastStep);
    this.#lastStep = step;
    for (const [asset, pool] of this.pools.entries()) {
      const terms = this.terms[asset];
      if (!pool || !terms) continue;
      pool.supplied += pool.movedSupply * nano;
      // Debts are rounded up where their total is rounded down: the last to repay may pay more than the total.
      pool.borrowed += pool.movedBorrow * nano;
      if (pool.borrowed < 0n) pool.borrowed = 0n;
      pool.movedSupply = 0n;
      pool.movedBorrow = 0n;
      if (elapsed > 0n && pool.borrowed > 0n) this.#accrue(pool, terms, elapsed);
      const rate = rateAt(pool, terms);
      if (rate === pool.rate) continue;
      pool.rate = rate;
      this.rateSet(asset);
    }
  }

  /** e^(rate × time) − 1 by three terms, each rounded up. Borrowers' index rounds up, lenders' down. */
  #accrue(pool: TwinPool, terms: TwinLendingTerms, elapsed: bigint): void {
    const x = ceilDiv(pool.rate * elapsed, yearMs);
    const second = ceilDiv(x * x, 2n * wad);
    const growth = x + second + ceilDiv(second * x, 3n * wad);
    const borrowIndex = ceilDiv(pool.borrowIndex * (wad + growth), wad);
    const charged = (pool.borrowed * (borrowIndex - pool.borrowIndex)) / pool.borrowIndex;
    const lent = min(pool.supplied, pool.borrowed);
    const kept = million - BigInt(terms.reserveSharePpm);
    const credit = (charged * lent * kept) / (pool.borrowed * million);
    pool.borrowed += charged;
    pool.borrowIndex = borrowIndex;
    if (pool.supplied === 0n) return;
    const supplyIndex = (pool.supplyIndex * (pool.supplied + credit)) / pool.supplied;
    pool.supplied = ceilDiv(pool.supplied * supplyIndex, pool.supplyIndex);
    pool.supplyIndex = supplyIndex;
  }

  rates(asset: number): { readonly borrowRate: bigint; readonly supplyRate: bigint } {
    const pool = this.pools[asset]!;
    const kept = million - BigInt(this.terms[asset]!.reserveSharePpm);
    return { borrowRate: pool.rate, supplyRate: (pool.rate * useOf(pool) * kept) / (wad * million) };
  }

  /** All balances that were ever touched. */
  *all(): Generator<readonly [account: number, asset: number]> {
    for (const key of this.#balances.keys()) yield key.split("/").map(Number) as [number, number];
  }
}
