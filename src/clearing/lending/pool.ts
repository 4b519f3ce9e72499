import { invariant } from "../../quantity/error.ts";
import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";
import { safeInteger } from "../../quantity/safe-integer.ts";
import { compoundGrowthCeil } from "./growth.ts";
import { interestScale, kinkedModel, kinkedRate, type RatePoints, utilisation } from "./rate-model.ts";

/** What an asset's lending pool charges, and what of it the house keeps. */
export interface LendingTerms extends RatePoints {
  readonly reserveSharePpm: number;
}

/**
 * The lending pool of one asset: those who hold it lend, those who owe it borrow. Balances take their interest lazily, by the
 * growth of an index since they were last settled; the totals here count it at once. Plain and immutable.
 *
 * Always: `supplied` ≥ what all lenders are due, `borrowed` ≤ what all borrowers owe, to the billionth of a unit.
 */
export interface LendingPool {
  /** Units. */
  readonly suppliedUnits: number;
  /** Fraction of a unit, in 1e-9. */
  readonly suppliedNanos: number;
  readonly borrowedUnits: number;
  readonly borrowedNanos: number;
  /** Worth of a lent unit of the beginning, 18 decimals. Starts at 1 and never falls; rounded down. */
  readonly supplyIndex: bigint;
  /** What a borrowed unit of the beginning has become, 18 decimals. Starts at 1 and never falls; rounded up. */
  readonly borrowIndex: bigint;
  /** Interest charged and not credited so far, in 1e-9 units: the house's share and all dust. */
  readonly houseNanos: bigint;
}

/** The indices that a balance was last settled at. */
export type InterestIndices = Pick<LendingPool, "supplyIndex" | "borrowIndex">;

export const emptyPool: LendingPool = {
  suppliedUnits: 0,
  suppliedNanos: 0,
  borrowedUnits: 0,
  borrowedNanos: 0,
  supplyIndex: interestScale,
  borrowIndex: interestScale,
  houseNanos: 0n,
};

const billion = 1_000_000_000n;
const million = 1_000_000n;
/** Of 365 days. */
const msPerYear = 31_536_000_000n;

const suppliedOf = (pool: LendingPool): bigint =>
  BigInt(pool.suppliedUnits) * billion + BigInt(pool.suppliedNanos);
const borrowedOf = (pool: LendingPool): bigint =>
  BigInt(pool.borrowedUnits) * billion + BigInt(pool.borrowedNanos);

/** Yearly rates of a pool as it stands, 18 decimals: what borrowers pay, and what lenders get of it, each toward 0. */
export function poolRates(
  pool: LendingPool,
  terms: LendingTerms,
): { readonly utilisation: bigint; readonly borrowRate: bigint; readonly supplyRate: bigint } {
  const use = utilisation(suppliedOf(pool), borrowedOf(pool));
  const borrowRate = kinkedRate(use, kinkedModel(terms));
  const lenders = million - BigInt(terms.reserveSharePpm);
  return {
    utilisation: use,
    borrowRate,
    supplyRate: (borrowRate * use * lenders) / (interestScale * million),
  };
}

/**
 * Charges `elapsedMs` of interest, compounding continuously. The borrow index rounds up, the supply index down; what lies between
 * goes to `houseNanos`.
 *
 * @param borrowRate - per year, 18 decimals: that of the pool as it stands, or one fixed before the interval began.
 */
export function accrue(
  pool: LendingPool,
  elapsedMs: number,
  terms: LendingTerms,
  borrowRate: bigint = poolRates(pool, terms).borrowRate,
): LendingPool {
  const borrowed = borrowedOf(pool);
  if (elapsedMs === 0 || borrowed === 0n) return pool;
  const supplied = suppliedOf(pool);
  const growth = compoundGrowthCeil(mulDivCeil(borrowRate, BigInt(elapsedMs), msPerYear), interestScale);
  const borrowIndex = mulDivCeil(pool.borrowIndex, interestScale + growth, interestScale);
  const charged = mulDivFloor(borrowed, borrowIndex - pool.borrowIndex, pool.borrowIndex);
  // Lenders are paid for what they lent; a loan beyond that is the house's own, and so is its interest.
  const lent = supplied < borrowed ? supplied : borrowed;
  const share = lent * (million - BigInt(terms.reserveSharePpm));
  const credit = mulDivFloor(charged, share, borrowed * million);
  const supplyIndex =
    supplied === 0n ? pool.supplyIndex : mulDivFloor(pool.supplyIndex, supplied + credit, supplied);
  const due = mulDivCeil(supplied, supplyIndex, pool.supplyIndex);
  const owed = borrowed + charged;
  return {
    suppliedUnits: safeInteger(due / billion, "total supplied"),
    suppliedNanos: Number(due % billion),
    borrowedUnits: safeInteger(owed / billion, "total borrowed"),
    borrowedNanos: Number(owed % billion),
    supplyIndex,
    borrowIndex,
    houseNanos: pool.houseNanos + charged - (due - supplied),
  };
}

/**
 * Interest of one balance between two states of the indices: earned on a positive balance, charged on a negative one. Rounded
 * down, so a debtor is charged the ceiling. The pool's totals have it already: book it without {@link balanceChanged}.
 *
 * @param balanceUnits - as it stood at `from`; negative is a debt.
 * @returns units to add to the balance.
 */
export function interestFloor(balanceUnits: number, from: InterestIndices, to: InterestIndices): number {
  if (balanceUnits === 0) return 0;
  const [before, after] =
    balanceUnits > 0 ? [from.supplyIndex, to.supplyIndex] : [from.borrowIndex, to.borrowIndex];
  if (before === after) return 0;
  return safeInteger(mulDivFloor(BigInt(balanceUnits), after - before, before), "interest");
}

/** The pool after a balance, settled to its present indices, moved from `beforeUnits` to `afterUnits`. */
export function balanceChanged(pool: LendingPool, beforeUnits: number, afterUnits: number): LendingPool {
  const suppliedUnits = pool.suppliedUnits + Math.max(0, afterUnits) - Math.max(0, beforeUnits);
  const borrowedUnits = pool.borrowedUnits + Math.max(0, -afterUnits) - Math.max(0, -beforeUnits);
  invariant(suppliedUnits >= 0, "lenders are due no more than was supplied");
  // Debts were rounded up where the total was rounded down: the last to repay may pay a little more than the total holds.
  const repaid = borrowedUnits < 0;
  return {
    ...pool,
    suppliedUnits,
    borrowedUnits: repaid ? 0 : borrowedUnits,
    borrowedNanos: repaid ? 0 : pool.borrowedNanos,
  };
}

/** Whole units that the house has earned so far; its account holds them once balances have been settled. */
export const houseEarnedFloor = (pool: LendingPool): number =>
  safeInteger(pool.houseNanos / billion, "the house's interest");
