import {
  insolventPayoutFloor,
  largestShareCeil,
  levelCeil,
  type PriceCurve,
  takeAllOrLeave,
} from "../../auction/index.ts";
import { type AccountFigures } from "../../margin/index.ts";
import { type LiquidationTerms } from "../../markets/index.ts";
import { mulDivFloor } from "../../margin/mul-div.ts";
import { type Machine } from "../machine.ts";
import { type Auction } from "./auction-table.ts";
import { isRestored, targetMicros } from "./health.ts";
import { grossMicros, one } from "./takeover.ts";

/** Where the fast part of the curve ends. */
const fastPpm = (terms: LiquidationTerms): number => Math.min(terms.get("fastPpm"), terms.get("startPpm"));

/** The published curve of solvent auctions, time in milliseconds. Its parameters never rise along it. */
export function solventCurve(terms: LiquidationTerms): PriceCurve {
  const start = BigInt(terms.get("startPpm"));
  const kind = terms.get("curve");
  if (kind !== 0) {
    const keep = BigInt(Math.min(terms.get("cutPpm"), 999_999));
    // Continuous decay is a stair of a second; a stair is what it says.
    const step = kind === 1 ? BigInt(terms.get("stairMs")) : 1_000n;
    return { kind: "stairs", one, start, keep, step };
  }
  const fast = BigInt(fastPpm(terms));
  const lines = [
    { from: start, to: fast, length: BigInt(terms.get("fastMs")) },
    { from: fast, to: 0n, length: BigInt(terms.get("slowMs")) },
  ];
  return { kind: "lines", one, lines };
}

/** How long an auction has run in its present form, ms. While the venue is halted nobody can bid: it begins anew when it reopens. */
export function elapsedOf({ state }: Machine, { startMs }: Auction): number {
  return state.status === "halted" ? 0 : Math.max(0, state.timeMs - Math.max(startMs, state.reopenedMs));
}

/** What a share of the account would cost or bring now. */
export interface AuctionQuote {
  /** Largest share that a bid may take, ppm. */
  readonly largestPpm: number;
  /** What a bidder for all of it would get beyond fair value, USD micros: from the account, or from the fund. */
  readonly discountMicros: number;
}

/** The auction as it stands: how much may be taken, and at what discount. */
export function quoteAuction(m: Machine, auction: Auction, figures: AccountFigures): AuctionQuote {
  const { liquidation } = m.markets;
  if (liquidation.get("fixedBonusPpm") > 0 && auction.auctionType === "solvent")
    return fixedQuote(m, auction, figures);
  const elapsed = BigInt(elapsedOf(m, auction));
  const equity = BigInt(figures.equityMicros);
  if (auction.auctionType === "insolvent") {
    const length = BigInt(liquidation.get("insolventMs"));
    // The account keeps its debt, which the fund pays at the end; bidders are paid for the risk alone.
    const terms = { equity: 0n, requirement: BigInt(figures.maintenanceMicros), length };
    return { largestPpm: Number(one), discountMicros: Number(insolventPayoutFloor(terms, elapsed)) };
  }
  const least = isRestored(m, figures) ? BigInt(fastPpm(liquidation)) : 0n;
  const falling = levelCeil(solventCurve(liquidation), elapsed);
  // Who is out of danger has time: what would lessen its leverage further is not given away.
  const level = falling < least ? least : falling;
  const bufferMargin = equity - BigInt(targetMicros(m, figures));
  const wholeBelow = BigInt(liquidation.get("minimumSliceMicros"));
  const largest = largestShareCeil({ equity, bufferMargin, reserved: 0n, level, one, wholeBelow });
  const discount = equity > 0n ? (equity * (one - level)) / one : 0n;
  return { largestPpm: Number(largest < one ? largest : one), discountMicros: Number(discount) };
}

/** A fixed bonus on what is taken, at most all the equity; at most the close factor while the account is short of its requirement by little. */
function fixedQuote(
  m: Machine,
  { account, asset }: Auction,
  { equityMicros, maintenanceMicros }: AccountFigures,
): AuctionQuote {
  const { liquidation } = m.markets;
  const bonus = mulDivFloor(grossMicros(m, account, asset), liquidation.get("fixedBonusPpm"), 1_000_000);
  // Aave closes all of it below 95 % of the requirement.
  const isDeep = equityMicros < Math.floor(maintenanceMicros * 0.95);
  const largestPpm = isDeep ? 1_000_000 : liquidation.get("closeFactorPpm");
  return { largestPpm, discountMicros: Math.max(0, Math.min(bonus, equityMicros)) };
}

/**
 * The share that a bid gets: at most the largest, at least what is no dust, and all of the largest if else dust were left. `grossMicros`: worth of
 * all that is for sale.
 */
export function shareOf(m: Machine, wantedPpm: number, largestPpm: number, grossMicros: number): number {
  const least = BigInt(m.markets.liquidation.get("minimumSliceMicros"));
  const dust = grossMicros <= 0 ? one : (least * one) / BigInt(grossMicros);
  const wanted = BigInt(wantedPpm);
  return Number(takeAllOrLeave(wanted < dust ? dust : wanted, BigInt(largestPpm), dust < one ? dust : one));
}
