import {
  borrowAssetsCeil,
  type MorphoMarket,
  morphoHealth,
  type MorphoPosition,
  repaidSharesForSeizedCeil,
  seizedForRepaidSharesFloor,
  wad,
} from "../../../risk/venues/morpho/blue-position.ts";
import { splitLoss } from "../../liquidation/bad-debt.ts";
import { type IncentiveTerms } from "../../liquidation/incentive.ts";

/** Morpho Blue's reward in our rule: a cursor of 0.3 and a factor of at most 1.15. */
export const morphoIncentive: IncentiveTerms = {
  one: wad,
  cursor: (3n * wad) / 10n,
  maxFactor: (115n * wad) / 100n,
};

/** What a liquidator asks for: collateral to take, or shares of the debt to repay. > 0. */
export type MorphoAsk = { readonly seizedAssets: bigint } | { readonly repaidShares: bigint };

export interface MorphoLiquidation {
  readonly seizedAssets: bigint;
  readonly repaidShares: bigint;
  /** What the liquidator pays, loan units. */
  readonly repaidAssets: bigint;
  /** Debt that is left when no collateral is, borne by the lenders at once, loan units. */
  readonly badDebtAssets: bigint;
  readonly position: MorphoPosition;
  readonly market: MorphoMarket;
}

/**
 * One liquidation at Morpho Blue, any part of an unhealthy position. `undefined` where the contract reverts: the position is healthy, or has less
 * than is asked for.
 *
 * @see morpho-org/morpho-blue, `liquidate`
 */
export function morphoLiquidation(
  position: MorphoPosition,
  market: MorphoMarket,
  ask: MorphoAsk,
): MorphoLiquidation | undefined {
  if (morphoHealth(position, market).isHealthy) return undefined;
  const seizedAssets =
    "seizedAssets" in ask ? ask.seizedAssets : seizedForRepaidSharesFloor(ask.repaidShares, market);
  const repaidShares =
    "seizedAssets" in ask ? repaidSharesForSeizedCeil(ask.seizedAssets, market) : ask.repaidShares;
  if (seizedAssets > position.collateral || repaidShares > position.borrowShares) return undefined;
  const repaidAssets = borrowAssetsCeil(repaidShares, market);
  const repaid = withoutDebt(market, repaidAssets, repaidShares);
  const left = {
    collateral: position.collateral - seizedAssets,
    borrowShares: position.borrowShares - repaidShares,
  };
  const done = { seizedAssets, repaidShares, repaidAssets };
  if (left.collateral > 0n) return { ...done, badDebtAssets: 0n, position: left, market: repaid };
  const { paid } = splitLoss(borrowAssetsCeil(left.borrowShares, repaid), [repaid.totalBorrowAssets]);
  const badDebtAssets = paid[0] ?? 0n;
  return {
    ...done,
    badDebtAssets,
    position: { collateral: 0n, borrowShares: 0n },
    market: withoutDebt(repaid, badDebtAssets, left.borrowShares),
  };
}

/** Rounding up may repay a unit more than is owed in all. */
const withoutDebt = (market: MorphoMarket, assets: bigint, shares: bigint): MorphoMarket => ({
  ...market,
  totalBorrowAssets: market.totalBorrowAssets > assets ? market.totalBorrowAssets - assets : 0n,
  totalBorrowShares: market.totalBorrowShares - shares,
});
