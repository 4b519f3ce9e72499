import { compare, divide, multiply, type Rational, zero } from "../../../risk/venues/shared/rational.ts";
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
import { fortyDigits, fromUnits, toUnits } from "./forty-digits.ts";

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
    return {
      kind: "lines",
      one: fortyDigits,
      lines: [{ from: fortyDigits, to: 0n, length: toUnits(stated.tau) }],
    };
  }
  if (stated.kind === "steps") {
    return {
      kind: "stairs",
      one: fortyDigits,
      start: fortyDigits,
      keep: toUnits(stated.cut),
      step: toUnits(stated.step),
      guard: 1n,
    };
  }
  const [from, to] = [toUnits(stated.start), toUnits(stated.fastEnd)];
  return {
    kind: "lines",
    one: fortyDigits,
    lines: [
      { from, to, length: toUnits(stated.fastSeconds) },
      { from: to, to: 0n, length: toUnits(stated.slowSeconds) },
    ],
  };
}

/** Price after some seconds. */
export const statedPrice = (curve: StatedPriceCurve, top: Rational, elapsed: Rational): Rational =>
  fromUnits(priceFloor(curveOf(curve), toUnits(top), toUnits(elapsed)));

/** Level after some seconds, 1 being the value. */
export const statedLevel = (curve: StatedPriceCurve, elapsed: Rational): Rational =>
  fromUnits(levelFloor(curveOf(curve), toUnits(elapsed)));

export const statedReward = (tip: Rational, chip: Rational, tab: Rational): Rational =>
  fromUnits(callerRewardFloor({ flat: toUnits(tip), part: toUnits(chip), one: fortyDigits }, toUnits(tab)));

/** Whether a restart of an auction is rewarded. */
export const statedRestartRewarded = (tab: Rational, lotValue: Rational, chost: Rational): boolean =>
  worthRestarting(toUnits(tab), toUnits(lotValue), toUnits(chost));

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
  const part = startPart(toUnits(debt), most && toUnits(most), toUnits(divide(dust, rate)));
  const cut = typeof part === "string";
  const taken = cut ? least(most ?? debt, debt) : part === toUnits(debt) ? debt : fromUnits(part);
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
  const sale = { owed: toUnits(tab) * fortyDigits, lot: toUnits(lot) };
  const taken = takeFromLot(sale, toUnits(bid.amount), toUnits(bid.price), toUnits(chost) * fortyDigits);
  if (taken === "dust") return { bought: zero, paid: zero, tab, lot, refused: true };
  const { slice, payment, after } = taken;
  return {
    bought: fromUnits(slice),
    paid: fromUnits(payment, fortyDigits * fortyDigits),
    tab: fromUnits(after.owed, fortyDigits * fortyDigits),
    lot: fromUnits(after.lot),
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
  const equity = toUnits(stated.markToMarket);
  const requirement = equity - toUnits(stated.maintenanceMargin);
  const bufferMargin = bufferMarginFloor(equity, requirement, toUnits(stated.bufferFactor), fortyDigits);
  const auction: SolventAuction = {
    equity,
    bufferMargin,
    reserved: toUnits(stated.reservedCash),
    level: toUnits(stated.level),
    one: fortyDigits,
    wholeBelow: toUnits(stated.cutoff),
  };
  const most = largestShareCeil(auction);
  const share = toUnits(least(stated.wanted, fromUnits(most)));
  return {
    bufferMargin: fromUnits(bufferMargin),
    maxFraction: fromUnits(most),
    fraction: fromUnits(share),
    cashPaid: fromUnits(solventPaymentCeil(auction, share)),
    ends: share >= most,
  };
}
