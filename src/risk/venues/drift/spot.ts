import { mulDivCeil } from "../../../quantity/money.ts";
import { magnitude, maxOf, minOf, weightOne, withSizeDiscount, withSizePremium } from "./weights.ts";

/** Which requirement: to open risk, or to keep it. */
export type DriftCategory = "initial" | "maintenance";

/** A spot market's state. Prices 1e6 USD, weights 1e4, balances 1e9, cumulative interest 1e10. */
export interface DriftSpotMarket {
  readonly decimals: number;
  readonly price: bigint;
  /** Five-minute average of the oracle price, as last stored. */
  readonly twap5Min: bigint;
  /** Whether that average is of now and holds as it is. Absent: it is older than five minutes, and says little. */
  readonly twapIsLive?: boolean;
  readonly initialAssetWeight: bigint;
  readonly maintenanceAssetWeight: bigint;
  readonly initialLiabilityWeight: bigint;
  readonly maintenanceLiabilityWeight: bigint;
  /** 1e6. */
  readonly imfFactor: bigint;
  readonly cumulativeDepositInterest: bigint;
  readonly cumulativeBorrowInterest: bigint;
  /** Deposits of the whole market, 1e6 USD, from which the initial asset weight shrinks; 0 turns that off. */
  readonly scaleInitialAssetWeightStart: bigint;
  /** Deposits of all users, scaled. */
  readonly depositBalance: bigint;
}

export interface DriftSpotPosition {
  /** Index of the market; 0 is the quote token. */
  readonly market: number;
  readonly type: "deposit" | "borrow";
  /** 1e9, before interest. */
  readonly scaledBalance: bigint;
  /** Count of resting orders. */
  readonly openOrders: bigint;
  /** Token units that resting buys would bring, ≥ 0. */
  readonly openBids: bigint;
  /** Token units that resting sells would take, ≤ 0. */
  readonly openAsks: bigint;
}

/** A price with its average: assets use the lower, liabilities the higher. Equal when not strict. 1e6. */
export interface StrictPrice {
  readonly current: bigint;
  readonly low: bigint;
  readonly high: bigint;
}

const interestOne = 19;

/** Tokens behind a scaled balance: deposits rounded down, borrows up. Token units. */
export function tokenAmount(
  scaledBalance: bigint,
  type: "deposit" | "borrow",
  market: DriftSpotMarket,
): bigint {
  const unit = 10n ** BigInt(interestOne - market.decimals);
  return type === "deposit"
    ? (scaledBalance * market.cumulativeDepositInterest) / unit
    : mulDivCeil(scaledBalance, market.cumulativeBorrowInterest, unit);
}

/** 1e6 USD, truncated toward zero. */
const valueAt = (amount: bigint, price: bigint, decimals: number): bigint =>
  (amount * price) / 10n ** BigInt(decimals);

export const strictValue = (amount: bigint, price: StrictPrice, decimals: number): bigint =>
  valueAt(amount, amount >= 0n ? price.low : price.high, decimals);

/** The live average. Of a stored one that is old it is the oracle price, within a third of the stored. */
export function strictPriceOf(market: DriftSpotMarket, strict: boolean): StrictPrice {
  const { price, twap5Min, twapIsLive = false } = market;
  if (!strict) return { current: price, low: price, high: price };
  const reach = twap5Min / 3n;
  const average = twapIsLive ? twap5Min : minOf(twap5Min + reach, maxOf(price, twap5Min - reach));
  return { current: price, low: minOf(price, average), high: maxOf(price, average) };
}

/** A token amount in the 1e9 units of the size rules. */
function sizeOf(amount: bigint, decimals: number): bigint {
  return decimals > 9 ? amount / 10n ** BigInt(decimals - 9) : amount * 10n ** BigInt(9 - decimals);
}

/** The initial asset weight, shrunk once the whole market's deposits exceed the start. 1e4. */
function scaledInitialAssetWeight(market: DriftSpotMarket, price: bigint): bigint {
  const start = market.scaleInitialAssetWeightStart;
  if (start === 0n) return market.initialAssetWeight;
  const deposits = valueAt(tokenAmount(market.depositBalance, "deposit", market), price, market.decimals);
  return deposits < start ? market.initialAssetWeight : (market.initialAssetWeight * start) / deposits;
}

/** What weighs a token amount: its market, the requirement asked for, and the user's own cap. */
interface Weighing {
  readonly market: DriftSpotMarket;
  readonly isQuote: boolean;
  readonly category: DriftCategory;
  /** The user's own margin ratio, 1e4; absent: no cap, not even the one at weight 1 that a ratio of 0 sets. */
  readonly maxMarginRatio?: bigint;
}

function assetWeight(amount: bigint, price: bigint, by: Weighing): bigint {
  const { market, isQuote, category, maxMarginRatio } = by;
  const initial = category === "initial";
  const base = initial ? scaledInitialAssetWeight(market, price) : market.maintenanceAssetWeight;
  const weight = withSizeDiscount(base, sizeOf(amount, market.decimals), market.imfFactor);
  if (!initial || isQuote || maxMarginRatio === undefined) return weight;
  return minOf(weight, maxOf(0n, weightOne - maxMarginRatio));
}

function liabilityWeight(amount: bigint, by: Weighing): bigint {
  const { market, isQuote, category, maxMarginRatio } = by;
  const initial = category === "initial";
  const base = initial ? market.initialLiabilityWeight : market.maintenanceLiabilityWeight;
  const weight = withSizePremium(base, sizeOf(magnitude(amount), market.decimals), market.imfFactor);
  if (!initial || isQuote || maxMarginRatio === undefined) return weight;
  return maxOf(weight, weightOne + maxMarginRatio);
}

/** What a spot position adds. 1e6 USD, all ≥ 0. */
export interface SpotMargin {
  /** Weighted value of what is held. */
  readonly collateral: bigint;
  /** Weighted value of what is owed. */
  readonly requirement: bigint;
  /** The part of `requirement` that is a token debt. */
  readonly debtRequirement: bigint;
  /** That debt unweighted. */
  readonly debtValue: bigint;
  /** The part of `requirement` that resting buys would spend. */
  readonly orderRequirement: bigint;
}

/**
 * Margins one spot position at the worse of all its buys or all its sells filling.
 *
 * @param liabilityBuffer - added to the liability weight, 1e4.
 */
export function spotMargin(
  position: DriftSpotPosition,
  market: DriftSpotMarket,
  {
    category,
    strict,
    maxMarginRatio,
    liabilityBuffer,
  }: {
    readonly category: DriftCategory;
    readonly strict: boolean;
    readonly maxMarginRatio: bigint;
    readonly liabilityBuffer: bigint;
  },
): SpotMargin {
  const isQuote = position.market === 0;
  const by: Weighing = { market, isQuote, category, maxMarginRatio };
  const price = strictPriceOf(market, strict);
  const tokens = tokenAmount(position.scaledBalance, position.type, market);
  const held = position.type === "deposit" ? tokens : -tokens;
  const { amount, ordersValue } = isQuote
    ? { amount: held, ordersValue: 0n }
    : worstFill(held, position, price, maxMarginRatio === 0n ? { market, isQuote, category } : by);
  const value = magnitude(strictValue(amount, price, market.decimals));
  const debt = amount < 0n;
  const debtRequirement = debt ? (value * (liabilityWeight(amount, by) + liabilityBuffer)) / weightOne : 0n;
  const assets = debt ? 0n : (value * assetWeight(amount, price.current, by)) / weightOne;
  const orderRequirement = ordersValue < 0n ? -ordersValue : 0n;
  return {
    collateral: assets + maxOf(0n, ordersValue),
    requirement: debtRequirement + orderRequirement,
    debtRequirement,
    debtValue: debt ? value : 0n,
    orderRequirement,
  };
}

function worstFill(
  held: bigint,
  position: DriftSpotPosition,
  price: StrictPrice,
  by: Weighing,
): { readonly amount: bigint; readonly ordersValue: bigint } {
  const { decimals } = by.market;
  if (position.openBids === 0n && position.openAsks === 0n) return { amount: held, ordersValue: 0n };
  const value = strictValue(held, price, decimals);
  const fill = (filled: bigint): Fill => {
    const ordersValue = valueAt(-filled, price.high, decimals);
    const after = value - ordersValue;
    const amount = held + filled;
    const weight = after >= 0n ? assetWeight(amount, price.current, by) : liabilityWeight(amount, by);
    return { amount, ordersValue, free: (after * weight) / weightOne + ordersValue };
  };
  const bids = fill(position.openBids);
  const asks = fill(position.openAsks);
  return asks.free < bids.free ? asks : bids;
}

interface Fill {
  readonly amount: bigint;
  readonly ordersValue: bigint;
  readonly free: bigint;
}
