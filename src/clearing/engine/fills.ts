import { houseAccount } from "../accounts/index.ts";
import {
  type BookListener,
  buy,
  type CancelReason as BookReason,
  orderFlags,
  sell,
  type Side,
} from "../book/index.ts";
import { reduceOnlyStatus } from "../markets/index.ts";
import { type CancelReason, type ClearingEvent, type Side as SideName } from "../protocol/index.ts";
import { cashRoomLots } from "./cash.ts";
import { feeCeil, makerFee, valueCeil, valueFloor } from "./fees.ts";
import { settleFunding } from "./funding.ts";
import { type Machine } from "./machine.ts";
import { type InstrumentTerms } from "./terms.ts";
import { move, settle } from "./transfers.ts";

export const sideNames: readonly [SideName, SideName] = ["buy", "sell"];

/** Bits 8 … 15 of an order's flags, which the book keeps for us. */
export const ownFlags = {
  /** Takes from the virtual AMM too. */
  routeBest: 0x100,
  /** Part of an account's mass quote. */
  quote: 0x200,
  /** Cancelled where its account cannot pay: carried by the book as reduce-only. */
  cashLimited: 0x400,
} as const;

/**
 * Books what happens in the order books: positions, money, fees, and the events that tell of them. The incoming order's own position
 * and fee are booked once, when all its fills are known.
 */
export class FillBooker implements BookListener {
  readonly #m: Machine;
  /** Why orders are being cancelled, when it is we who do. */
  reason: CancelReason = "requested";

  /** Resting orders that were filled or lost lots, ever: whoever bounds work reads how it grows. */
  metCount: number = 0;

  /** The incoming order. */
  #terms: InstrumentTerms | undefined;
  #account = 0;
  #orderId = 0;
  #side: Side = buy;
  #remainingLots = 0;
  /** Meeting orders of its own party takes lots off it. Set after {@link begin}. */
  decrements: boolean = false;
  /** Of its fills so far. */
  #lots = 0;
  #costUnits = 0;
  #valueUnits = 0;
  #feeUnits = 0;
  /** What tells of the order itself, just before its first effect. */
  #announce: ClearingEvent | undefined;

  constructor(m: Machine) {
    this.#m = m;
  }

  /** An order is about to meet the book or the pool. `announce` is emitted before its first effect, or in {@link finish}. */
  begin(
    terms: InstrumentTerms,
    account: number,
    orderId: number,
    side: Side,
    lots: number,
    announce: ClearingEvent | undefined,
  ): void {
    this.#terms = terms;
    this.#account = account;
    this.#orderId = orderId;
    this.#side = side;
    this.#remainingLots = lots;
    this.#lots = 0;
    this.#costUnits = 0;
    this.#valueUnits = 0;
    this.#feeUnits = 0;
    this.decrements = false;
    this.#announce = announce;
  }

  #announceOrder(): void {
    const announce = this.#announce;
    if (!announce) return;
    this.#announce = undefined;
    this.#m.emit(announce);
  }

  /** Books the incoming order's own side. After a refusal, call {@link abandon} instead. */
  finish(): void {
    this.#announceOrder();
    const terms = this.#terms;
    if (!terms || this.#lots === 0) return;
    const m = this.#m;
    if (!terms.isSpot) {
      const signed = this.#side === buy ? this.#lots : -this.#lots;
      bookPosition(m, terms, this.#account, signed, this.#costUnits);
    }
    move(m, this.#account, houseAccount.fees, terms.settlementAsset, this.#feeUnits, "fee");
  }

  abandon(): void {
    this.#announce = undefined;
  }

  /** The fee of the next fill of the incoming order: what its running total adds, so that splitting it changes nothing. */
  #takerFee(terms: InstrumentTerms, lots: number, valueUnits: number): number {
    const m = this.#m;
    this.#valueUnits += valueUnits;
    const ratePpm = m.markets.instruments.columns.takerFeePpm[terms.instrument]!;
    const total = feeCeil(m, terms, this.#lots + lots, this.#valueUnits, ratePpm);
    const fee = Math.max(0, total - this.#feeUnits);
    this.#feeUnits += fee;
    return fee;
  }

  onFill(makerSlot: number, lots: number, priceTicks: number): void {
    this.metCount++;
    this.#announceOrder();
    const m = this.#m;
    const terms = this.#terms!;
    const { instrument } = terms;
    const maker = m.orders.account(makerSlot);
    const valueUnits = valueCeil(terms, lots, priceTicks);
    const takerFee = this.#takerFee(terms, lots, valueUnits);
    const fee = makerFee(m, terms, lots, valueUnits, takerFee);
    const tradeId = m.state.nextTradeId++;
    const takerSide = this.#side;
    const makerSide = takerSide === buy ? sell : buy;
    this.#lots += lots;
    this.#remainingLots -= lots;
    m.emit({
      type: "orderFilled",
      orderId: m.orders.orderId(makerSlot),
      account: maker,
      instrument,
      side: sideNames[makerSide],
      priceTicks,
      lots,
      remainingLots: m.orders.remainingLots(makerSlot),
      tradeId,
      role: "maker",
      feeUnits: fee,
    });
    m.emit({
      type: "orderFilled",
      orderId: this.#orderId,
      account: this.#account,
      instrument,
      side: sideNames[takerSide],
      priceTicks,
      lots,
      remainingLots: this.#remainingLots,
      tradeId,
      role: "taker",
      feeUnits: takerFee,
    });
    m.emit({
      type: "traded",
      tradeId,
      instrument,
      priceMicros: priceTicks * terms.tickMicros,
      lots,
      takerSide: sideNames[takerSide],
      source: "book",
    });
    if (terms.isSpot) {
      if (takerSide === buy) exchange(m, terms, this.#account, maker, lots, valueUnits);
      else exchange(m, terms, maker, this.#account, lots, valueUnits);
    } else {
      const buyCost = terms.isInverse ? 0 - valueFloor(terms, lots, priceTicks) : valueUnits;
      const sellCost = terms.isInverse ? valueUnits : -valueUnits;
      this.#costUnits += takerSide === buy ? buyCost : sellCost;
      bookPosition(m, terms, maker, makerSide === buy ? lots : -lots, makerSide === buy ? buyCost : sellCost);
    }
    settle(m, maker, houseAccount.fees, terms.settlementAsset, 0 - fee, "fee");
    m.positions.removeOpen(maker, instrument, sideNames[makerSide], lots, lots * priceTicks);
  }

  /**
   * A trade with the instrument's virtual AMM, whose account takes the other side. Its price need not be a whole tick.
   *
   * @param amountUnits - what the curve asks or gives, > 0.
   * @param poolFeeUnits - to the pool, on top.
   */
  onPoolFill(poolAccount: number, lots: number, amountUnits: number, poolFeeUnits: number): void {
    this.#announceOrder();
    const m = this.#m;
    const terms = this.#terms!;
    const { instrument } = terms;
    const takerFee = this.#takerFee(terms, lots, amountUnits);
    const tradeId = m.state.nextTradeId++;
    const takerSide = this.#side;
    this.#lots += lots;
    this.#remainingLots -= lots;
    const priceMicros = Math.round((amountUnits * 1e9) / (lots * terms.lotNanos));
    m.emit({
      type: "orderFilled",
      orderId: this.#orderId,
      account: this.#account,
      instrument,
      side: sideNames[takerSide],
      priceTicks: Math.max(1, Math.round(priceMicros / terms.tickMicros)),
      lots,
      remainingLots: this.#remainingLots,
      tradeId,
      role: "taker",
      feeUnits: takerFee + poolFeeUnits,
    });
    m.emit({
      type: "traded",
      tradeId,
      instrument,
      priceMicros,
      lots,
      takerSide: sideNames[takerSide],
      source: "pool",
    });
    const costUnits = takerSide === buy ? amountUnits : -amountUnits;
    this.#costUnits += costUnits;
    bookPosition(m, terms, poolAccount, takerSide === buy ? -lots : lots, -costUnits);
    move(m, this.#account, poolAccount, terms.settlementAsset, poolFeeUnits, "fee");
  }

  onCancel(slot: number, lots: number, reason: BookReason): void {
    this.metCount++;
    this.#announceOrder();
    const { orders, positions, emit } = this.#m;
    const account = orders.account(slot);
    const instrument = orders.instrument(slot);
    const priceTicks = orders.priceTicks(slot);
    const left = orders.remainingLots(slot);
    const orderId = orders.orderId(slot);
    positions.removeOpen(account, instrument, sideNames[orders.side(slot)], lots, lots * priceTicks);
    if (reason === "self-trade" && this.decrements) this.#remainingLots -= lots;
    if (left > 0) {
      emit({
        type: "orderAmended",
        orderId,
        account,
        instrument,
        priceTicks,
        lots: left,
        keptPriority: true,
      });
      return;
    }
    emit({
      type: "orderCancelled",
      orderId,
      account,
      instrument,
      lots,
      clientOrderId: orders.clientOrderId(slot),
      reason: this.#reasonOf(reason, instrument, orders.flags(slot)),
    });
  }

  #reasonOf(reason: BookReason, instrument: number, flags: number): CancelReason {
    if (reason === "self-trade") return "selfTrade";
    if (reason === "expired") return "expired";
    if (reason === "reduce-only") {
      const isUnpaid = (flags & ownFlags.cashLimited) !== 0 && !this.lessensOnly(instrument);
      return isUnpaid ? "margin" : "reduceOnly";
    }
    return this.reason;
  }

  onLevel(instrument: number): void {
    this.#m.noteBook(instrument);
  }

  reducibleLots(account: number, instrument: number, side: Side, slot: number): number {
    const m = this.#m;
    const isCashLimited = (m.orders.flags(slot) & ownFlags.cashLimited) !== 0;
    const payable = isCashLimited ? cashRoomLots(m, m.terms(instrument), account, side) : Infinity;
    if (isCashLimited && !this.lessensOnly(instrument)) return payable;
    return Math.min(payable, reducible(m.positions.lotsOf(account, instrument), side));
  }

  /** Under reduce-only what rests opens nothing any more: as far as it would, it is cancelled when it is met. */
  lessensOnly(instrument: number): boolean {
    const { state, markets } = this.#m;
    return (
      state.status === "reduceOnly" || markets.instruments.columns.status[instrument] === reduceOnlyStatus
    );
  }

  isSameParty(account: number, other: number): boolean {
    const { accounts } = this.#m;
    return accounts.owner(account) === accounts.owner(other);
  }
}

/** Lots by which an order of this side can lessen a position. */
export function reducible(positionLots: number, side: Side): number {
  return side === buy ? Math.max(0, -positionLots) : Math.max(0, positionLots);
}

/** Buyer and seller of spot exchange base and quote. */
function exchange(
  m: Machine,
  terms: InstrumentTerms,
  buyer: number,
  seller: number,
  lots: number,
  valueUnits: number,
): void {
  move(m, buyer, seller, terms.settlementAsset, valueUnits, "trade");
  move(m, seller, buyer, terms.baseAsset, lots * terms.lotBaseUnits, "trade");
}

/**
 * Books one side of a trade: funding up to now, then the position, then what it realises; options pay their premium instead.
 *
 * @param costUnits - signed cost, as `Positions.applyFill` takes it.
 */
export function bookPosition(
  m: Machine,
  terms: InstrumentTerms,
  account: number,
  signedLots: number,
  costUnits: number,
): void {
  const { positions, markets } = m;
  const { instrument, clearingAccount, settlementAsset } = terms;
  if (terms.isPerpetual) settleFunding(m, account, instrument);
  const { realisedUnits } = positions.applyFill(account, instrument, signedLots, costUnits);
  const slot = positions.find(account, instrument);
  let lots = 0;
  let entryUnits = 0;
  if (slot >= 0) {
    lots = positions.lots[slot]!;
    entryUnits = positions.entryUnits[slot]!;
    if (terms.isPerpetual) positions.setFundingIndex(account, instrument, markets.fundingPerLot(instrument));
  }
  m.emit({ type: "positionChanged", account, instrument, lots, entryUnits });
  if (terms.isOption) settle(m, account, clearingAccount, settlementAsset, 0 - costUnits, "premium");
  else settle(m, account, clearingAccount, settlementAsset, realisedUnits, "realisedProfit");
}

/** Does the book carry this order as one that may have to be cut? */
export const isReduceOnly = (flags: number): boolean =>
  (flags & orderFlags.reduceOnly) !== 0 && (flags & ownFlags.cashLimited) === 0;
