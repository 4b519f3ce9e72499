import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";
import { safeInteger } from "../../quantity/safe-integer.ts";
import { squareRootCeil, squareRootFloor } from "../../quantity/square-root.ts";
import { counterReserveCeil } from "./constant-product.ts";

/**
 * Virtual reserves of one linear perpetual: prices come off the curve base × quote, the collateral that answers for them is the
 * pool's account. Plain and immutable.
 */
export interface VammState {
  /** Lots × 1e-9. > 0. */
  readonly baseNanos: bigint;
  /** Settlement units × 1e-9. > 0. */
  readonly quoteNanos: bigint;
  /** The pool's own position: minus what all traders together hold against it. */
  readonly positionLots: number;
}

export interface VammTerms {
  /** Underlying per lot, 1e-9; the settlement asset has 6 decimals. */
  readonly lotNanos: number;
  /** Bounds of the curve's price. 0 < min < max. */
  readonly minPriceMicros: number;
  readonly maxPriceMicros: number;
  /** Largest distance of the curve's price from the index after a trade. */
  readonly maxDeviationPpm: number;
  /** From this distance on, a trade must not lead further away. At most `maxDeviationPpm`. */
  readonly worsenLimitPpm: number;
  /** Fee on the amount traded, to the pool. */
  readonly feePpm: number;
}

export type Side = "buy" | "sell";

/** Why the curve does not trade. */
export type VammRefusal =
  /** The size is not 1 … {@link maxPoolLots} lots, or worth more than can be counted. */
  | "size"
  /** The price after the trade would leave the bounds. */
  | "priceBounds"
  /** The price after the trade would be too far from the index. */
  | "deviation"
  /** The price is away from the index, and the trade leads further away. */
  | "worsening";

export interface VammQuote {
  /** What the trader pays (buy) or gets (sell), before the fee. Units; rounded against the trader. */
  readonly amountUnits: number;
  /** Rounded up. */
  readonly feeUnits: number;
  readonly after: VammState;
}

/** Most lots of base reserve, and of any trade: 2^40. */
export const maxPoolLots = 1_099_511_627_776;

const billion = 1_000_000_000n;
const million = 1_000_000n;

/** The curve's price in micros, rounded down. */
export const spotPriceFloor = ({ baseNanos, quoteNanos }: VammState, lotNanos: number): number =>
  safeInteger(mulDivFloor(quoteNanos, billion, baseNanos * BigInt(lotNanos)), "price of the curve");

/** Sign of the curve's price less a price in micros. Exact. */
function comparePrice({ baseNanos, quoteNanos }: VammState, lotNanos: number, micros: bigint): number {
  const difference = quoteNanos * billion - micros * baseNanos * BigInt(lotNanos);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

/** |price / index − 1| of the curve, as a fraction. */
function gapOf(
  { baseNanos, quoteNanos }: VammState,
  lotNanos: number,
  indexMicros: number,
): { readonly numerator: bigint; readonly denominator: bigint } {
  const denominator = BigInt(indexMicros) * baseNanos * BigInt(lotNanos);
  const difference = quoteNanos * billion - denominator;
  return { numerator: difference < 0n ? -difference : difference, denominator };
}

/** The state after `lots` moved along the curve, without limits. They must leave some base in reserve. */
function moved({ baseNanos, quoteNanos, positionLots }: VammState, side: Side, lots: number): VammState {
  const signed = side === "buy" ? -lots : lots;
  const base = baseNanos + BigInt(signed) * billion;
  return {
    baseNanos: base,
    quoteNanos: counterReserveCeil(baseNanos * quoteNanos, base),
    positionLots: positionLots + signed,
  };
}

/**
 * What a trade of exactly `lots` costs or brings, and the reserves after it, or why it is refused. Changes nothing.
 *
 * A sequence of trades that ends where it began never pays: each amount rounds against the trader, and the product of the reserves
 * never falls.
 *
 * @param indexMicros - > 0.
 */
export function quoteTrade(
  state: VammState,
  terms: VammTerms,
  side: Side,
  lots: number,
  indexMicros: number,
): VammQuote | VammRefusal {
  const { lotNanos } = terms;
  if (!Number.isSafeInteger(lots) || lots < 1 || lots > maxPoolLots) return "size";
  const size = BigInt(lots) * billion;
  if (side === "buy" ? size >= state.baseNanos : state.baseNanos + size > BigInt(maxPoolLots) * billion) {
    return "priceBounds";
  }
  const after = moved(state, side, lots);
  const bound = BigInt(side === "buy" ? terms.maxPriceMicros : terms.minPriceMicros);
  const beyond = comparePrice(after, lotNanos, bound);
  if (side === "buy" ? beyond > 0 : beyond < 0) return "priceBounds";
  const gap = gapOf(after, lotNanos, indexMicros);
  const exceeds = (limitPpm: number): boolean => gap.numerator * million > BigInt(limitPpm) * gap.denominator;
  if (exceeds(terms.maxDeviationPpm)) return "deviation";
  if (exceeds(terms.worsenLimitPpm)) {
    const before = gapOf(state, lotNanos, indexMicros);
    if (gap.numerator * before.denominator > before.numerator * gap.denominator) return "worsening";
  }
  const paid = after.quoteNanos - state.quoteNanos;
  const amountUnits = Number(
    side === "buy" ? mulDivCeil(paid, 1n, billion) : mulDivFloor(-paid, 1n, billion),
  );
  if (!Number.isSafeInteger(amountUnits)) return "size";
  const feeUnits = safeInteger(mulDivCeil(BigInt(amountUnits), BigInt(terms.feePpm), million), "fee");
  return { amountUnits, feeUnits, after };
}

/**
 * The most lots that can be traded on one side before the curve's own price passes `limitMicros`, rounded down; 0 when it has
 * passed it already. Limits of {@link quoteTrade} come on top.
 */
export function lotsToPrice(state: VammState, lotNanos: number, side: Side, limitMicros: number): number {
  const { baseNanos, quoteNanos } = state;
  // base² = product / (quote per base) at the limit; as little base as stays below it, or as much as stays above.
  const product = baseNanos * quoteNanos;
  const rate = BigInt(limitMicros) * BigInt(lotNanos);
  const nanos =
    side === "buy"
      ? baseNanos - squareRootCeil(mulDivCeil(product, billion, rate))
      : squareRootFloor(mulDivFloor(product, billion, rate)) - baseNanos;
  const whole = nanos <= 0n ? 0n : nanos / billion;
  const lots = whole > BigInt(maxPoolLots) ? maxPoolLots : Number(whole);
  if (lots === 0 || side === "sell") return lots;
  // Rounding the quote reserve up can carry the price past the limit when it is met to the last digit.
  return comparePrice(moved(state, side, lots), lotNanos, BigInt(limitMicros)) > 0 ? lots - 1 : lots;
}
