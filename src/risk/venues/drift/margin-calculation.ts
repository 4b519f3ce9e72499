import { PlimsollError } from "../../../quantity/error.ts";
import { type DriftPerpMarket, type DriftPerpPosition, type QuotePrice, perpMargin } from "./perp.ts";
import {
  type DriftCategory,
  type DriftSpotMarket,
  type DriftSpotPosition,
  spotMargin,
  strictValue,
  tokenAmount,
} from "./spot.ts";
import { maxOf, minOf, weightOne } from "./weights.ts";

export interface DriftAccount {
  /** Market 0 is the quote token. */
  readonly spotMarkets: readonly DriftSpotMarket[];
  readonly perpMarkets: readonly DriftPerpMarket[];
  readonly spot: readonly DriftSpotPosition[];
  readonly perp: readonly DriftPerpPosition[];
  /** The user's own cap on leverage as a margin ratio, 1e4; 0 for none. Binds initial margin only. */
  readonly maxMarginRatio: bigint;
}

export interface DriftMarginOptions {
  /** Whether assets take the lower and liabilities the higher of the oracle price and its five-minute average. */
  readonly strict?: boolean;
  /** Liquidation buffer, 1e4: an account in liquidation leaves it only above requirement plus buffer. */
  readonly bufferRatio?: bigint;
  /**
   * What the buffer of a spot debt is taken on. `unweighted`: the token value, as the on-chain program does. `weighted`: as
   * the TypeScript package does, on the requirement, whose weight already carries the buffer once.
   */
  readonly bufferOn?: "unweighted" | "weighted";
}

/** An account's margin. 1e6 USD. */
export interface DriftMargin {
  readonly totalCollateral: bigint;
  readonly marginRequirement: bigint;
  /** max(0, collateral − requirement). */
  readonly freeCollateral: bigint;
  /** Isolated positions by market, in position order; not part of the figures above. */
  readonly isolated: ReadonlyMap<
    number,
    { readonly totalCollateral: bigint; readonly marginRequirement: bigint }
  >;
  /** Buffer on losing perpetuals, ≤ 0. */
  readonly totalCollateralBuffer: bigint;
  /** 0 without a buffer. */
  readonly marginRequirementPlusBuffer: bigint;
}

/** Charge per resting order: 0.01 USD. */
const orderCharge = 10_000n;

function marketAt<T>(markets: readonly T[], index: number, field: string): T {
  const market = markets[index];
  if (market !== undefined) return market;
  throw new PlimsollError("PLM_UNKNOWN", {
    field,
    value: index,
    limit: `an index of the ${markets.length} markets given`,
    remedy: "Add the market's state.",
  });
}

/**
 * Drift v2's margin calculation, to the last unit.
 *
 * @throws {PlimsollError} `PLM_UNKNOWN` when a position names a market that is not given.
 * @see docs/venues/drift.md for the rule; pinned by test/vectors/drift-margin.json.
 */
export function driftMargin(
  account: DriftAccount,
  category: DriftCategory,
  options: DriftMarginOptions = {},
): DriftMargin {
  const { strict = false, bufferRatio = 0n, bufferOn = "unweighted" } = options;
  const maxMarginRatio = category === "initial" ? account.maxMarginRatio : 0n;
  const buffer = (value: bigint): bigint => (value * bufferRatio) / weightOne;
  let totalCollateral = 0n;
  let totalCollateralBuffer = 0n;
  let marginRequirement = 0n;
  let requirementBuffer = 0n;

  for (const position of account.spot) {
    if (position.scaledBalance === 0n && position.openOrders === 0n) continue;
    const market = marketAt(account.spotMarkets, position.market, "spot.market");
    const liabilityBuffer = bufferOn === "weighted" ? bufferRatio : 0n;
    const part = spotMargin(position, market, { category, strict, maxMarginRatio, liabilityBuffer });
    totalCollateral += part.collateral;
    marginRequirement += part.requirement + (position.market === 0 ? 0n : position.openOrders * orderCharge);
    requirementBuffer +=
      buffer(bufferOn === "weighted" ? part.debtRequirement : part.debtValue) + buffer(part.orderRequirement);
  }

  const isolated = new Map<number, { totalCollateral: bigint; marginRequirement: bigint }>();
  for (const position of account.perp) {
    const { base, quote, openOrders, isolatedScaledBalance } = position;
    if (base === 0n && quote === 0n && openOrders === 0n && isolatedScaledBalance <= 0n) continue;
    const market = marketAt(account.perpMarkets, position.market, "perp.market");
    const quoteMarket = marketAt(account.spotMarkets, 0, "spotMarkets");
    const quotePrice = quotePriceOf(quoteMarket, strict);
    const part = perpMargin(position, market, quotePrice, category, maxMarginRatio);
    const requirement = part.requirement + openOrders * orderCharge;
    if (position.isolated) {
      const deposit = tokenAmount(maxOf(0n, isolatedScaledBalance), "deposit", quoteMarket);
      const collateral = strictValue(deposit, quotePrice, quoteMarket.decimals) + part.pnl;
      isolated.set(position.market, { totalCollateral: collateral, marginRequirement: requirement });
      continue;
    }
    totalCollateral += part.pnl;
    if (part.pnl < 0n) totalCollateralBuffer += buffer(part.pnl);
    marginRequirement += requirement;
    requirementBuffer += buffer(part.liabilityValue);
  }

  return {
    totalCollateral,
    marginRequirement,
    freeCollateral: maxOf(0n, totalCollateral - marginRequirement),
    isolated,
    totalCollateralBuffer,
    marginRequirementPlusBuffer: bufferRatio > 0n ? marginRequirement + requirementBuffer : 0n,
  };
}

/** Perpetuals take the stored average as it is, without the limits that spot positions put on it. */
function quotePriceOf(market: DriftSpotMarket, strict: boolean): QuotePrice {
  const { price, twap5Min } = market;
  if (!strict) return { current: price, low: price, high: price };
  return { current: price, low: minOf(price, twap5Min), high: maxOf(price, twap5Min) };
}

/** Health shown to users, 0 to 100, from a maintenance calculation. */
export function driftHealth({ totalCollateral, marginRequirement }: DriftMargin): number {
  if (marginRequirement === 0n && totalCollateral >= 0n) return 100;
  if (totalCollateral <= 0n) return 0;
  const free = (1 - Number(marginRequirement) / Number(totalCollateral)) * 100;
  return Math.round(Math.min(100, Math.max(0, free)));
}

/** Whether cross collateral has fallen below its maintenance requirement. */
export const driftLiquidatable = ({ totalCollateral, marginRequirement }: DriftMargin): boolean =>
  totalCollateral < marginRequirement;
