import { buy, sell, type Side } from "../book/index.ts";
import { type Rejection } from "../protocol/index.ts";
import { feeCeil, valueCeil } from "./fees.ts";
import { reducible } from "./fills.ts";
import { type Machine } from "./machine.ts";
import { type InstrumentTerms } from "./terms.ts";
import { refuse } from "./transfers.ts";

/** Units of an asset that the account's open orders for spot and options may take away, fees apart. */
function reservedUnits(m: Machine, account: number, asset: number): number {
  const { positions } = m;
  const first = positions.first(account);
  const end = first + positions.count(account);
  let units = 0;
  for (let slot = first; slot < end; slot++) {
    const buyTicks = positions.openBuyTicks[slot]!;
    const sellLots = positions.openSellLots[slot]!;
    if (buyTicks === 0 && sellLots === 0) continue;
    const terms = m.terms(positions.instruments[slot]!);
    // What has expired fills no more, though it may not be cancelled yet.
    if (!terms.paysCash || m.closings.has(terms.instrument)) continue;
    if (terms.settlementAsset === asset) units += buyTicks * terms.unitsPerLotTick;
    if (terms.baseAsset === asset) units += sellLots * terms.lotBaseUnits;
  }
  return units;
}

/** What the account could part with at once, debts within the cap included; negative if it owes more. */
function spendableUnits(m: Machine, account: number, asset: number): number {
  const { borrowable, borrowCapUnits } = m.markets.assets.columns;
  const debt = borrowable[asset] === 1 ? borrowCapUnits[asset]! : 0;
  return m.ledger.available(account, asset) + debt;
}

/** Refuses to let the account part with `units` beyond what it has, or may borrow, beside what its open orders may take. */
export function checkSpend(
  m: Machine,
  account: number,
  asset: number,
  units: number,
  field: string,
): Rejection | undefined {
  const spendable = spendableUnits(m, account, asset) - reservedUnits(m, account, asset);
  if (units <= spendable) return undefined;
  const borrowable = m.markets.assets.columns.borrowable[asset] === 1;
  return refuse(borrowable ? "overBorrowLimit" : "insufficientBalance", field, units, Math.max(0, spendable));
}

/** The same for an order of an instrument that is paid at once. `feeUnits` is the most it may cost. */
export function checkCash(
  m: Machine,
  terms: InstrumentTerms,
  account: number,
  side: Side,
  lots: number,
  limitTicks: number,
  feeUnits: number,
): Rejection | undefined {
  if (terms.isSpot && side === sell) {
    return checkSpend(m, account, terms.baseAsset, lots * terms.lotBaseUnits, "lots");
  }
  if (side === sell) return undefined;
  // Who buys back a short option must not be kept from it.
  if (terms.isOption && lots <= reducible(m.positions.lotsOf(account, terms.instrument), side)) {
    return undefined;
  }
  return checkSpend(m, account, terms.settlementAsset, valueCeil(terms, lots, limitTicks) + feeUnits, "lots");
}

/** Lots that the account can pay for at the best price of its side, when an order of its own is met there. */
export function cashRoomLots(m: Machine, terms: InstrumentTerms, account: number, side: Side): number {
  if (side === sell) {
    if (!terms.isSpot) return Number.MAX_SAFE_INTEGER;
    return Math.max(0, Math.floor(spendableUnits(m, account, terms.baseAsset) / terms.lotBaseUnits));
  }
  const book = m.orders.book(terms.instrument);
  const ticks = side === buy ? book.bestBidTicks : book.bestAskTicks;
  const short = terms.isOption ? reducible(m.positions.lotsOf(account, terms.instrument), side) : 0;
  const units = spendableUnits(m, account, terms.settlementAsset);
  if (units <= 0 || ticks === 0) return short;
  const rate = Math.max(0, m.markets.instruments.columns.makerFeePpm[terms.instrument]!);
  const cost = (lots: number): number => {
    const value = valueCeil(terms, lots, ticks);
    return value + feeCeil(m, terms, lots, value, rate);
  };
  let tooMany = Math.floor(units / (ticks * terms.unitsPerLotTick)) + 1;
  const mostFeePpm = terms.isOption ? m.markets.instruments.columns.optionFeeCapPpm[terms.instrument]! : rate;
  // So many can be paid for whatever the fee; more never cost less, so the rest is a search by halves.
  let lots = Math.max(0, Math.floor(tooMany / (1 + mostFeePpm / 1_000_000)) - 2);
  if (cost(lots) > units) lots = 0;
  while (tooMany - lots > 1) {
    const middle = Math.floor((lots + tooMany) / 2);
    if (cost(middle) <= units) lots = middle;
    else tooMany = middle;
  }
  return Math.max(lots, short);
}
