import { type Fixed18, max, mul, one } from "../../../risk/venues/shared/fixed18.ts";
import { insolventPayoutFloor } from "../../auction/insolvent.ts";
import { lineCeil } from "../../auction/line.ts";
import { restoringShareFloor } from "../../auction/share.ts";

/** Parameters of Derive's Dutch auction; fractions with 18 decimals, times in seconds. */
export interface DeriveAuctionParams {
  readonly startingMtMPercentage: Fixed18;
  readonly fastAuctionCutoffPercentage: Fixed18;
  readonly fastAuctionLength: bigint;
  readonly slowAuctionLength: bigint;
  readonly insolventAuctionLength: bigint;
  readonly liquidatorFeeRate: Fixed18;
  readonly bufferMarginPercentage: Fixed18;
}

/** The account at one moment. Margins are net: equity less requirement. */
export interface DeriveAuctionAccount {
  readonly maintenanceMargin: Fixed18;
  readonly markToMarket: Fixed18;
  /** Cash paid in by earlier bidders. */
  readonly reservedCash: Fixed18;
  /** Below this mark-to-market the whole account may be bought. */
  readonly mtmCutoff: Fixed18;
}

/** Maintenance margin less the buffer on its requirement. */
export const deriveBufferMargin = (
  { bufferMarginPercentage }: DeriveAuctionParams,
  maintenanceMargin: Fixed18,
  markToMarket: Fixed18,
): Fixed18 => maintenanceMargin + mul(maintenanceMargin - markToMarket, bufferMarginPercentage);

/** Whether the price of a solvent auction has reached 0 by time. */
export const deriveSolventOver = (params: DeriveAuctionParams, elapsed: bigint): boolean =>
  elapsed >= params.fastAuctionLength + params.slowAuctionLength;

/**
 * Price of a solvent auction as a part of mark-to-market. The slow part multiplies before it scales to 18 decimals, so what has
 * fallen is counted in whole seconds of a line that falls by 1: less than the plain line by up to one of them.
 */
export function deriveDiscount(params: DeriveAuctionParams, elapsed: bigint): Fixed18 {
  const { startingMtMPercentage: start, fastAuctionCutoffPercentage: cutoff, fastAuctionLength } = params;
  if (elapsed < fastAuctionLength) {
    return lineCeil({ from: start, to: cutoff, length: fastAuctionLength }, elapsed);
  }
  if (deriveSolventOver(params, elapsed)) return 0n;
  const slow = { from: cutoff, to: cutoff - one, length: params.slowAuctionLength };
  return lineCeil(slow, mul(cutoff, elapsed - fastAuctionLength));
}

/**
 * Part of the account that may be bought at a discount: the one that brings the buffer margin to 0, truncated; all below the cutoff.
 * `undefined` where the contract reverts: nothing is for sale, or the account is worth less than nothing.
 */
export function deriveMaxProportion(
  bufferMargin: Fixed18,
  { markToMarket, reservedCash, mtmCutoff }: DeriveAuctionAccount,
  discount: Fixed18,
): Fixed18 | undefined {
  if (markToMarket < 0n) return undefined;
  if (markToMarket < mtmCutoff) return one;
  const shortfall = max(0n, -bufferMargin);
  const released = mul(markToMarket, discount) + mul(reservedCash, one - discount);
  return shortfall + released === 0n ? undefined : restoringShareFloor(shortfall, released, one);
}

/** Cash for 100 % of a solvent account. `undefined` where the contract reverts: more is reserved than the account is worth. */
export function deriveSolventPrice(
  params: DeriveAuctionParams,
  { markToMarket, reservedCash }: DeriveAuctionAccount,
  elapsed: bigint,
): Fixed18 | undefined {
  if (deriveSolventOver(params, elapsed)) return 0n;
  if (reservedCash > markToMarket) return undefined;
  return mul(markToMarket - reservedCash, deriveDiscount(params, elapsed));
}

/** Minus what the fund pays for 100 % of an insolvent account. */
export const deriveInsolventPrice = (
  { insolventAuctionLength: length }: DeriveAuctionParams,
  { maintenanceMargin, markToMarket }: DeriveAuctionAccount,
  elapsed: bigint,
): Fixed18 => {
  const requirement = markToMarket - maintenanceMargin;
  return -insolventPayoutFloor({ equity: markToMarket, requirement, length }, elapsed);
};

/** Fee to the fund if a solvent auction started now; `undefined` where none can start. */
export function deriveStartFee(
  params: DeriveAuctionParams,
  bufferMargin: Fixed18,
  account: DeriveAuctionAccount,
): Fixed18 | undefined {
  const { markToMarket } = account;
  if (markToMarket <= 0n) return undefined;
  const share = deriveMaxProportion(bufferMargin, { ...account, reservedCash: 0n }, one);
  return share === undefined ? undefined : mul(mul(markToMarket, share), params.liquidatorFeeRate);
}

/** Whether anyone may end the auction: the account is safe, or the solvent form no longer fits it. */
export function deriveCanTerminate(
  params: DeriveAuctionParams,
  bufferMargin: Fixed18,
  account: DeriveAuctionAccount,
  insolvent: boolean,
  elapsed: bigint,
): boolean {
  const { maintenanceMargin, markToMarket, reservedCash } = account;
  if (insolvent || deriveSolventOver(params, elapsed)) return maintenanceMargin >= 0n;
  return bufferMargin >= 0n || markToMarket < 0n || reservedCash >= markToMarket;
}

/** Whether a solvent auction may turn insolvent: its price is 0, by time or for want of worth, and the account is still short. */
export const deriveCanConvert = (
  params: DeriveAuctionParams,
  account: DeriveAuctionAccount,
  insolvent: boolean,
  elapsed: bigint,
): boolean =>
  !insolvent && deriveSolventPrice(params, account, elapsed) === 0n && account.maintenanceMargin < 0n;
