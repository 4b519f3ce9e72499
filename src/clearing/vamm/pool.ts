import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";
import { squareRootFloor } from "../../quantity/square-root.ts";
import { counterReserveCeil } from "./constant-product.ts";
import { maxPoolLots, type VammState, type VammTerms } from "./curve.ts";

const billion = 1_000_000_000n;
const million = 1_000_000n;

/** Base reserve per lot that a price move of 1 % takes, × 1e-9: 101 + 100·√1.01. */
const baseNanosPerPercentLot = 201_498_756_211n;

/**
 * Reserves at a price, so deep that a move of the price by 1 % upward takes `depthLotsPerPercent` lots.
 *
 * @returns `undefined` when the reserves would exceed {@link maxPoolLots} or hold no unit of quote.
 */
export function createVamm(
  depthLotsPerPercent: number,
  priceMicros: number,
  lotNanos: number,
): VammState | undefined {
  return reserves(BigInt(depthLotsPerPercent) * baseNanosPerPercentLot, priceMicros, lotNanos, 0);
}

function reserves(
  baseNanos: bigint,
  priceMicros: number,
  lotNanos: number,
  positionLots: number,
): VammState | undefined {
  const quoteNanos = mulDivCeil(baseNanos * BigInt(priceMicros), BigInt(lotNanos), billion);
  const tooDeep = baseNanos > BigInt(maxPoolLots) * billion || quoteNanos > largestQuoteNanos;
  return baseNanos <= 0n || quoteNanos < billion || tooDeep
    ? undefined
    : { baseNanos, quoteNanos, positionLots };
}

/** So that whatever the curve pays can be counted in safe integers. */
const largestQuoteNanos = BigInt(Number.MAX_SAFE_INTEGER) * billion;

/**
 * What the pool would have to pay if all traders closed along the curve; negative when they would pay. Rounded down, for the pool.
 * Undefined when the curve has no place for their closing, or it is worth more than can be counted.
 */
export function closingObligation({ baseNanos, quoteNanos, positionLots }: VammState): number | undefined {
  const base = baseNanos - BigInt(positionLots) * billion;
  if (base <= 0n) return undefined;
  const quote = counterReserveCeil(baseNanos * quoteNanos, base);
  const obligation = Number(mulDivFloor(quoteNanos - quote, 1n, billion));
  return Number.isSafeInteger(obligation) ? obligation : undefined;
}

export interface Reshape {
  readonly after: VammState;
  /** Exact change of {@link closingObligation}: > 0 is to be paid from the budget to the pool, < 0 the pool may pay to the budget. */
  readonly costUnits: number;
}

export type ReshapeRefusal =
  /** The new price lies outside the bounds. */
  | "priceBounds"
  /** The new reserves are too deep, or too shallow for the pool's position. */
  | "depth"
  /** The budget cannot pay. */
  | "budget";

/**
 * Re-pegs the curve to a price and scales its depth. It moves no money but changes what the pool would pay to close, and that must
 * be paid from a budget.
 *
 * @param depthPpm - new base reserve in parts per million of the present one; 1,000,000 leaves it.
 */
export function reshape(
  state: VammState,
  terms: VammTerms,
  priceMicros: number,
  depthPpm: number,
  budgetUnits: number,
): Reshape | ReshapeRefusal {
  if (priceMicros < terms.minPriceMicros || priceMicros > terms.maxPriceMicros) return "priceBounds";
  const base = (state.baseNanos * BigInt(depthPpm)) / million;
  const after = reserves(base, priceMicros, terms.lotNanos, state.positionLots);
  const before = closingObligation(state);
  const then = after && closingObligation(after);
  if (after === undefined || before === undefined || then === undefined) return "depth";
  const costUnits = then - before;
  if (!Number.isSafeInteger(costUnits)) return "depth";
  return costUnits > budgetUnits ? "budget" : { after, costUnits };
}

/**
 * The most that the pool can still lose from here, at whatever path of trades and index, as long as the index stays within the price
 * bounds: its worth at `indexMicros` less its worth at the worse bound, the curve having followed the index there. Fees and
 * funding are apart. Rounded up, ≥ 0; 2^53 − 1 stands for anything more.
 *
 * At a price r the pool holds `position + √(k/r) − base` lots and has taken in `√(k·r) − quote`, so against now it is worth
 * `2·√(k·r) − quote + (position − base)·r`, which is concave in r: least at a bound.
 */
export function worstLossCeil(state: VammState, terms: VammTerms, indexMicros: number): number {
  const { baseNanos, quoteNanos, positionLots } = state;
  const position = BigInt(positionLots) * billion;
  const lotNanos = BigInt(terms.lotNanos);
  // In 1e-9 of 1e-9 units: a price in micros × lotNanos is 1e-9 units per lot, and lots count 1e-9.
  const worth = position * BigInt(indexMicros) * lotNanos;
  let loss = 0n;
  for (const bound of [terms.minPriceMicros, terms.maxPriceMicros]) {
    const rate = BigInt(bound) * lotNanos;
    const root = squareRootFloor(baseNanos * quoteNanos * rate * billion);
    const there = 2n * root - quoteNanos * billion + (position - baseNanos) * rate;
    if (worth - there > loss) loss = worth - there;
  }
  return Math.min(Number(mulDivCeil(loss, 1n, billion * billion)), Number.MAX_SAFE_INTEGER);
}
