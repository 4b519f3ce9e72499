import { mulDivCeil, mulDivFloor } from "../../../quantity/money.ts";

/** Fraction unit of Morpho Blue's ratios: 1 wad = 1e18. */
export const wad: bigint = 10n ** 18n;
/** Fraction unit of its oracle prices. */
export const oraclePriceScale: bigint = 10n ** 36n;
/** What ratios are when their denominator is zero: the largest 256-bit integer. */
export const unboundedRatio: bigint = 2n ** 256n - 1n;
const virtualAssets = 1n;
const virtualShares = 1_000_000n;
const maxIncentive = (wad * 115n) / 100n;
const incentiveCursor = (wad * 3n) / 10n;

/** A borrow market: one collateral token, one loan token, one liquidation loan-to-value. */
export interface MorphoMarket {
  /** Liquidation loan-to-value, wad. */
  readonly lltv: bigint;
  /** Loan units per collateral unit × 1e36. */
  readonly oraclePrice: bigint;
  /** Loan token units. */
  readonly totalBorrowAssets: bigint;
  readonly totalBorrowShares: bigint;
}

export interface MorphoPosition {
  /** Collateral token units. */
  readonly collateral: bigint;
  readonly borrowShares: bigint;
}

const sharesToAssets = (
  shares: bigint,
  market: MorphoMarket,
  round: (a: bigint, b: bigint, d: bigint) => bigint,
): bigint =>
  round(shares, market.totalBorrowAssets + virtualAssets, market.totalBorrowShares + virtualShares);

/** Debt behind shares, loan units, rounded up: what the borrower owes. */
export const borrowAssetsCeil = (shares: bigint, market: MorphoMarket): bigint =>
  sharesToAssets(shares, market, mulDivCeil);

/** Collateral at the oracle price, loan units, rounded down. */
export const collateralValueFloor = (collateral: bigint, market: MorphoMarket): bigint =>
  mulDivFloor(collateral, market.oraclePrice, oraclePriceScale);

/** Most that the collateral lets one owe, loan units, rounded down. */
export const maxBorrowAssetsFloor = (collateral: bigint, market: MorphoMarket): bigint =>
  mulDivFloor(collateralValueFloor(collateral, market), market.lltv, wad);

/** min(1.15, 1 / (1 − 0.3 × (1 − LLTV))), wad, each division down: what a liquidator gets per unit repaid. */
export function liquidationIncentiveFactor(lltv: bigint): bigint {
  const denominator = wad - mulDivFloor(incentiveCursor, wad - lltv, wad);
  const factor = mulDivFloor(wad, wad, denominator);
  return factor < maxIncentive ? factor : maxIncentive;
}

export interface MorphoHealth {
  /** Loan units, rounded up. */
  readonly borrowAssets: bigint;
  /** Loan units, rounded down. */
  readonly maxBorrowAssets: bigint;
  readonly isHealthy: boolean;
  /** Wad, rounded down; {@link unboundedRatio} without debt. Liquidation below 1. */
  readonly healthFactor: bigint;
  /** Debt over collateral value, wad, rounded up; {@link unboundedRatio} when nothing backs the debt, null without debt. */
  readonly ltv: bigint | null;
  /** Oracle price × 1e36 below which the position can be liquidated, rounded up; null without debt. */
  readonly liquidationPrice: bigint | null;
}

/** Where a position stands against its market's limit. */
export function morphoHealth(
  { collateral, borrowShares }: MorphoPosition,
  market: MorphoMarket,
): MorphoHealth {
  const borrowAssets = borrowAssetsCeil(borrowShares, market);
  const value = collateralValueFloor(collateral, market);
  const maxBorrowAssets = maxBorrowAssetsFloor(collateral, market);
  const power = mulDivFloor(collateral, market.lltv, wad);
  const indebted = borrowShares > 0n && market.totalBorrowShares > 0n;
  const ltv = !indebted ? null : value === 0n ? unboundedRatio : mulDivCeil(borrowAssets, wad, value);
  const liquidationPrice = !indebted
    ? null
    : power === 0n
      ? unboundedRatio
      : mulDivCeil(borrowAssets, oraclePriceScale, power);
  return {
    borrowAssets,
    maxBorrowAssets,
    isHealthy: maxBorrowAssets >= borrowAssets,
    healthFactor: borrowAssets === 0n ? unboundedRatio : mulDivFloor(maxBorrowAssets, wad, borrowAssets),
    ltv,
    liquidationPrice,
  };
}

/** Shares that must be repaid to seize an amount of collateral; every step rounds up, against the liquidator. */
export function repaidSharesForSeizedCeil(seized: bigint, market: MorphoMarket): bigint {
  const quoted = mulDivCeil(seized, market.oraclePrice, oraclePriceScale);
  const repaid = mulDivCeil(quoted, wad, liquidationIncentiveFactor(market.lltv));
  return mulDivCeil(
    repaid,
    market.totalBorrowShares + virtualShares,
    market.totalBorrowAssets + virtualAssets,
  );
}

/** Collateral seized for shares repaid; every step rounds down, against the liquidator. 0 when the price is 0. */
export function seizedForRepaidSharesFloor(shares: bigint, market: MorphoMarket): bigint {
  if (market.oraclePrice === 0n) return 0n;
  const repaid = sharesToAssets(shares, market, mulDivFloor);
  const incentivised = mulDivFloor(repaid, liquidationIncentiveFactor(market.lltv), wad);
  return mulDivFloor(incentivised, oraclePriceScale, market.oraclePrice);
}

/** Collateral that liquidators may take in all: 0 when healthy, at most what there is. */
export function seizableCollateral(position: MorphoPosition, market: MorphoMarket): bigint {
  if (market.oraclePrice === 0n || morphoHealth(position, market).isHealthy) return 0n;
  const seized = seizedForRepaidSharesFloor(position.borrowShares, market);
  return seized < position.collateral ? seized : position.collateral;
}
