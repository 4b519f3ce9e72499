import { type DriftCategory } from "./spot.ts";
import { magnitude, maxOf, weightOne, withSizeDiscount, withSizePremium } from "./weights.ts";

/** A perpetual market's state. Prices 1e6, ratios and weights 1e4, cumulative funding 1e9 quote per base. */
export interface DriftPerpMarket {
  readonly price: bigint;
  readonly marginRatioInitial: bigint;
  readonly marginRatioMaintenance: bigint;
  /** 1e6. */
  readonly imfFactor: bigint;
  /** Of a positive result, 1e4. */
  readonly unrealizedPnlInitialAssetWeight: bigint;
  readonly unrealizedPnlMaintenanceAssetWeight: bigint;
  /** Shrinks the initial weight of very large profits, 1e6; absent or 0 turns that off. */
  readonly unrealizedPnlImfFactor?: bigint;
  readonly cumulativeFundingRateLong: bigint;
  readonly cumulativeFundingRateShort: bigint;
}

export interface DriftPerpPosition {
  /** Index of the market. */
  readonly market: number;
  /** 1e9, signed. */
  readonly base: bigint;
  /** 1e6, signed cash. */
  readonly quote: bigint;
  readonly lastCumulativeFundingRate: bigint;
  /** Count of resting orders. */
  readonly openOrders: bigint;
  /** 1e9, ≥ 0. */
  readonly openBids: bigint;
  /** 1e9, ≤ 0. */
  readonly openAsks: bigint;
  /** Margined alone, on its own quote deposit. */
  readonly isolated: boolean;
  /** That deposit, scaled, 1e9. */
  readonly isolatedScaledBalance: bigint;
}

/** The quote token's price for gains, for losses and requirements. 1e6. */
export interface QuotePrice {
  readonly current: bigint;
  readonly low: bigint;
  readonly high: bigint;
}

/** What a perpetual position adds. 1e6 USD. */
export interface PerpMargin {
  /** Signed; a gain is weighted. */
  readonly pnl: bigint;
  /** Without the charge for orders. */
  readonly requirement: bigint;
  /** Worst-case base × price, without the quote token's price. */
  readonly liabilityValue: bigint;
}

const baseOne = 1_000_000_000n;
const priceOne = 1_000_000n;
const fundingUnit = 1_000n;

/** Profit of a position at the oracle price with its unsettled funding, quote 1e6. */
function rawPnl(position: DriftPerpPosition, market: DriftPerpMarket): bigint {
  const { base, quote } = position;
  if (base === 0n) return quote;
  const cumulative = base > 0n ? market.cumulativeFundingRateLong : market.cumulativeFundingRateShort;
  const funding = ((cumulative - position.lastCumulativeFundingRate) * base) / baseOne / fundingUnit;
  return (base * market.price) / baseOne + quote - funding;
}

/** Margins one perpetual position at the worse of all its buys or all its sells filling. */
export function perpMargin(
  position: DriftPerpPosition,
  market: DriftPerpMarket,
  quotePrice: QuotePrice,
  category: DriftCategory,
  maxMarginRatio: bigint,
): PerpMargin {
  const initial = category === "initial";
  const liabilityOf = (base: bigint): bigint => (magnitude(base) * market.price) / baseOne;
  const allBids = position.base + position.openBids;
  const allAsks = position.base + position.openAsks;
  const worst = liabilityOf(allAsks) >= liabilityOf(allBids) ? allAsks : allBids;
  const liabilityValue = liabilityOf(worst);
  const ratio = withSizePremium(
    initial ? market.marginRatioInitial : market.marginRatioMaintenance,
    worst,
    market.imfFactor,
  );
  const capped = initial ? maxOf(ratio, maxMarginRatio) : ratio;
  const requirement = (((liabilityValue * quotePrice.high) / priceOne) * capped) / weightOne;

  const raw = rawPnl(position, market);
  const at = raw > 0n ? quotePrice.low : raw < 0n ? quotePrice.high : quotePrice.current;
  const pnl = (raw * at) / priceOne;
  // The profit itself, 1e6, stands in for the 1e9 size: the discount bites only above some hundred million dollars.
  const weight = initial
    ? withSizeDiscount(market.unrealizedPnlInitialAssetWeight, pnl, market.unrealizedPnlImfFactor ?? 0n)
    : market.unrealizedPnlMaintenanceAssetWeight;
  return { pnl: pnl > 0n ? (pnl * weight) / weightOne : pnl, requirement, liabilityValue };
}
