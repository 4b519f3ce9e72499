import {
  compare,
  divide,
  multiply,
  rational,
  type Rational,
  zero,
} from "../../../risk/venues/shared/rational.ts";
import { levelFloor, type PriceCurve, priceFloor } from "../../auction/curve.ts";
import { callerRewardFloor, worthRestarting } from "../../auction/incentive.ts";
import { takeFromLot } from "../../auction/lot-sale.ts";
import { startPart } from "../../auction/room.ts";
import {
  bufferMarginFloor,
  largestShareCeil,
  solventPaymentCeil,
  type SolventAuction,
} from "../../auction/solvent.ts";

/*
 * Printed auctions are decimals. They go through our own integers at 40 digits, so that what rounds there lies far beyond what is
 * printed.
 */
const scale = 10n ** 40n;

const fixed = ({ numerator, denominator }: Rational): bigint => (numerator * scale) / denominator;
const exactly = (value: bigint, unit: bigint = scale): Rational => divide(rational(value), rational(unit));
const least = (a: Rational, b: Rational): Rational => (compare(a, b) <= 0 ? a : b);

/** A curve as documents state it; times in seconds. */
export type StatedPriceCurve =
  | { readonly kind: "linear"; readonly tau: Rational }
  | { readonly kind: "steps"; readonly cut: Rational; readonly step: Rational }
  /** Level at the start, at the end of a fast part, and how long that and the slow part to 0 take. */
  | {
      readonly kind: "fastSlow";
      readonly start: Rational;
      readonly fastEnd: Rational;
      readonly fastSeconds: Rational;
      readonly slowSeconds: Rational;
    };

function curveOf(stated: StatedPriceCurve): PriceCurve {
  if (stated.kind === "linear") {
    return { kind: "lines", one: scale, lines: [{ from: scale, to: 0n, length: fixed(stated.tau) }] };
  }
  if (stated.kind === "steps") {
    return {
      kind: "stairs",
      one: scale,
      start: scale,
      keep: fixed(stated.cut),
      step: fixed(stated.step),
      guard: 1n,
    };
  }
  const [from, to] = [fixed(stated.start), fixed(stated.fastEnd)];
  return {
    kind: "lines",
    one: scale,
    lines: [
      { from, to, length: fixed(stated.fastSeconds) },
      { from: to, to: 0n, length: fixed(stated.slowSeconds) },
    ],
  };
}

/** Price after some seconds. */
export const statedPrice = (curve: StatedPriceCurve, top: Rational, elapsed: Rational): Rational =>
  exactly(priceFloor(curveOf(curve), fixed(top), fixed(elapsed)));

/** Level after some seconds, 1 being the value. */
export const statedLevel = (curve: StatedPriceCurve, elapsed: Rational): Rational =>
  exactly(levelFloor(curveOf(curve), fixed(elapsed)));

export const statedReward = (tip: Rational, chip: Rational, tab: Rational): Rational =>
  exactly(callerRewardFloor({ tip: fixed(tip), chip: fixed(chip), one: scale }, fixed(tab)));

/** Whether a restart of an auction is rewarded. */
export const statedRestartRewarded = (tab: Rational, lotValue: Rational, chost: Rational): boolean =>
  worthRestarting(fixed(tab), fixed(lotValue), fixed(chost));

export interface StatedStart {
  /** Normalised: times `rate` it is owed, times `penalty` too it is to be raised. */
  readonly debt: Rational;
  readonly rate: Rational;
  readonly penalty: Rational;
  readonly collateral: Rational;
  /** What is left of the caps; absent is no limit. */
  readonly room?: Rational | undefined;
  readonly dust: Rational;
}

export interface StatedStarted {
  /** Normalised. */
  readonly taken: Rational;
  /** To be raised. */
  readonly tab: Rational;
  readonly lot: Rational;
  /** What there is room for is nothing, or too small. */
  readonly refused: boolean;
}

/** Maker's start: what of a vault goes to auction. */
export function statedStart(stated: StatedStart): StatedStarted {
  const { debt, rate, penalty, collateral, room, dust } = stated;
  const most = room && divide(room, multiply(rate, penalty));
  const part = startPart(fixed(debt), most && fixed(most), fixed(divide(dust, rate)));
  const cut = typeof part === "string";
  const taken = cut ? least(most ?? debt, debt) : part === fixed(debt) ? debt : exactly(part);
  return {
    taken,
    tab: multiply(multiply(taken, rate), penalty),
    lot: debt.numerator === 0n ? zero : divide(multiply(collateral, taken), debt),
    refused: cut,
  };
}

export interface StatedBid {
  readonly amount: Rational;
  readonly price: Rational;
}

export interface StatedTaken {
  readonly bought: Rational;
  readonly paid: Rational;
  /** Left to raise, and to sell. */
  readonly tab: Rational;
  readonly lot: Rational;
  readonly refused: boolean;
}

/** Maker's take: what a bid buys of a lot, and what is left. A refused bid buys nothing. */
export function statedTake(tab: Rational, lot: Rational, bid: StatedBid, chost: Rational): StatedTaken {
  const sale = { owed: fixed(tab) * scale, lot: fixed(lot) };
  const taken = takeFromLot(sale, fixed(bid.amount), fixed(bid.price), fixed(chost) * scale);
  if (taken === "dust") return { bought: zero, paid: zero, tab, lot, refused: true };
  const { slice, payment, after } = taken;
  return {
    bought: exactly(slice),
    paid: exactly(payment, scale * scale),
    tab: exactly(after.owed, scale * scale),
    lot: exactly(after.lot),
    refused: false,
  };
}

export interface StatedSolvent {
  readonly markToMarket: Rational;
  /** Net: mark-to-market less the requirement. */
  readonly maintenanceMargin: Rational;
  readonly bufferFactor: Rational;
  readonly reservedCash: Rational;
  readonly cutoff: Rational;
  /** Price as a part of the value. */
  readonly level: Rational;
  readonly wanted: Rational;
}

export interface StatedSolventBid {
  readonly bufferMargin: Rational;
  readonly maxFraction: Rational;
  /** Really bought. */
  readonly fraction: Rational;
  readonly cashPaid: Rational;
  readonly ends: boolean;
}

/** Derive's solvent auction at one moment. */
export function statedSolvent(stated: StatedSolvent): StatedSolventBid {
  const equity = fixed(stated.markToMarket);
  const requirement = equity - fixed(stated.maintenanceMargin);
  const bufferMargin = bufferMarginFloor(equity, requirement, fixed(stated.bufferFactor), scale);
  const auction: SolventAuction = {
    equity,
    bufferMargin,
    reserved: fixed(stated.reservedCash),
    level: fixed(stated.level),
    one: scale,
    wholeBelow: fixed(stated.cutoff),
  };
  const most = largestShareCeil(auction);
  const share = fixed(least(stated.wanted, exactly(most)));
  return {
    bufferMargin: exactly(bufferMargin),
    maxFraction: exactly(most),
    fraction: exactly(share),
    cashPaid: exactly(solventPaymentCeil(auction, share)),
    ends: share >= most,
  };
}
