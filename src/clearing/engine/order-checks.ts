import { buy, maxOrderLots, maxPriceTicks, none, orderFlags, type Side } from "../book/index.ts";
import { expiredStatus, haltedStatus, reduceOnlyStatus } from "../markets/index.ts";
import { type Envelope, type Rejection } from "../protocol/index.ts";
import { checkCapacity } from "./capacity.ts";
import { checkCash } from "./cash.ts";
import { feeCeil, valueCeil } from "./fees.ts";
import { isReduceOnly, ownFlags, reducible, sideNames } from "./fills.ts";
import {
  largestExposureUnits,
  maxMatchSteps,
  maxOrdersPerAccount,
  maxOrdersPerInstrument,
} from "./limits.ts";
import { type Machine } from "./machine.ts";
import { routedLots } from "./route.ts";
import { type InstrumentTerms } from "./terms.ts";
import { priceBand, type Ticket } from "./ticket.ts";
import { refuse } from "./transfers.ts";

/** Is the instrument listed, and may it be traded now? `lessens`: what is asked can only lessen a position. */
export function checkTrading(m: Machine, instrument: number, lessens: boolean): Rejection | undefined {
  const { instruments } = m.markets;
  if (!instruments.has(instrument)) {
    return refuse("unknownInstrument", "instrument", instrument, `below ${instruments.count}`);
  }
  if (m.state.status === "halted") return refuse("venueHalted", "instrument", instrument, "an open venue");
  const status = instruments.columns.status[instrument];
  if (status === haltedStatus) return refuse("instrumentHalted", "instrument", instrument, "active");
  if (status === expiredStatus || isPastExpiry(m, instrument)) {
    return refuse("instrumentExpired", "instrument", instrument, "before its expiry");
  }
  if ((status === reduceOnlyStatus || m.state.status === "reduceOnly") && !lessens) {
    return refuse("reduceOnly", "lots", "opens", "what lessens a position");
  }
  return undefined;
}

function isPastExpiry(m: Machine, instrument: number): boolean {
  const expiryMs = m.markets.instruments.columns.expiryMs[instrument]!;
  return expiryMs !== 0 && m.state.timeMs >= expiryMs;
}

/** Has the instrument a mark, and, unless risk is only lessened, a fresh one? */
export function checkPrice(m: Machine, terms: InstrumentTerms, lessens: boolean): Rejection | undefined {
  const { markets } = m;
  // A mark of 0 may be a price, of an option far from the money; one above 0 may lack its surface.
  if ((terms.isOption || markets.markMicros(terms.instrument) === 0) && !markets.hasMark(terms.instrument))
    return refuse("noPrice", "instrument", terms.instrument, "a mark");
  if (!lessens && !m.hasFreshIndex(terms.underlying)) {
    return refuse("noPrice", "instrument", terms.instrument, "a fresh index");
  }
  return undefined;
}

function openLotsOf({ positions }: Machine, account: number, instrument: number, side: Side): number {
  const slot = positions.find(account, instrument);
  return slot < 0 ? 0 : (side === buy ? positions.openBuyLots : positions.openSellLots)[slot]!;
}

/** Lots of the account's resting reduce-only orders on one side. */
function restingReduceOnlyLots(m: Machine, account: number, instrument: number, side: Side): number {
  const { orders } = m;
  if (orders.accountReduceOnlyCount(account) === 0) return 0;
  let lots = 0;
  for (let slot = orders.firstOf(account); slot !== none; slot = orders.nextOf(slot)) {
    if (orders.instrument(slot) !== instrument || orders.side(slot) !== side) continue;
    if (isReduceOnly(orders.flags(slot))) lots += orders.remainingLots(slot);
  }
  return lots;
}

/**
 * All checks of an order but those that need its signer, in the order of the list of rejections. Sets the ticket's `limitTicks`,
 * `feeUnits` and flags, and cuts a reduce-only order's lots to what it may reduce. Changes nothing else.
 */
export function checkOrder(m: Machine, t: Ticket): Rejection | undefined {
  return checkOrderShape(m, t) ?? checkOrderLimits(m, t);
}

/** The checks of an order by itself: market, price, size. */
export function checkOrderShape(m: Machine, t: Ticket): Rejection | undefined {
  const { account, instrument, side } = t;
  const { positions, markets } = m;
  const wantsReduce = (t.flags & orderFlags.reduceOnly) !== 0;
  const held = markets.instruments.has(instrument) ? positions.lotsOf(account, instrument) : 0;
  const room = reducible(held, side);
  // Beside what is open already on its side: two orders that each close a position would together open another.
  const lessens = wantsReduce || t.lots + openLotsOf(m, account, instrument, side) <= room;
  const closed = checkTrading(m, instrument, lessens);
  if (closed) return closed;
  const terms = m.terms(instrument);
  if (wantsReduce) {
    const resting = restingReduceOnlyLots(m, account, instrument, side) - t.replacedLots;
    const left = terms.isSpot ? 0 : room - resting;
    if (left <= 0) return refuse("reduceOnly", "lots", t.lots, 0);
    if (t.lots > left) t.lots = left;
  }
  const unpriced = checkPrice(m, terms, lessens);
  if (unpriced) return unpriced;
  if (!(Number.isSafeInteger(t.priceTicks) && t.priceTicks >= 0 && t.priceTicks <= maxPriceTicks)) {
    return refuse("notATick", "priceTicks", t.priceTicks, `0 to ${maxPriceTicks}`);
  }
  if (!(Number.isSafeInteger(t.lots) && t.lots >= 1))
    return refuse("notATick", "lots", t.lots, "whole, 1 or more");
  const { columns } = markets.instruments;
  const maxLots = Math.min(columns.maxOrderLots[instrument]!, maxOrderLots);
  if (t.lots > maxLots) return refuse("overOrderSize", "lots", t.lots, maxLots);
  const band = priceBand(m, terms);
  t.limitTicks = t.priceTicks !== 0 ? t.priceTicks : side === buy ? band.highTicks : band.lowTicks;
  const notional = terms.isInverse
    ? t.lots * terms.lotUsdMicros
    : t.lots * t.limitTicks * Math.max(1, terms.unitsPerLotTick);
  if (notional > largestExposureUnits) return refuse("overNotional", "lots", t.lots, "2^52 units");
  if (t.limitTicks < band.lowTicks || t.limitTicks > band.highTicks) {
    return refuse("outsidePriceBand", "priceTicks", t.priceTicks, `${band.lowTicks} to ${band.highTicks}`);
  }
  t.feeUnits = worstFee(m, terms, t, band.highTicks);
  return checkMatching(m, t);
}

/** The most that an order may pay in fees. */
function worstFee(m: Machine, terms: InstrumentTerms, t: Ticket, highTicks: number): number {
  const { columns } = m.markets.instruments;
  const postOnly = (t.flags & orderFlags.postOnly) !== 0;
  const ratePpm = (postOnly ? columns.makerFeePpm : columns.takerFeePpm)[terms.instrument]!;
  // A bought option's premium, and so its fee, is at most that at the limit; a sold one's may be more.
  const ticks = terms.isOption && t.side !== buy ? highTicks : t.limitTicks;
  const fee = feeCeil(m, terms, t.lots, valueCeil(terms, t.lots, ticks), ratePpm);
  const pool = (t.flags & ownFlags.routeBest) === 0 ? undefined : m.pools.find(terms.instrument);
  if (!pool) return fee;
  return fee + Math.ceil((valueCeil(terms, t.lots, t.limitTicks) * pool.spec.feePpm) / 1_000_000);
}

/** Post-only and fill-or-kill, before anything is asked of the account. */
function checkMatching(m: Machine, t: Ticket): Rejection | undefined {
  const book = m.orders.book(t.instrument);
  if ((t.flags & orderFlags.postOnly) !== 0) {
    const best = t.side === buy ? book.bestAskTicks : book.bestBidTicks;
    if (best !== 0 && (t.side === buy ? t.limitTicks >= best : t.limitTicks <= best)) {
      return refuse(
        "wouldTake",
        "priceTicks",
        t.priceTicks,
        t.side === buy ? `below ${best}` : `above ${best}`,
      );
    }
  }
  if (t.timeInForce === "fok") {
    const routed = (t.flags & ownFlags.routeBest) === 0 ? 0 : routedLots(m, t);
    const rest = t.lots - routed;
    const fillable = rest === 0 ? 0 : book.preview(intentOf(m, t, rest)).fillableLots;
    if (fillable < rest) return refuse("wouldNotFill", "lots", t.lots, fillable + routed);
  }
  return undefined;
}

export const intentOf = (
  m: Machine,
  { side, limitTicks, account, selfTrade }: Ticket,
  lots: number,
): Parameters<ReturnType<Machine["orders"]["book"]>["preview"]>[0] => ({
  side,
  priceTicks: limitTicks,
  lots,
  account,
  selfTrade,
  nowMs: m.state.timeMs,
  maxSteps: maxMatchSteps,
});

/** The checks of an order beside everything else that its account has: counts, limits, cash, margin. */
function checkOrderLimits(m: Machine, t: Ticket): Rejection | undefined {
  const { account, instrument, side } = t;
  const { orders, margin, positions, markets } = m;
  const terms = m.terms(instrument);
  if (t.replacedLots === 0) {
    const crowded =
      checkClientOrderId(m, account, t.clientOrderId) ?? checkOrderCount(m, account, instrument);
    if (crowded) return crowded;
  }
  const slot = positions.find(account, instrument);
  if (slot < 0 && !positions.hasRoom(account, instrument)) {
    return refuse("tooManyPositions", "instrument", instrument, positions.count(account));
  }
  const held = slot < 0 ? 0 : positions.lots[slot]!;
  const openLots = slot < 0 ? 0 : (side === buy ? positions.openBuyLots : positions.openSellLots)[slot]!;
  const room = reducible(held, side);
  if ((t.flags & orderFlags.reduceOnly) === 0 && !terms.isSpot) {
    const after = (side === buy ? held : -held) + openLots + t.lots;
    const { columns } = markets.instruments;
    const limit = columns.positionLimitLots[instrument]!;
    if (after > limit) return refuse("overPositionLimit", "lots", after, limit);
    const cap = columns.openInterestCapLots[instrument]!;
    const opening = t.lots - room;
    if (cap > 0 && opening > 0) {
      const interest = positions.openInterest(instrument) + opening;
      if (interest > cap) return refuse("overOpenInterest", "lots", interest, cap);
    }
  }
  if (terms.paysCash) {
    const unpaid = checkCash(m, terms, account, side, t.lots, t.limitTicks, t.feeUnits);
    if (unpaid) return unpaid;
  }
  const uncovered =
    margin.checkOrder(
      account,
      instrument,
      sideNames[side],
      t.lots,
      t.limitTicks * terms.tickMicros,
      t.feeUnits,
    ) && checkAtOnce(m, terms, t);
  if (uncovered) return uncovered;
  if (orders.orderCount >= orders.maxOrders) {
    return refuse("overCapacity", "instrument", orders.orderCount, orders.maxOrders);
  }
  return checkCapacity(m, terms, account, side, t.lots, dearestTicks(m, terms, t), t.limitTicks);
}

/** Margin of an order that trades at once or not at all: at the worst price that it would meet, which may be far better than its limit. */
function checkAtOnce(m: Machine, terms: InstrumentTerms, t: Ticket): Rejection | undefined {
  const { account, instrument, side, lots, feeUnits } = t;
  const isRouted = (t.flags & ownFlags.routeBest) !== 0 && m.pools.find(instrument) !== undefined;
  const isAtOnce = t.timeInForce !== "gtc" && !isRouted;
  const met = isAtOnce ? m.orders.book(instrument).preview(intentOf(m, t, lots)).worstTicks : 0;
  const worstMicros = (met === 0 ? t.limitTicks : met) * terms.tickMicros;
  return m.margin.checkOrder(account, instrument, sideNames[side], lots, worstMicros, feeUnits);
}

/** Of the prices at which an order may fill, that at which it costs most: sellers may get more than they ask, and coin costs more below. */
function dearestTicks(m: Machine, terms: InstrumentTerms, { side, limitTicks, flags }: Ticket): number {
  const book = m.orders.book(terms.instrument);
  if (terms.isInverse) {
    const best = book.bestAskTicks;
    return side === buy && best !== 0 ? Math.min(limitTicks, best) : limitTicks;
  }
  if (side === buy) return limitTicks;
  const pooled = (flags & ownFlags.routeBest) === 0 ? 0 : priceBand(m, terms).highTicks;
  return Math.max(limitTicks, book.bestBidTicks, pooled);
}

export function checkClientOrderId(
  m: Machine,
  account: number,
  clientOrderId: number,
): Rejection | undefined {
  if (clientOrderId === 0) return undefined;
  const { orders, triggers } = m;
  if (
    orders.findClient(account, clientOrderId) === none &&
    triggers.findClient(account, clientOrderId) === none
  ) {
    return undefined;
  }
  return refuse("duplicateClientOrderId", "clientOrderId", clientOrderId, "a number no open order has");
}

export function checkOrderCount(m: Machine, account: number, instrument: number): Rejection | undefined {
  const { orders, triggers } = m;
  const count = orders.accountOrderCount(account) + triggers.accountOrderCount(account);
  if (count < maxOrdersPerInstrument) return undefined;
  if (count >= maxOrdersPerAccount) {
    return refuse("tooManyOrders", "account", count, maxOrdersPerAccount);
  }
  let here = 0;
  for (let slot = orders.firstOf(account); slot !== none; slot = orders.nextOf(slot)) {
    if (orders.instrument(slot) === instrument) here++;
  }
  for (let slot = triggers.firstOf(account); slot !== none; slot = triggers.nextOf(slot)) {
    if (triggers.order(slot).instrument === instrument) here++;
  }
  return here < maxOrdersPerInstrument
    ? undefined
    : refuse("tooManyOrders", "instrument", here, maxOrdersPerInstrument);
}

/** Refuses an order above the limit of the session key that signed it. */
export function checkKeyLimit(
  m: Machine,
  envelope: Envelope,
  account: number,
  instrument: number,
  lots: number,
  ticks: number,
): Rejection | undefined {
  if (m.accounts.owner(account) === envelope.signer || !m.markets.instruments.has(instrument))
    return undefined;
  const terms = m.terms(instrument);
  const price = ticks !== 0 ? ticks : priceBand(m, terms).highTicks;
  const worth = terms.isInverse ? lots * terms.lotUsdMicros : lots * price * terms.unitsPerLotTick;
  // What a written option may cost has little to do with its premium.
  const underlying = terms.isOption
    ? (lots * terms.lotNanos * m.markets.indexMicros(terms.underlying)) / 1e9
    : 0;
  const notional = Math.max(worth, Math.ceil(underlying));
  return m.identity.checkNotional(envelope, account, notional, "lots");
}
